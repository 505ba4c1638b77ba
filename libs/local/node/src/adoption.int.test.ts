// A node killed at once, and the next one over the same folder.
import { afterEach, describe, expect, test } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { processesMarked } from '@prow/base-process';
import { isDeepStrictEqual } from 'node:util';
import { KilledNode } from './testing/killed-node.ts';
import { script, startCluster, type TestCluster } from './testing/cluster.ts';

let cluster: TestCluster | undefined;

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

/** `PROW_KILL_ROUNDS=50` for a long run, at random moments. */
const killsAfterMs = process.env['PROW_KILL_ROUNDS'] === undefined ? [0, 60, 150] : Array.from({ length: Number(process.env['PROW_KILL_ROUNDS']) }, () => Math.random() * 700);

const counter = { volumes: [{ name: 'data', emptyDir: {} }] };
const data = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };

describe('a node that is gone', () => {
  test('leaves its containers running; the next adopts them and nothing runs twice', async () => {
    cluster = await startCluster();
    await cluster.create('job', {
      ...counter,
      initContainers: [script('init', 'echo init >> /data/runs', data)],
      containers: [
        script('main', 'echo start >> /data/runs; i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); sleep 0.05; done; cat /data/runs; exit 3', data),
        script('other', 'echo other >> /data/runs; sleep 0.3', data),
      ],
    });
    await cluster.until('job', (pod) => pod?.status?.phase === 'Running');
    await cluster.node.stop({ leaveRunning: true });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await cluster.restartNode();
    const { status } = await cluster.finished('job');
    expect(status?.phase).toBe('Failed');
    expect(status?.containerStatuses?.map(({ state, restartCount }) => [state?.terminated?.exitCode, restartCount])).toEqual([[3, 0], [0, 0]]);
    const log = (await cluster.log('job', 'main')).trim().split('\n');
    expect(log.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, index) => `line ${index}`));
    expect(log.slice(30).sort()).toEqual(['init', 'other', 'start']);
  });

  test('a log is there from the first moment of the next node', async () => {
    cluster = await startCluster();
    const names = Array.from({ length: 12 }, (_, index) => `done-${index}`);
    for (const name of names) await cluster.create(name, { initContainers: [script('init', 'true')], containers: [script('main', 'echo said')] });
    for (const name of names) await cluster.finished(name);
    const port = Number(new URL(cluster.node.url).port);
    await cluster.node.stop({ leaveRunning: true });
    const restarting = cluster.restartNode({ port });
    const running = cluster;
    const logs = async (): Promise<string[]> => {
      for (;;) {
        // Until the port is open.
        const found = await Promise.all(names.map((name) => running.log(name, 'main'))).catch(() => undefined);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const found = await logs();
    await restarting;
    expect(found).toEqual(names.map(() => 'said\n'));
  });

  test('what ended while no node looked is told by the next', async () => {
    cluster = await startCluster();
    await cluster.create('short', { containers: [script('main', 'sleep 0.3; exit 5')] });
    await cluster.until('short', (pod) => pod?.status?.phase === 'Running');
    await cluster.node.stop({ leaveRunning: true });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await cluster.restartNode();
    const { status } = await cluster.finished('short');
    expect(status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(5);
  });

  test('pods deleted meanwhile are ended and removed', async () => {
    cluster = await startCluster();
    const pod = await cluster.create('deleted', { containers: [script('main', 'sleep 600')] });
    await cluster.until('deleted', (found) => found?.status?.phase === 'Running');
    await cluster.node.stop({ leaveRunning: true });
    await cluster.pods.delete('deleted', { gracePeriodSeconds: 0 });
    const podsDir = join(cluster.dir, 'node/pods');
    expect(await readdir(podsDir)).toEqual([pod.metadata.uid]);
    await cluster.restartNode();
    for (let waitedMs = 0; waitedMs < 5000 && (await readdir(podsDir)).length > 0; waitedMs += 20) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await readdir(podsDir)).toEqual([]);
  });

  test('killed with SIGKILL at any moment of a job, the result is right', async () => {
    cluster = await startCluster();
    await cluster.node.stop();
    for (const [round, killAfterMs] of killsAfterMs.entries()) {
      const name = `killed-${round}`;
      await cluster.create(name, {
        ...counter,
        initContainers: [script('init', 'echo init >> /data/runs', data)],
        containers: [script('main', 'echo main >> /data/runs; sleep 0.2; cat /data/runs; exit 4', data)],
      });
      const killed = await KilledNode.start(cluster);
      await new Promise((resolve) => setTimeout(resolve, killAfterMs));
      await killed.kill();
      await cluster.restartNode();
      const { status } = await cluster.finished(name);
      expect(status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4);
      expect(await cluster.log(name, 'main')).toBe('init\nmain\n');
      await cluster.node.stop();
    }
  }, 30_000 + killsAfterMs.length * 20_000);

  test('stopped in good order, no process is left and running jobs are evicted', async () => {
    cluster = await startCluster();
    const pod = await cluster.create('stopped', { containers: [script('main', 'trap "" TERM; (setsid sleep 600 &); sleep 600 & wait')] });
    await cluster.until('stopped', (found) => found?.status?.phase === 'Running');
    await cluster.node.stop();
    const { status } = await cluster.until('stopped', () => true);
    expect(status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect(status?.conditions?.some((condition) => condition.type === 'DisruptionTarget' && condition.status === 'True')).toBe(true);
    expect(isDeepStrictEqual(processesMarked({ name: 'HOSTNAME', value: 'stopped' }), [])).toBe(true);
    const exit = join(cluster.dir, 'node/pods', pod.metadata.uid ?? '', 'containers/main/0/exit');
    expect((await readFile(exit, 'utf8')).trim()).not.toBe('');
    expect(await readFile(join(exit, '../log'), 'utf8')).toBe('');
  });
});
