// Against the cluster of CONFORMANCE_KUBECONFIG, or the embedded server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from '@jest/globals';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { conformanceCases, openCluster, type Cluster } from './index.ts';

let cluster: Cluster;
let embedded: { api: RunningKubeApi; dir: string } | undefined;

beforeAll(async () => {
  const given = process.env['CONFORMANCE_KUBECONFIG'];
  if (given === undefined || given === '') {
    const dir = await mkdtemp(join(tmpdir(), 'kube-conformance-'));
    embedded = { api: await startKubeApi({ dataDir: dir }), dir };
  }
  cluster = await openCluster(embedded === undefined ? (given ?? '') : embedded.api.kubeconfig());
});

afterAll(async () => {
  await cluster.close();
  if (embedded === undefined) return;
  await embedded.api.stop();
  await rm(embedded.dir, { recursive: true });
});

test.each(conformanceCases.map((one) => [one.name, one] as const))('%s', async (_name, { run }) => {
  await cluster.inNamespace(run);
});
