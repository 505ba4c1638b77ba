// A decorated job that runs `true` in a small repository, on the local node: pod created → completed, and what of it is
// decoration.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { kubeClientFrom, type ResourceType } from '@prow/clients-kube';
import { startKubeApi } from '@prow/local-kube-api';
import { startNode } from '@prow/local-node';
import type { Pod } from '@prow/model-kube-types';
import { makePod } from '@prow/model-pod-spec';
import { line, quantile } from './support.ts';
import type { BenchPlace } from './support.ts';

const podType: ResourceType<Pod> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const rounds = 15;

export async function measurePod({ tools, work }: BenchPlace): Promise<void> {
  const repository = join(work, 'repository');
  mkdirSync(repository);
  const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  git('init', '-q', '-b', 'main');
  writeFileSync(join(repository, 'a'), 'a');
  git('add', '-A');
  git('commit', '-q', '-m', 'a');
  const base = git('rev-parse', 'HEAD');
  git('checkout', '-q', '-b', 'pull');
  writeFileSync(join(repository, 'b'), 'b');
  git('add', '-A');
  git('commit', '-q', '-m', 'b');
  const pull = git('rev-parse', 'HEAD');

  mkdirSync(join(work, 'images/plain'), { recursive: true });
  writeFileSync(join(work, 'images/plain/Dockerfile'), 'FROM debian:12\n');
  const api = await startKubeApi({ dataDir: join(work, 'kube') });
  const kube = await kubeClientFrom(api.kubeconfig());
  const node = await startNode({ kube, dataDir: join(work, 'node'), log: silentLogger, clock: systemClock, token: api.kubeletToken, runtime: 'auto', imagesDir: join(work, 'images'), toolsDir: tools, sharedHostPaths: [{ path: work, readOnly: false }] });
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
  const run = async (name: string, isDecorated: boolean): Promise<number> => {
    const startedAt = performance.now();
    const finished = new Promise<Pod>((resolve) => waiting.set(name, resolve));
    const image = (utility: string): string => `example.org/${utility}:latest`;
    await pods.create(makePod({
      apiVersion: 'prow.k8s.io/v1', kind: 'ProwJob', metadata: { name }, status: {},
      spec: {
        type: 'presubmit', agent: 'kubernetes', job: 'unit', refs: { org: 'o', repo: 'r', base_ref: 'main', base_sha: base, clone_uri: `file://${repository}`, pulls: [{ number: 1, author: 'a', sha: pull }] },
        pod_spec: { containers: [{ name: '', image: 'hub.tess.io/prowimages/plain:latest', command: ['true'] }] },
        ...(isDecorated ? { decoration_config: { timeout: '1m0s', grace_period: '1s', utility_images: { clonerefs: image('clonerefs'), initupload: image('initupload'), entrypoint: image('entrypoint'), sidecar: image('sidecar') }, gcs_configuration: { bucket: `file://${join(work, 'artifacts')}`, path_strategy: 'explicit' } } } : {}),
      },
    }, '1'));
    const pod = await finished;
    if (pod.status?.phase !== 'Succeeded') throw new Error(JSON.stringify(pod.status));
    return performance.now() - startedAt;
  };
  await run('warm', true);
  const [decorated, plain]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    decorated.push(await run(`d-${round}`, true));
    plain.push(await run(`p-${round}`, false));
  }
  line(`decorated pod of \`true\`, created → Succeeded, median (${node.runtime})`, `${quantile(decorated, 0.5).toFixed(0)} ms`, `undecorated ${quantile(plain, 0.5).toFixed(0)} ms`);
  line('  overhead of decoration', `${(quantile(decorated, 0.5) - quantile(plain, 0.5)).toFixed(0)} ms`, `wanted ≤ 700 ms; ${(quantile(decorated, 0.5) / quantile(plain, 0.5)).toFixed(1)} times the undecorated pod`);
  await informer.stop();
  await node.stop();
  await kube.close();
  await api.stop();
}
