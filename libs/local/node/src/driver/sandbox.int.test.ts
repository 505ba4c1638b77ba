// What a sandboxed container sees, with and without an overlay below its root.
import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import { script, startCluster, type TestCluster } from '../testing/cluster.ts';
import { probeSandbox } from './sandbox-probe.ts';

let cluster: TestCluster | undefined;

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

// A comma cannot be said in an overlay's options.
describe.each([['over templates', 'node'], ['in folders of their own', 'node,plain']])('containers %s', (_, folder) => {
  test('see the machine read-only, private folders, and what is shared', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'prow-node-sandbox-'));
    const probe = await probeSandbox(dir);
    if (!probe.works) {
      process.stderr.write(`skipped: ${probe.reason}\n`);
      await removeTree(dir);
      return;
    }
    await mkdir(join(dir, 'shared/below'), { recursive: true });
    await writeFile(join(dir, 'shared/below/file'), 'shared\n');
    await mkdir(join(dir, 'artifacts'));
    cluster = await startCluster({ runtime: 'sandbox', dataDir: join(dir, folder), sharedHostPaths: [{ path: join(dir, 'shared') }, { path: join(dir, 'artifacts'), readOnly: false, utilitiesOnly: true }] });
    const volume = { volumes: [{ name: 'tmp', emptyDir: {} }] };
    const checks = `
      cat ${dir}/shared/below/file
      (echo x > ${dir}/shared/new) 2>/dev/null || echo shared is read-only
      test -e ${dir}/artifacts || echo artifacts are not for tests
      (echo x > /usr/new) 2>/dev/null || echo usr is read-only
      echo private > /tmp/a; echo private > /root/b; echo private > /new; cat /tmp/a /root/b /new
      ls ${tmpdir()} | grep -c -v -x -e "$(basename ${dir})" -e a
      sh -c 'echo parent $PPID'; test $(ls /proc | grep -c '^[0-9]') -lt 8 && echo own processes; hostname
      stat -c %a /tmp; echo to > /dev/null; test -c /dev/null && test -r /proc/self/status && echo devices
      /opt/prow/node/bin/node -p 'process.execPath'
      ls -A /.machine | wc -l
      git --version | cut -d" " -f1
    `;
    await cluster.create('looks', { ...volume, containers: [script('plain', checks), script('mounted', checks, { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] })] });
    const { status } = await cluster.finished('looks');
    for (const name of ['plain', 'mounted']) {
      expect((await cluster.log('looks', name)).split('\n')).toEqual([
        'shared', 'shared is read-only', 'artifacts are not for tests', 'usr is read-only', 'private', 'private', 'private', '0', 'parent 1', 'own processes', 'looks',
        name === 'plain' ? '1777' : '777', 'devices', '/opt/prow/node/bin/node', '0', 'git', '',
      ]);
    }
    expect(status?.phase).toBe('Succeeded');
    expect((await readdir(join(dir, folder))).includes('roots')).toBe(folder === 'node' && probe.overlay);
    await cluster.stop();
    cluster = undefined;
    await removeTree(dir);
  });
});
