// What containers are given: variables, volumes, commands, users; and what is wrong with what they ask for.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { configMapType, eventType, secretType } from './kubelet/resource-types.ts';
import { script, startCluster, type TestCluster } from './testing/cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({
    allowHostPaths: ['/var/empty-prow-test'],
    capacity: { cpu: '2', memory: '1Gi' },
    images: {
      'plain/Dockerfile': 'FROM debian:12\nENV FROM_IMAGE=yes\nWORKDIR /workspace\n',
      'tool/Dockerfile': 'ARG BASE=hub.tess.io/prowimages/plain\nFROM ${BASE}:latest\nCOPY bin/ /usr/local/bin/\nCOPY --chmod=644 note.txt /etc/tool/\nCOPY data /srv/tool/data\nENTRYPOINT ["prow-test-tool"]\nCMD ["default"]\n',
      'tool/bin/prow-test-tool': '#!/bin/sh\necho "tool $* in $PWD"; cat /etc/tool/note.txt /srv/tool/data/deep/file\n',
      'tool/note.txt': 'note\n',
      'tool/data/deep/file': 'deep\n',
      'circle/Dockerfile': 'FROM hub.tess.io/prowimages/circle\n',
      'broken/Dockerfile': 'FROM debian\nCOPY ../plain/Dockerfile /x\n',
    },
  });
  await cluster.kube.resource(configMapType, 'default').create({ metadata: { name: 'settings' }, data: { key: 'value', 'a.yaml': 'x: 1\n' } });
  await cluster.kube.resource(secretType, 'default').create({ metadata: { name: 'keys' }, data: { token: Buffer.from('s3cret').toString('base64') } });
});
afterAll(async () => {
  await cluster?.stop();
});

async function outputOf(name: string, spec: Parameters<TestCluster['create']>[1], metadata?: Parameters<TestCluster['create']>[2]): Promise<string> {
  await cluster.create(name, spec, metadata);
  const { status } = await cluster.finished(name);
  const output = await cluster.log(name, spec.containers[0]?.name ?? '');
  expect({ phase: status?.phase, output }).toEqual({ phase: 'Succeeded', output });
  return output;
}

describe('variables', () => {
  test('come from everywhere, refer to each other, and reach the program whatever their name', async () => {
    const output = await outputOf(
      'variables',
      {
        containers: [
          {
            ...script('main', ''),
            command: ['env'],
            envFrom: [{ prefix: 'CM_', configMapRef: { name: 'settings' } }, { secretRef: { name: 'none', optional: true } }],
            env: [
              { name: 'A', value: 'a' },
              { name: 'B', value: '$(A)-$(CM_key)-$$(A)-$(NONE)' },
              { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
              { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['x/y']" } } },
              { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
              { name: 'odd.name', value: "it's" },
              { name: 'MULTI', value: 'one\ntwo "$HOME"' },
              { name: 'dir', value: 'kept' },
            ],
            resources: { limits: { cpu: '500m' } },
          },
        ],
      },
      { labels: { 'x/y': 'label' } },
    );
    const lines = output.split('\n');
    for (const line of ['A=a', 'B=a-value-$(A)-$(NONE)', 'CM_key=value', 'CM_a.yaml=x: 1', 'TOKEN=s3cret', 'NAME=variables', 'LABEL=label', 'LIMIT=500', "odd.name=it's", 'MULTI=one', 'two "$HOME"', 'dir=kept', 'FROM_IMAGE=yes', 'HOSTNAME=variables']) {
      expect(lines).toContain(line);
    }
    expect(lines.filter((line) => line.startsWith('_prow') || line.startsWith('PROW_'))).toEqual([]);
  });

  test('a missing reference keeps the container waiting until it comes', async () => {
    await cluster.create('waits', { containers: [script('main', 'echo $X', { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'later', key: 'k' } } }] })] });
    const { status } = await cluster.until('waits', (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError');
    expect(status?.containerStatuses?.[0]?.state?.waiting?.message).toBe('configmap "later" not found');
    await cluster.kube.resource(configMapType, 'default').create({ metadata: { name: 'later' }, data: { k: 'now' } });
    await cluster.finished('waits');
    expect(await cluster.log('waits', 'main')).toBe('now\n');
  });
});

test('volumes lie at their paths', async () => {
  const output = await outputOf('volumes', {
    volumes: [
      { name: 'empty', emptyDir: {} },
      { name: 'cm', configMap: { name: 'settings', items: [{ key: 'key', path: 'sub/key' }] } },
      { name: 'secret', secret: { secretName: 'keys', defaultMode: 0o400 } },
      { name: 'all', projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'settings' } }, { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }] } },
    ],
    containers: [
      script('main', 'cat /etc/prow-test/sub/key; echo; cat /keys/token; echo; stat -L -c %a /keys/token; cat /all/labels; echo; test -s /all/token && echo token; echo x > /a/b/c/file; ls /a/b; cat /a/b/c/file; echo no > /keys/x || echo read-only; cat /part', {
        volumeMounts: [
          { name: 'empty', mountPath: '/a/b/c' },
          { name: 'cm', mountPath: '/etc/prow-test' },
          { name: 'secret', mountPath: '/keys', readOnly: true },
          { name: 'all', mountPath: '/all' },
          { name: 'all', mountPath: '/part', subPath: 'key' },
        ],
      }),
    ],
  }, { labels: { l: 'v' } });
  expect(output.split('\n').filter((line) => !line.includes('/keys/x:'))).toEqual(['value', 's3cret', '400', 'l="v"', 'token', 'c', 'x', 'read-only', 'value']);
});

