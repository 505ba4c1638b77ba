import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { kubeClientFrom, runAsLeader, type KubeClient } from './index.ts';

let dataDir: string;
let api: RunningKubeApi;
let kube: KubeClient;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-lease-'));
  api = await startKubeApi({ dataDir });
  kube = await kubeClientFrom(api.kubeconfig());
});

afterAll(async () => {
  await kube.close();
  await api.stop();
  await rm(dataDir, { recursive: true });
});

test('one leads at a time, and another takes over when it goes or goes silent', async () => {
  const leading: string[] = [];
  const history: string[] = [];
  const candidate = (identity: string): { stop: AbortController; done: Promise<void> } => {
    const stop = new AbortController();
    const done = runAsLeader({
      kube, identity, namespace: 'default', name: 'leader', clock: systemClock, log: silentLogger, signal: stop.signal,
      leaseDurationMs: 1_000, renewDeadlineMs: 700, retryMs: 50,
      lead: async (signal) => {
        leading.push(identity);
        history.push(identity);
        expect(leading).toHaveLength(1);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        leading.splice(leading.indexOf(identity), 1);
      },
    });
    return { stop, done };
  };
  const first = candidate('first');
  await until(() => leading.length === 1);
  const second = candidate('second');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(leading).toEqual(['first']);
  first.stop.abort();
  await first.done;
  await until(() => leading.includes('second'));
  // Somebody else writes itself into the lease: the leader notices and steps back.
  const leases = kube.resource<{ metadata: { name?: string }; spec?: object }>({ group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true }, 'default');
  await leases.patch('leader', { type: 'merge', body: { spec: { holderIdentity: 'thief', leaseDurationSeconds: 1 } } });
  await until(() => leading.length === 0);
  await until(() => leading.includes('second'));
  second.stop.abort();
  await second.done;
  expect(history).toEqual(['first', 'second', 'second']);
});

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !condition(); attempt += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
}
