// What people do to the node decides which pods it takes.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Pod } from '@prow/model-kube-types';
import { nodeType } from './kubelet/resource-types.ts';
import { script, startCluster, type TestCluster } from './testing/cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster?.stop();
});

const setNode = (spec: object): Promise<unknown> => cluster.kube.resource(nodeType).patch(cluster.node.name, { type: 'merge', body: { spec } });
const scheduledCondition = (pod: Pod | undefined): unknown => pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
/** The watch of the node is a moment behind: pods are sent until one has to wait. */
async function firstRefused(name: string): Promise<string> {
  for (let round = 0; round < 100; round += 1) {
    const pod = `${name}-${round}`;
    await cluster.create(pod, { containers: [script('main', 'true')] });
    const seen = await cluster.until(pod, (found) => found?.spec.nodeName !== undefined || scheduledCondition(found) !== undefined);
    if (seen.spec.nodeName === undefined) return pod;
  }
  throw new Error('the node took every pod');
}

test('a cordoned node leaves new pods pending, and takes them when it is uncordoned', async () => {
  await setNode({ unschedulable: true });
  const name = await firstRefused('cordoned');
  const message = '0/1 nodes are available: 1 node(s) were unschedulable.';
  const waiting = await cluster.until(name, (pod) => scheduledCondition(pod) !== undefined);
  expect(waiting.status?.phase).toBe('Pending');
  expect(scheduledCondition(waiting)).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
  expect(await cluster.events(name, ({ reason }) => reason === 'FailedScheduling')).toEqual([expect.objectContaining({ type: 'Warning', message })]);
  await setNode({ unschedulable: null });
  // Well before the next heartbeat would tell of it.
  expect((await cluster.finished(name, 5000)).status?.phase).toBe('Succeeded');
});

test('a taint keeps out pods that do not tolerate it', async () => {
  await setNode({ taints: [{ key: 'team', value: 'infra', effect: 'NoSchedule' }] });
  const name = await firstRefused('tainted');
  expect(scheduledCondition(await cluster.pods.find(name))).toMatchObject({ reason: 'Unschedulable', message: '0/1 nodes are available: 1 node(s) had untolerated taint {team: infra}.' });
  await cluster.create('tolerant', { tolerations: [{ operator: 'Exists' }], containers: [script('main', 'true')] });
  expect((await cluster.finished('tolerant')).status?.phase).toBe('Succeeded');
  await setNode({ taints: null });
  expect((await cluster.finished(name, 5000)).status?.phase).toBe('Succeeded');
});
