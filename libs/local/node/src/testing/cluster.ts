// A cluster of one node for this room's tests: the embedded API, a client, and a node over temporary folders.
import { silentLogger, type Logger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { kubeClientFrom, type KubeClient, type ResourceApi } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import type { Container, Event, Pod, PodSpec } from '@prow/model-kube-types';
import { mkdtemp, mkdir, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeTree } from '../container/remove-tree.ts';
import { eventType, podType } from '../kubelet/resource-types.ts';
import { startNode } from '../start-node.ts';
import type { NodeOptions, RunningNode } from '../api.ts';

export const image = 'hub.tess.io/prowimages/plain:latest';

export interface TestCluster {
  dir: string;
  api: RunningKubeApi;
  kube: KubeClient;
  node: RunningNode;
  pods: ResourceApi<Pod>;
  /** Starts another node over the same folder, after the present one was stopped. */
  restartNode(options?: Partial<NodeOptions>): Promise<RunningNode>;
  create(name: string, spec: Partial<PodSpec> & { containers: Container[] }, metadata?: Pod['metadata']): Promise<Pod>;
  /** Resolves with the pod when the condition holds; rejects with its last state after the time. */
  until(name: string, condition: (pod: Pod | undefined) => boolean, timeoutMs?: number): Promise<Pod>;
  finished(name: string, timeoutMs?: number): Promise<Pod>;
  log(name: string, container: string, query?: string): Promise<string>;
  /** The pod's events, when one is as described. */
  events(name: string, isOne: (event: Event) => boolean): Promise<Event[]>;
  stop(): Promise<void>;
}

/** Folders of images with their Dockerfiles. */
export const defaultImages: Record<string, string> = { 'plain/Dockerfile': 'FROM debian:12\nENV FROM_IMAGE=yes\nWORKDIR /workspace\n' };

export async function writeFiles(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
    if (text.startsWith('#!')) await chmod(join(dir, path), 0o755);
  }
}

export async function startCluster(options: Partial<NodeOptions> & { images?: Record<string, string> } = {}): Promise<TestCluster> {
  const { images = defaultImages, log = silentLogger as Logger, ...nodeOptions } = options;
  const dir = await mkdtemp(join(tmpdir(), 'prow node-'));
  await writeFiles(join(dir, 'images'), images);
  const api = await startKubeApi({ dataDir: join(dir, 'kube'), log });
  const kube = await kubeClientFrom(api.kubeconfig());
  const start = (more: Partial<NodeOptions> = {}): Promise<RunningNode> =>
    startNode({ kube, dataDir: join(dir, 'node'), log, clock: systemClock, runtime: 'auto', imagesDir: join(dir, 'images'), token: api.kubeletToken, ...nodeOptions, ...more });
  const pods = kube.resource(podType, 'default');
  const cluster: TestCluster = {
    dir, api, kube, pods,
    node: await start(),
    async restartNode(more) {
      cluster.node = await start(more);
      return cluster.node;
    },
    create: (name, spec, metadata = {}) => pods.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 5, ...spec } }),
    async until(name, condition, timeoutMs = 30_000) {
      const startedAt = Date.now();
      for (;;) {
        const pod = await pods.find(name);
        if (condition(pod)) return pod ?? { metadata: {}, spec: { containers: [] } };
        if (Date.now() - startedAt > timeoutMs) throw new Error(`pod ${name} did not get there: ${JSON.stringify(pod?.status ?? 'gone', null, 1)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    finished: (name, timeoutMs) => cluster.until(name, (pod) => pod?.status?.phase === 'Succeeded' || pod?.status?.phase === 'Failed', timeoutMs),
    async log(name, container, query = '') {
      const response = await fetch(`${cluster.node.url}/containerLogs/default/${name}/${container}${query}`, { headers: { authorization: `Bearer ${api.kubeletToken}` } });
      return response.text();
    },
    async events(name, isOne) {
      const startedAt = Date.now();
      for (;;) {
        const { items } = await kube.resource(eventType, 'default').list({ fieldSelector: `involvedObject.name=${name}` });
        if (items.some(isOne)) return items;
        if (Date.now() - startedAt > 15_000) throw new Error(`pod ${name} has no such event: ${JSON.stringify(items.map(({ reason, message }) => [reason, message]))}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop() {
      await cluster.node.stop();
      await kube.close();
      await api.stop();
      await removeTree(dir);
    },
  };
  return cluster;
}

/** A container that runs a shell script in the plain image. */
export function script(name: string, text: string, more: Partial<Container> = {}): Container {
  return { name, image, command: ['sh', '-c', text], ...more };
}
