// Pods in real containers, with each engine that works here.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '@prow/base-process';
import type { Container } from '@prow/model-kube-types';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptLabel } from './driver/engine-launch.ts';
import { KilledNode } from './testing/killed-node.ts';
import { startCluster, type TestCluster } from './testing/cluster.ts';
import { TestImages, workingEngines } from './testing/engines.ts';

const engines = await workingEngines();
/** `PROW_KILL_ROUNDS=50` for a long run, at random moments. */
const killsAfterMs = process.env['PROW_KILL_ROUNDS'] === undefined ? [0, 300, 900] : Array.from({ length: Number(process.env['PROW_KILL_ROUNDS']) }, () => Math.random() * 2500);

if (engines.length === 0) test('no engine runs containers here', () => expect(engines).toEqual([]));

describe.each(engines)('$engine', (engine) => {
  const images = new TestImages(engine);
  let reference = '';
  let configured = '';
  let cluster: TestCluster;

  beforeAll(async () => {
    const made = [await images.glibc(), await images.glibc('ENV FROM_IMAGE=yes PATH=/bin\nRUN ["/bin/mkdir", "-p", "/work/deep"]\nWORKDIR /work\nUSER 1234:55\nVOLUME /cache\nENTRYPOINT ["sh", "-c", "echo \\"$0 $* $FROM_IMAGE in $(cd . && echo $PWD) as $(id -u):$(id -g)\\""]\nCMD ["cmd", "of image"]\n', 'configured')];
    [reference = '', configured = ''] = made.map((image) => ('reference' in image ? image.reference : ''));
  }, 120_000);

  afterAll(async () => {
    await images.remove();
  });

  afterEach(async () => {
    await cluster.stop();
    expect(await containers()).toEqual([]);
  });

  /** Of this test's node alone: others may run at the same time. */
  const containers = async (): Promise<string[]> => {
    const { stdout } = await engine.call(['ps', '--all', '--filter', `label=${attemptLabel}`, '--format', '{{.Names}} {{.Labels}}']);
    return stdout.split('\n').filter((line) => line.includes(cluster.dir));
  };
  const volumes = async (): Promise<string[]> => (await engine.call(['volume', 'ls', '--quiet'])).stdout.split('\n').filter((name) => name !== '');
  const start = async (options: Parameters<typeof startCluster>[0] = {}): Promise<void> => {
    cluster = await startCluster({ runtime: engine.engine, ...options });
  };
  const script = (name: string, text: string, more: Partial<Container> = {}): Container => ({ name, image: reference, command: ['sh', '-c', text], ...more });
  const ends = async (name: string): Promise<unknown[]> => {
    const { status } = await cluster.finished(name, 60_000);
    return [status?.phase, ...(status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.exitCode)];
  };

  test("exit codes, environment, and the image's own words as a kubelet takes them", async () => {
    await start({ containerEnv: { FROM_NODE: 'node' } });
    const before = await volumes();
    await cluster.create('codes', { containers: [script('zero', 'exit 0'), script('three', 'echo three >&2; exit 3'), script('nine', "sh -c 'kill -9 $$$$'; exit $?"), script('own127', 'exit 127')] });
    await cluster.create('env', {
      containers: [script('main', 'echo "$1 $2 $LINES"; env', {
        args: ['sh', '$(WORD)', '$(UNKNOWN) $$(WORD)'],
        env: [
          { name: 'WORD', value: "it's $(FROM_NODE) two" }, { name: 'LINES', value: 'a\nb' }, { name: 'HTTP_PROXY', value: 'p:1' }, { name: 'PS1', value: '> ' },
          { name: 'DOCKER_HOST', value: 'tcp://nowhere' }, { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
      }), script('odd', '', { command: ['env'], env: [{ name: 'odd.name-1', value: 'x y' }] })],
    });
    await cluster.create('image', {
      containers: [
        { name: 'defaults', image: configured }, { name: 'args', image: configured, args: ['my', 'args'] },
        { name: 'command', image: configured, command: ['sh', '-c', 'echo $0 $FROM_IMAGE'] },
        { name: 'user', image: configured, securityContext: { runAsUser: 7 }, workingDir: '/work/deep' },
        { name: 'group', image: configured, securityContext: { runAsGroup: 8 } },
      ],
    });
    expect(await ends('codes')).toEqual(['Failed', 0, 3, 137, 127]);
    expect((await cluster.pods.find('codes'))?.status?.containerStatuses?.map(({ state }) => state?.terminated?.reason)).toEqual(['Completed', 'Error', 'Error', 'Error']);
    expect(await cluster.log('codes', 'three')).toBe('three\n');
    expect(await ends('env')).toEqual(['Succeeded', 0, 0]);
    expect((await cluster.log('env', 'odd')).split('\n')).toContain('odd.name-1=x y');
    const printed = await cluster.log('env', 'main');
    expect(printed).toMatch(/^it's \$\(FROM_NODE\) two \$\(UNKNOWN\) \$\(WORD\) a\nb\n/);
    for (const line of ['FROM_NODE=node', 'HTTP_PROXY=p:1', 'PS1=> ', 'DOCKER_HOST=tcp://nowhere', 'POD=env', 'HOSTNAME=env', 'LINES=a']) expect(printed.split('\n')).toContain(line);
    expect(await ends('image')).toEqual(['Succeeded', 0, 0, 0, 0, 0]);
    expect(await cluster.log('image', 'defaults')).toBe('cmd of image yes in /work as 1234:55\n');
    expect(await cluster.log('image', 'args')).toBe('my args yes in /work as 1234:55\n');
    expect(await cluster.log('image', 'command')).toBe('sh yes\n');
    expect(await cluster.log('image', 'user')).toBe('cmd of image yes in /work/deep as 7:0\n');
    expect(await cluster.log('image', 'group')).toBe('cmd of image yes in /work as 1234:8\n');
    await cluster.node.stop();
    // Others may have some for a moment.
    const left = async (): Promise<string[]> => (await volumes()).filter((name) => !before.includes(name));
    for (let waitedMs = 0; waitedMs < 10_000 && (await left()).length > 0; waitedMs += 200) await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await left()).toEqual([]);
  }, 120_000);

  test('what cannot start says so, in the status and not in the log', async () => {
    await start();
    await cluster.create('none', { containers: [{ name: 'main', image: reference, command: ['/bin/nosuch', 'x'] }] });
    expect(await ends('none')).toEqual(['Failed', 128]);
    const terminated = (await cluster.pods.find('none'))?.status?.containerStatuses?.[0]?.state?.terminated;
    expect(terminated).toMatchObject({ reason: 'StartError', message: expect.stringContaining('/bin/nosuch') });
    expect(await cluster.log('none', 'main')).toBe('');
    await cluster.create('dir', { containers: [script('main', 'echo $PWD; echo x > file', { workingDir: '/not/there' }), script('there', 'ls sh', { workingDir: '/bin' })] });
    expect(await ends('dir')).toEqual(['Succeeded', 0, 0]);
    expect(await cluster.log('dir', 'main')).toBe('/not/there\n');
  }, 120_000);

  test('is asked to end, has its grace, and is killed after it; its log is followed to its end', async () => {
    await start();
    const loop = 'while :; do sleep 0.05; done';
    await cluster.create('polite', { containers: [script('main', `trap "echo bye; exit 0" TERM; echo up; ${loop}`)] });
    await cluster.create('deaf', { terminationGracePeriodSeconds: 1, containers: [script('main', `trap "" TERM; echo up; ${loop}`)] });
    await cluster.create('late', { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1, containers: [script('main', `echo up; ${loop}`)] });
    for (const name of ['polite', 'deaf']) while (!(await cluster.log(name, 'main')).includes('up')) await new Promise((resolve) => setTimeout(resolve, 20));
    const logs = ['polite', 'deaf'].map((name) => cluster.log(name, 'main', '?follow=true'));
    await Promise.all(['polite', 'deaf'].map((name) => cluster.pods.delete(name)));
    expect(await Promise.all(logs)).toEqual(['up\nbye\n', 'up\n']);
    for (const name of ['polite', 'deaf']) await cluster.until(name, (pod) => pod === undefined, 60_000);
    expect((await cluster.finished('late', 60_000)).status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  }, 120_000);

  test('init containers in order, a sidecar beside, and what they share', async () => {
    await start();
    const data = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    await cluster.create('order', {
      volumes: [{ name: 'data', emptyDir: {} }],
      initContainers: [
        script('first', 'echo first >> /data/order', data),
        script('beside', 'trap "echo stopped >> /data/order; cat /data/order; exit 0" TERM; echo beside >> /data/order; touch /data/up; while :; do sleep 0.05; done', {
          ...data, restartPolicy: 'Always', startupProbe: { exec: { command: ['cat', '/data/up'] }, periodSeconds: 1 },
        }),
        script('second', 'echo second >> /data/order', data),
      ],
      containers: [script('main', 'echo main >> /data/order; cat /data/hook', { ...data, lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo hook > /data/hook'] } } } }), script('other', 'exit 0')],
    });
    const { status } = await cluster.finished('order', 60_000);
    expect(status?.initContainerStatuses?.map(({ state }) => state?.terminated?.exitCode)).toEqual([0, 0, 0]);
    expect(await cluster.log('order', 'beside')).toBe('first\nbeside\nsecond\nmain\nstopped\n');
  }, 120_000);

  test('files of objects with their modes, and hostile names', async () => {
    await start();
    const core = (plural: string, kind: string) => cluster.kube.resource({ group: '', version: 'v1', plural, kind, namespaced: true } as const, 'default');
    await core('configmaps', 'ConfigMap').create({ metadata: { name: 'config' }, data: { key: 'text', other: 'more' } } as never);
    await core('secrets', 'Secret').create({ metadata: { name: 'secret' }, data: { key: Buffer.from('hidden').toString('base64') } } as never);
    const odd = 'a,b"c d\'e';
    await cluster.create('files', {
      volumes: [
        { name: 'config', configMap: { name: 'config', items: [{ key: 'key', path: 'sub/key', mode: 0o440 }] } },
        { name: 'secret', secret: { secretName: 'secret', defaultMode: 0o400 } },
        { name: 'all', projected: { sources: [{ configMap: { name: 'config' } }, { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } }] } },
        { name: 'data', emptyDir: {} },
      ],
      containers: [script('main', `cat /config/sub/key /secret/key /all/other /all/name; stat -L -c %a /config/sub/key /secret/key; echo x > /config/y || echo read-only; echo ok > '/x/a,b"c d'"'"'e/f'; cat '/x/a,b"c d'"'"'e/f'; echo done > /dev/termination-log`, {
        volumeMounts: [
          { name: 'config', mountPath: '/config', readOnly: true }, { name: 'secret', mountPath: '/secret', readOnly: true }, { name: 'all', mountPath: '/all', readOnly: true },
          { name: 'data', mountPath: `/x/${odd}`, subPath: odd },
        ],
      })],
    });
    const { status } = await cluster.finished('files', 60_000);
    expect((await cluster.log('files', 'main')).split('\n').filter((line) => !line.includes('Read-only'))).toEqual(['texthiddenmorefiles440', '400', 'read-only', 'ok', '']);
    expect(status?.containerStatuses?.[0]?.state?.terminated?.message).toBe('done\n');
  }, 120_000);

  test('who it runs as, and what it may', async () => {
    await start();
    const data = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    await cluster.create('user', {
      volumes: [{ name: 'data', emptyDir: {} }],
      securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000] },
      containers: [
        script('pod', 'id -u; id -g; id -G; touch /data/a; stat -c %g /data/a; mkdir -m 700 /data/closed; touch /data/closed/file', data), script('own', 'id -u', { securityContext: { runAsUser: 5 } }),
        script('read', 'touch /x || touch /tmp/x || touch /data/b', { ...data, securityContext: { readOnlyRootFilesystem: true } }),
        script('fixed', 'echo $(cat /proc/self/status)', { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsUser: 0 } }),
      ],
    });
    expect(await ends('user')).toEqual(['Succeeded', 0, 0, 0, 0]);
    const [uid, gid, groups = '', ofFile] = (await cluster.log('user', 'pod')).split('\n');
    expect([uid, gid, groups.split(' ').sort(), ofFile]).toEqual(['1000', '3000', ['2000', '3000', '4000'], process.getuid?.() === 0 ? '2000' : '3000']);
    expect(await cluster.log('user', 'own')).toBe('5\n');
    expect(await cluster.log('user', 'read')).toMatch(/Read-only file system[^]*Read-only file system/);
    expect(await cluster.log('user', 'fixed')).toMatch(/CapBnd: 0000000000000000 .*NoNewPrivs: 1 /);
    // The folders of other users go with the pod.
    await cluster.pods.delete('user');
    for (let waitedMs = 0; waitedMs < 10_000 && (await readdir(join(cluster.dir, 'node/pods'))).length > 0; waitedMs += 50) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readdir(join(cluster.dir, 'node/pods'))).toEqual([]);
    await cluster.create('root', { securityContext: { runAsNonRoot: true }, containers: [script('main', 'exit 0')] });
    const waiting = await cluster.until('root', (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError');
    expect(waiting.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('image will run as root');
  }, 120_000);

  test('without the network there is nothing but a loopback', async () => {
    await start();
    await cluster.create('alone', { containers: [script('main', 'cat /proc/net/dev; hostname'), script('other', 'cat /proc/net/dev')] }, { name: 'alone', annotations: { 'prow.local/no-network': 'main' } });
    expect(await ends('alone')).toEqual(['Succeeded', 0, 0]);
    const interfaces = (text: string): string[] => [...text.matchAll(/^\s*(\S+):/gm)].map(([, name = '']) => name);
    const log = await cluster.log('alone', 'main');
    expect([interfaces(log), log.trim().split('\n').at(-1)]).toEqual([['lo'], 'alone']);
    expect(interfaces(await cluster.log('alone', 'other')).length).toBeGreaterThanOrEqual(1);
  }, 120_000);

  test('memory ends where its limit is', async () => {
    await start();
    const eat = 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done';
    const tried = await run({ file: engine.engine, args: ['run', '--rm', '--network', 'host', '--memory', '33554432', '--memory-swap', '33554432', reference, 'sh', '-c', `(${eat}); exit $?`], env: process.env as Record<string, string>, cwd: cluster.dir, timeoutMs: 20_000 });
    if (tried.code !== 137) {
      process.stderr.write(`skipped: ${engine.engine} does not enforce a memory limit here (${tried.code}: ${tried.stderr.trim()})\n`);
      return;
    }
    await cluster.create('hungry', { containers: [script('main', eat, { resources: { limits: { memory: '32Mi' } } })] });
    const { status } = await cluster.finished('hungry', 60_000);
    expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  }, 120_000);

  test('images that are not there, and those of the folder, which are built and follow it', async () => {
    await start({ images: { 'base/Dockerfile': `FROM ${reference}\nENV BASE=1\n`, 'own/Dockerfile': `FROM ${reference} AS words\nCOPY word /\nFROM hub.tess.io/prowimages/base:latest\nCOPY --from=words /word /\n`, 'own/word': 'one\n', 'a/Dockerfile': 'FROM hub.tess.io/prowimages/b\n', 'b/Dockerfile': 'FROM hub.tess.io/prowimages/a\n', 'bad/Dockerfile': `FROM ${reference}\nRUN ["sh", "-c", "exit 5"]\n` } });
    const waits = async (name: string, reason: string): Promise<string> => {
      const pod = await cluster.until(name, (found) => found?.status?.containerStatuses?.[0]?.state?.waiting?.reason === reason, 60_000);
      return pod.status?.containerStatuses?.[0]?.state?.waiting?.message ?? '';
    };
    const absent = 'localhost/prow-test-absent:1';
    await cluster.create('never', { containers: [{ name: 'main', image: absent, imagePullPolicy: 'Never' }] });
    await cluster.create('pull', { containers: [{ name: 'main', image: '127.0.0.1:1/absent:1' }] });
    await cluster.create('name', { containers: [{ name: 'main', image: 'Bad Name' }] }).catch(() => {});
    await cluster.create('circle', { containers: [{ name: 'main', image: 'hub.tess.io/prowimages/a:1', command: ['sh'] }] });
    await cluster.create('bad', { containers: [{ name: 'main', image: 'hub.tess.io/prowimages/bad:latest', command: ['sh'] }] });
    // One that is here, under the name of a registry that is not.
    const tagged = `127.0.0.1:1/present-${process.pid}:1`;
    await engine.call(['tag', reference, tagged]);
    await cluster.create('present', { containers: [{ name: 'main', image: tagged, command: ['sh', '-c', 'exit 0'] }] });
    await cluster.create('always', { containers: [{ name: 'main', image: tagged, imagePullPolicy: 'Always', command: ['sh'] }] });
    expect(await ends('present')).toEqual(['Succeeded', 0]);
    expect(await waits('always', 'ImagePullBackOff')).toContain('ErrImagePull');
    await engine.call(['rmi', tagged]);
    expect(await waits('never', 'ErrImageNeverPull')).toBe(`Container image "${absent}" is not present with pull policy of Never`);
    expect(await waits('pull', 'ImagePullBackOff')).toMatch(/^Back-off pulling image "127.0.0.1:1\/absent:1"/);
    expect(await waits('circle', 'ImagePullBackOff')).toContain('images are built from each other in a circle: a → b → a');
    expect(await waits('bad', 'ImagePullBackOff')).toContain(join('bad', 'Dockerfile'));
    try {
      const own = (name: string): Promise<unknown> => cluster.create(name, { containers: [{ name: 'main', image: 'hub.tess.io/prowimages/own:latest', command: ['sh', '-c', 'cat /word; echo $BASE'] }, { name: 'again', image: 'hub.tess.io/prowimages/own:latest', command: ['cat', '/word'] }] });
      await own('built');
      expect(await ends('built')).toEqual(['Succeeded', 0, 0]);
      expect(await cluster.log('built', 'main')).toBe('one\n1\n');
      await writeFile(join(cluster.dir, 'images/own/word'), 'three\n');
      await own('changed');
      expect(await ends('changed')).toEqual(['Succeeded', 0, 0]);
      expect(await cluster.log('changed', 'main')).toBe('three\n1\n');
    } finally {
      await engine.call(['rmi', '--force', 'hub.tess.io/prowimages/own:latest', 'hub.tess.io/prowimages/base:latest']);
    }
  }, 180_000);

  test('a node killed with SIGKILL leaves them running; the next adopts them', async () => {
    await start();
    await cluster.node.stop();
    const data = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    for (const [round, killAfterMs] of killsAfterMs.entries()) {
      const name = `killed-${round}`;
      await cluster.create(name, {
        volumes: [{ name: 'data', emptyDir: {} }],
        initContainers: [script('init', 'echo init >> /data/runs', data)],
        containers: [script('main', 'echo main >> /data/runs; sleep 1; cat /data/runs; exit 4', data)],
      });
      const killed = await KilledNode.start(cluster, engine.engine);
      await new Promise((resolve) => setTimeout(resolve, killAfterMs));
      await killed.kill();
      await cluster.restartNode();
      expect(await ends(name)).toEqual(['Failed', 4]);
      expect(await cluster.log(name, 'main')).toBe('init\nmain\n');
      await cluster.pods.delete(name);
      await cluster.until(name, (pod) => pod === undefined, 60_000);
      await cluster.node.stop();
    }
    expect(await readdir(join(cluster.dir, 'node/pods'))).toEqual([]);
  }, 60_000 + killsAfterMs.length * 40_000);

  test('a stopped node leaves no container', async () => {
    await start();
    await cluster.create('long', { containers: [script('main', 'trap "" TERM; while :; do sleep 1; done')] });
    await cluster.until('long', (pod) => pod?.status?.phase === 'Running');
    await cluster.node.stop({ graceMs: 200 });
    expect((await cluster.pods.find('long'))?.status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect(await containers()).toEqual([]);
  }, 120_000);
});
