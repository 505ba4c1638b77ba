import { expect, test } from '@jest/globals';
import type { ContainerPlan } from './driver.ts';
import { engineLaunch } from './engine.ts';

test('a plan in the engine\'s words', () => {
  const plan: ContainerPlan = {
    pod: { metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { containers: [] } },
    container: { name: 'c' },
    attempt: 2,
    directory: '/d',
    image: { reference: 'alpine:3', id: 'sha256:1', config: { env: {}, workingDir: '/' }, wasPresent: true, sizeBytes: 0 },
    command: ['sh', '-c', 'true'],
    env: new Map([['A', '1'], ['PATH', '/x'], ['odd.name', 'y'], ['SECRET', 's']]),
    workingDir: '/w',
    mounts: [{ containerPath: '/a,b', hostPath: '/h', readOnly: true, isFile: false }],
    user: { uid: 5, gid: 6 },
    memoryLimitBytes: 1000,
    hasNetwork: true,
  };
  const { file, args, env } = engineLaunch({ probe: { engine: 'docker', file: '/bin/docker', version: '1' }, sharedHostPaths: [{ path: '/s', readOnly: false }] }, plan);
  expect(file).toBe('/bin/docker');
  expect(args).toEqual([
    'run', '--name', expect.stringMatching(/^prow-[0-9a-f]{16}-c-2$/), '--pull', 'never', '--network', 'host', '--log-driver', 'none', '--workdir', '/w',
    '--label', 'prow.local/pod=ns/p', '--user', '5:6', '--memory', '1000',
    '--mount', 'type=bind,source=/s,target=/s', '--mount', 'type=bind,source=/h,"target=/a,b",readonly',
    '--env', 'A', '--env', 'PATH=/x', '--env', 'odd.name=y', '--env', 'SECRET', '--entrypoint', 'sh', 'alpine:3', '-c', 'true',
  ]);
  expect(env).toMatchObject({ A: '1', SECRET: 's' });
  expect(env['PATH']).toBe(process.env.PATH);
  expect(engineLaunch({ probe: { engine: 'docker', file: '/bin/docker', version: '1' }, sharedHostPaths: [] }, { ...plan, hasNetwork: false }).args).toContain('none');
});
