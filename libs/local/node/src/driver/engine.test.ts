import { expect, test } from '@jest/globals';
import type { ContainerPlan } from './driver.ts';
import { engineLaunch } from './engine-launch.ts';

test('a plan in the engine\'s words', () => {
  const plan: ContainerPlan = {
    pod: { metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { containers: [], securityContext: { runAsUser: 5, fsGroup: 7, supplementalGroups: [8] } } },
    container: { name: 'c', securityContext: { runAsGroup: 6, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
    attempt: 2,
    directory: '/d',
    image: { reference: 'alpine:3', id: 'sha256:1', config: { env: {}, workingDir: '/', user: 'node' }, wasPresent: true, sizeBytes: 0 },
    command: ['sh', '-c', 'true'],
    env: new Map([['A', '1'], ['PATH', '/x'], ['odd.name', 'y'], ['SECRET', 's']]),
    workingDir: '/w',
    mounts: [{ containerPath: '/a,b', hostPath: '/h', readOnly: true, isFile: false }],
    memoryLimitBytes: 1000,
    hasNetwork: true,
  };
  const shared = { containerPath: '/s', hostPath: '/s', readOnly: false, isFile: false };
  const docker = { engine: 'docker', file: '/bin/docker', version: '1' } as const;
  const { file, args, env } = engineLaunch({ probe: docker, limits: 'memory without swap', nodeId: 'n', mounts: [shared] }, plan);
  expect(file).toBe('/bin/docker');
  expect(args).toEqual([
    '--log-level', 'error', 'run', '--name', expect.stringMatching(/^prow-[0-9a-f]{16}-c-2$/), '--label', 'prow.local/pod=ns/p', '--label', 'prow.local/node=n', '--label', 'prow.local/attempt=/d', '--pull', 'never', '--log-driver', 'none', '--security-opt', 'label=disable', '--network', 'host', '--hostname', 'p',
    '--user', '5:6', '--group-add', '8', '--group-add', '7', '--read-only', '--security-opt', 'no-new-privileges', '--cap-drop', 'ALL', '--pids-limit', '-1', '--memory', '1000', '--memory-swap', '1000',
    '--mount', 'type=bind,source=/s,target=/s', '--mount', 'type=bind,source=/h,"target=/a,b",readonly', '--workdir', '/w',
    '--env', 'A', '--env', 'PATH=/x', '--env', 'odd.name=y', '--env', 'SECRET', '--entrypoint', 'sh', 'sha256:1', '-c', 'true',
  ]);
  expect(env).toMatchObject({ A: '1', SECRET: 's' });
  expect(env['PATH']).toBe(process.env.PATH);
  expect(engineLaunch({ probe: docker, limits: 'memory without swap', nodeId: 'n', mounts: [] }, { ...plan, hasNetwork: false }).args).toContain('none');
  expect(engineLaunch({ probe: docker, limits: 'none', nodeId: 'n', mounts: [] }, plan).args).not.toContain('--memory');
  const podman = engineLaunch({ probe: { ...docker, engine: 'podman' }, limits: 'memory without swap', nodeId: 'n', mounts: [] }, { ...plan, container: { name: 'c', securityContext: { runAsGroup: 9 } }, pod: { ...plan.pod, spec: { containers: [] } } }).args;
  expect(podman).toEqual(expect.arrayContaining(['--http-proxy=false', 'node:9', 'type=volume,target=/w', '["sh"]']));
  expect(podman).not.toContain('--read-only');
});
