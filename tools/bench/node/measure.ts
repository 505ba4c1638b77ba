// Pods of `true` through the embedded API and the node: one after the other, and two hundred at once.
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { kubeClientFrom, type ResourceType } from '@prow/clients-kube';
import { startKubeApi } from '@prow/local-kube-api';
import { startNode, type RuntimeName } from '@prow/local-node';
import { TestImages, workingEngines } from '../../../libs/local/node/src/testing/engines.ts';
import type { Pod } from '@prow/model-kube-types';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [dir = '.', runtime = 'auto'] = process.argv.slice(2);
const podType: ResourceType<Pod> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const isEngine = runtime === 'podman' || runtime === 'docker';
const rounds = isEngine ? 15 : 30;
const many = isEngine ? 40 : 200;

/** An engine needs an image of its own; the other runtimes take the machine's programs. */
const [engine] = isEngine ? await workingEngines([runtime]) : [];
const images = engine === undefined ? undefined : new TestImages(engine);
const made = await images?.glibc();
if (isEngine && (made === undefined || 'missing' in made)) process.exit(0);
const image = made !== undefined && 'reference' in made ? made.reference : 'hub.tess.io/prowimages/plain:latest';
/** The same, done by hand. */
const plainly = isEngine ? [runtime, 'run', '--rm', '--network', 'host', '--log-driver', 'none', image, 'true'] : ['true'];

mkdirSync(join(dir, 'images/plain'), { recursive: true });
writeFileSync(join(dir, 'images/plain/Dockerfile'), 'FROM debian:12\n');
const api = await startKubeApi({ dataDir: join(dir, 'kube') });
const kube = await kubeClientFrom(api.kubeconfig());
const node = await startNode({
  kube, dataDir: join(dir, 'node'), log: silentLogger, clock: systemClock, token: api.kubeletToken,
  runtime: runtime as 'auto' | RuntimeName, imagesDir: join(dir, 'images'),
});
const pods = kube.resource(podType, 'default');
const waiting = new Map<string, (pod: Pod) => void>();
const informer = kube.informer(podType);
informer.addHandler({
  onUpdate: (_, pod) => {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') waiting.get(pod.metadata.name ?? '')?.(pod);
  },
});
informer.start();
await informer.synced();

async function runPod(name: string): Promise<number> {
  const startedAt = performance.now();
  const finished = new Promise<Pod>((resolve) => waiting.set(name, resolve));
  await pods.create({ metadata: { name }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image, command: ['true'] }] } });
  const pod = await finished;
  if (pod.status?.phase !== 'Succeeded') throw new Error(`${name}: ${JSON.stringify(pod.status)}`);
  return performance.now() - startedAt;
}

async function runPlainly(): Promise<number> {
  const startedAt = performance.now();
  const [program = '', ...words] = plainly;
  await once(spawn(program, words, { stdio: 'ignore' }), 'exit');
  return performance.now() - startedAt;
}

function quantile(times: number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

const line = (what: string, value: string, wanted: string): void => console.log(`${what.padEnd(58)}${value.padStart(12)}   ${wanted}`);
console.log(`${node.runtime}: ${node.description}`);
for (let round = 0; round < 3; round += 1) await runPod(`warm-${round}`);
const [ours, plain]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round += 1) {
  plain.push(await runPlainly());
  ours.push(await runPod(`one-${round}`));
}
line('pod of `true`, created → Succeeded, median', `${quantile(ours, 0.5).toFixed(0)} ms`, isEngine ? '' : 'wanted ≤ 150 ms');
line('  the same, 90%', `${quantile(ours, 0.9).toFixed(0)} ms`, '');
line(`  \`${isEngine ? `${runtime} run … true` : 'true'}\` spawned plainly, median`, `${quantile(plain, 0.5).toFixed(1)} ms`, `ours is ${(quantile(ours, 0.5) / quantile(plain, 0.5)).toFixed(isEngine ? 1 : 0)} times that`);
const startedAt = performance.now();
await Promise.all(Array.from({ length: many }, (_, index) => runPod(`many-${index}`)));
const tookMs = performance.now() - startedAt;
line(`${many} pods at once, all Succeeded after`, `${(tookMs / 1000).toFixed(1)} s`, `${(tookMs / many).toFixed(0)} ms a pod, no error`);
line('resident memory of API, node and bench together', `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`, '');
const stoppedAt = performance.now();
await informer.stop();
await node.stop();
line('stop', `${(performance.now() - stoppedAt).toFixed(0)} ms`, '');
await kube.close();
await api.stop();
await images?.remove();