describe('images', () => {
  test('bring their files, entrypoint and cmd', async () => {
    const tool = { name: 'main', image: 'hub.tess.io/prowimages/tool:v1' };
    expect(await outputOf('image-defaults', { containers: [tool] })).toBe('tool default in /workspace\nnote\ndeep\n');
    expect(await outputOf('image-args', { containers: [{ ...tool, args: ['$(X)', 'b'], env: [{ name: 'X', value: 'a' }] }] })).toBe('tool a b in /workspace\nnote\ndeep\n');
  });

  test.each([
    ['alpine:3', 'ErrImagePull', 'podman or docker'],
    ['hub.tess.io/prowimages/tol:latest', 'ErrImagePull', 'did you mean tool?'],
    ['hub.tess.io/prowimages/circle', 'ErrImagePull', 'circle → circle'],
    ['hub.tess.io/prowimages/broken', 'ErrImagePull', "Dockerfile:2: ../plain/Dockerfile is outside of the image's folder"],
    ['UPPER CASE', 'InvalidImageName', 'invalid reference'],
  ])('%j: %s', async (reference, reason, part) => {
    const name = `image-${reference.toLowerCase().replaceAll(/[^a-z0-9]/g, '-').slice(-20).replace(/^-+/, '')}`;
    await cluster.create(name, { containers: [{ name: 'main', image: reference, command: ['true'] }] });
    const { status } = await cluster.until(name, (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === reason);
    expect(status?.phase).toBe('Pending');
    expect(status?.containerStatuses?.[0]?.state?.waiting?.message).toContain(part);
    if (reason !== 'ErrImagePull') return;
    await cluster.until(name, (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff');
    // What this node has no means to get is said so after a second try: plank ends jobs that wait for it.
    if (reference === 'alpine:3') await cluster.until(name, (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImageNeverPull', 20_000);
    await cluster.pods.delete(name);
    await cluster.until(name, (pod) => pod === undefined);
  }, 40_000);
});

test('an image that may not be pulled, in a pod that ends before it is there', async () => {
  await cluster.create('never-pull', { activeDeadlineSeconds: 1, containers: [{ name: 'main', image: 'alpine:3', imagePullPolicy: 'Never', command: ['true'] }] });
  await cluster.until('never-pull', (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImageNeverPull');
  expect((await cluster.finished('never-pull')).status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', containerStatuses: [{ state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } } }] });
});

test('hostPath volumes only where allowed', async () => {
  const pod = (path: string): Parameters<typeof cluster.create>[1] => ({ volumes: [{ name: 'h', hostPath: { path } }], containers: [script('main', 'true')] });
  await expect(cluster.create('climbs', pod('/var/empty-prow-test/../../etc'))).rejects.toThrow("must not contain '..'");
  await cluster.create('host', pod('/etc'));
  expect((await cluster.finished('host')).status).toMatchObject({ phase: 'Failed', reason: 'HostPathForbidden' });
});

describe('resources', () => {
  test('what does not fit waits, says why, and starts when room frees', async () => {
    const half = { resources: { requests: { cpu: '1200m' } } };
    await cluster.create('first', { terminationGracePeriodSeconds: 0, containers: [script('main', 'sleep 60', half)] });
    await cluster.until('first', (pod) => pod?.status?.phase === 'Running');
    await cluster.create('second', { containers: [script('main', 'true', half)] });
    const { status } = await cluster.until('second', (pod) => pod?.status?.conditions?.[0]?.reason === 'Unschedulable');
    expect(status?.conditions?.[0]?.message).toBe('0/1 nodes are available: 1 Insufficient cpu.');
    await cluster.pods.delete('first');
    expect((await cluster.finished('second')).status?.phase).toBe('Succeeded');
  });

  test('a node selector is heeded', async () => {
    await cluster.create('elsewhere', { nodeSelector: { disk: 'none' }, containers: [script('main', 'true')] });
    const { status } = await cluster.until('elsewhere', (pod) => pod?.status?.conditions?.[0]?.reason === 'Unschedulable');
    expect(status?.conditions?.[0]?.message).toContain("didn't match Pod's node affinity/selector");
    await cluster.pods.delete('elsewhere');
  });

  test('too much memory is an OOM kill, where limits can be set', async () => {
    await cluster.create('hungry', { containers: [{ ...script('main', ''), command: ['node', '-e', 'const a = []; for (;;) a.push(Buffer.alloc(1e6, 1));'], resources: { limits: { memory: '96Mi' } } }] });
    if (!cluster.node.description.includes('limits are enforced')) {
      process.stderr.write('skipped: memory limits cannot be set here\n');
      await cluster.pods.delete('hungry', { gracePeriodSeconds: 0 });
      return;
    }
    const { status } = await cluster.finished('hungry');
    expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  });
});

test('containers may be kept from the network', async () => {
  if (cluster.node.runtime !== 'sandbox') return;
  const list = { containers: [script('main', 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "')] };
  expect(await outputOf('offline', list, { annotations: { 'prow.local/no-network': 'other, main' } })).toBe('lo\n');
});

test('the kubelet\'s events are told', async () => {
  await cluster.create('events', { containers: [script('main', 'true')] });
  await cluster.finished('events');
  const events = cluster.kube.resource(eventType, 'default');
  let reasons: (string | undefined)[] = [];
  for (let waitedMs = 0; waitedMs < 5000 && reasons.length < 4; waitedMs += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    reasons = (await events.list({ fieldSelector: 'involvedObject.name=events' })).items.map(({ reason }) => reason);
  }
  expect(reasons.sort()).toEqual(['Created', 'Pulled', 'Scheduled', 'Started']);
});
