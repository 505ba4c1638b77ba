import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pod } from '@prow/model-kube-types';
import { script, startCluster, type TestCluster } from './testing/cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster?.stop();
});

describe('a pod', () => {
  test('runs its init containers in order, then its containers, and succeeds', async () => {
    const data = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    await cluster.create('order', {
      volumes: [{ name: 'data', emptyDir: {} }],
      initContainers: [script('first', 'echo first >> /data/order', data), script('second', 'echo second >> /data/order', data)],
      containers: [script('main', 'cat /data/order; echo $FROM_IMAGE; pwd', data)],
    });
    const { status } = await cluster.finished('order');
    expect(status?.phase).toBe('Succeeded');
    expect(status?.initContainerStatuses?.map(({ state }) => state?.terminated?.reason)).toEqual(['Completed', 'Completed']);
    expect((await cluster.log('order', 'main')).split('\n').slice(0, 3)).toEqual(['first', 'second', 'yes']);
    expect(status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
  });

  test('tells the exit code, and its last words when nothing else was left', async () => {
    await cluster.create('fails', { containers: [script('main', 'echo oh no >&2; exit 7', { terminationMessagePolicy: 'FallbackToLogsOnError' })] });
    const { status } = await cluster.finished('fails');
    expect(status?.phase).toBe('Failed');
    expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 7, reason: 'Error', message: 'oh no\n' });
  });

  test('a failed init container keeps the rest from starting', async () => {
    await cluster.create('bad-init', { initContainers: [script('init', 'exit 1')], containers: [script('main', 'true')] });
    const { status } = await cluster.finished('bad-init');
    expect(status?.phase).toBe('Failed');
    expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
  });

  test('a command that is not there is a StartError', async () => {
    await cluster.create('no-command', { containers: [{ ...script('main', ''), command: ['/no/such/program'] }] });
    const { status } = await cluster.finished('no-command');
    expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 128, reason: 'StartError', message: expect.stringContaining('stat /no/such/program: no such file or directory') });
    const events = await cluster.events('no-command', ({ reason }) => reason === 'Failed');
    expect(events.map(({ reason }) => reason)).not.toContain('Started');
    expect(events.find(({ reason }) => reason === 'Failed')?.message).toMatch(/^Error: failed to .*no such file/);
  });

  test.each([
    ['an argument', { args: ['A'.repeat(200_000)] }],
    ['a variable', { env: [{ name: 'LARGE', value: 'A'.repeat(200_000) }] }],
  ])('%s that the kernel does not take is a StartError, and others start meanwhile', async (_, more) => {
    const name = `large-${Object.keys(more)[0]}`;
    await Promise.all([cluster.create(name, { containers: [script('main', 'echo ran', more)] }), cluster.create(`beside-${name}`, { containers: [script('main', 'true')] })]);
    const { status } = await cluster.finished(name);
    expect(status?.phase).toBe('Failed');
    expect(status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 128, reason: 'StartError', message: expect.stringContaining('argument list too long') } } });
    expect(await cluster.log(name, 'main')).not.toContain('ran\n');
    expect((await cluster.finished(`beside-${name}`)).status?.phase).toBe('Succeeded');
  });

  test('is restarted after a failure when it asks for that', async () => {
    await cluster.create('again', {
      restartPolicy: 'OnFailure',
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [script('main', 'echo run; test -e /data/seen || { touch /data/seen; exit 1; }', { volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
    });
    const { status } = await cluster.finished('again');
    expect(status?.phase).toBe('Succeeded');
    expect(status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } });
    expect(await cluster.log('again', 'main', '?previous=true')).toBe('run\n');
  });

  test('sidecars run beside the others and are ended after them', async () => {
    const data = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    await cluster.create('sidecar', {
      volumes: [{ name: 'data', emptyDir: {} }],
      initContainers: [script('helper', 'trap "echo bye >> /data/out; exit 0" TERM; touch /data/up; while :; do sleep 0.05; done', { ...data, restartPolicy: 'Always' })],
      containers: [script('main', 'for i in 1 2 3 4 5 6 7 8 9; do test -e /data/up && exit 0; sleep 0.1; done; exit 1', data)],
    });
    const { status } = await cluster.finished('sidecar');
    expect(status?.phase).toBe('Succeeded');
    expect(status?.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0 });
  });

  test('ends at its deadline', async () => {
    await cluster.create('deadline', { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1, containers: [script('main', 'sleep 60')] });
    const { status } = await cluster.finished('deadline');
    expect(status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });
});

describe('probes', () => {
  test('readiness is told, and a container that fails its liveness probe is started again', async () => {
    await cluster.create('probed', {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 0,
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        script('main', 'echo run >> /data/runs; touch /alive; while :; do sleep 0.1; done', {
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
          readinessProbe: { exec: { command: ['test', '-e', '/data/ready'] }, periodSeconds: 1, timeoutSeconds: 10 },
          livenessProbe: { exec: { command: ['sh', '-c', '! test -e /data/sick || { rm /data/sick; exit 1; }'] }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 1 },
        }),
        script('helper', 'sleep 1; touch /data/ready; sleep 2; touch /data/sick; sleep 60', { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
      ],
    });
    const condition = (status: string) => (pod?: Pod): boolean => pod?.status?.conditions?.some((found) => found.type === 'Ready' && found.status === status) === true;
    await cluster.until('probed', condition('False'));
    await cluster.until('probed', condition('True'));
    const { status } = await cluster.until('probed', (pod) => pod?.status?.containerStatuses?.[0]?.restartCount === 1, 30_000);
    expect(status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 137 });
    await cluster.pods.delete('probed');
    await cluster.until('probed', (pod) => pod === undefined);
  }, 60_000);

  test('a container that keeps failing waits in CrashLoopBackOff', async () => {
    await cluster.create('crashing', { restartPolicy: 'Always', containers: [script('main', 'exit 1')] });
    const { status } = await cluster.until('crashing', (pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(status).toMatchObject({ phase: 'Running', containerStatuses: [{ restartCount: 1, lastState: { terminated: { exitCode: 1 } } }] });
    expect(status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('back-off 10s restarting failed container=main pod=crashing_default(');
    await cluster.pods.delete('crashing');
    await cluster.until('crashing', (pod) => pod === undefined);
  });
});

describe('deletion', () => {
  test('runs the preStop hook, asks politely, and lets the last word be said', async () => {
    await cluster.create('polite', {
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        script('main', 'trap "cat /data/hook; echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done', {
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
          lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo hooked > /data/hook'] } } },
        }),
      ],
    });
    await cluster.until('polite', (pod) => pod?.status?.phase === 'Running');
    while (!(await cluster.log('polite', 'main')).includes('up')) await new Promise((resolve) => setTimeout(resolve, 20));
    const following = cluster.log('polite', 'main', '?follow=true');
    await cluster.pods.delete('polite');
    expect(await following).toBe('up\nhooked\nbye\n');
    await cluster.until('polite', (pod) => pod === undefined);
  });

  test('kills what does not listen when its grace is over', async () => {
    await cluster.create('deaf', { terminationGracePeriodSeconds: 1, containers: [script('main', 'trap "" TERM; echo up; while :; do sleep 0.05; done')] });
    await cluster.until('deaf', (pod) => pod?.status?.phase === 'Running');
    const startedAt = Date.now();
    await cluster.pods.delete('deaf');
    await cluster.until('deaf', (pod) => pod === undefined);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(900);
  });

  test('the name may be taken again at once', async () => {
    for (let round = 0; round < 3; round += 1) {
      await cluster.create('again-and-again', { containers: [script('main', 'sleep 60')] });
      await cluster.until('again-and-again', (pod) => pod?.status?.phase === 'Running');
      await cluster.pods.delete('again-and-again', { gracePeriodSeconds: 0 });
      await cluster.until('again-and-again', (pod) => pod === undefined);
    }
  });
});
