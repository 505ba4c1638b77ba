// Our informer and client-node's beside each other through everything that happens to a watch: connections cut at any
// byte, the server killed and stopped, versions out of its window, consumers that do not read. After each blow both
// hold exactly what a list holds.
//
// Small by default; PROW_INFORMER_OBJECTS=10000 PROW_INFORMER_ROUNDS=40 for the whole of it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { startProgram, type Program } from '@prow/testing-harness';
import { coreType, kubeClientFrom, type Informer, type KubeClient, type KubeResource, type ResourceApi } from './index.ts';
import { startRoughProxy, type RoughProxy } from './testing/rough-proxy.ts';

interface ConfigMap extends KubeResource {
  data?: Record<string, string>;
}
const type = coreType<ConfigMap>('configmaps', 'ConfigMap');
const objects = Number(process.env['PROW_INFORMER_OBJECTS'] ?? 300);
const rounds = Number(process.env['PROW_INFORMER_ROUNDS'] ?? 5);
/** Small, so that a window passes while a consumer is away. */
const maxChanges = Math.max(200, Math.floor(objects / 2));
const namespace = 'default';
const program = fileURLToPath(new URL('testing/killable-server.ts', import.meta.url));

let dataDir: string;
let server: Program;
let port = 0;
let proxy: RoughProxy;
/** Past the proxy, for writers and for the truth. */
let direct: KubeClient;
let maps: ResourceApi<ConfigMap>;
let through: KubeClient;
let ours: Informer<ConfigMap>;
let theirs: ReturnType<typeof makeInformer<V1ConfigMap>>;
const trouble: string[] = [];
let isOver = false;

async function startServer(): Promise<void> {
  server = await startProgram({ entry: program, args: [dataDir, String(port), String(maxChanges)] });
  port = Number(new URL((await server.waitForLine(/^ready /, 60_000)).slice('ready '.length)).port);
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'kube-storm-'));
  await startServer();
  const kubeconfig = await readFile(join(dataDir, 'kubeconfig'), 'utf8');
  proxy = await startRoughProxy(() => port);
  const proxied = kubeconfig.replace(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`);
  direct = await kubeClientFrom(kubeconfig);
  maps = direct.resource(type, namespace);
  await inBatches(objects, (index) => maps.create({ metadata: { name: `m-${index}` }, data: { n: '0' } }));
  through = await kubeClientFrom(proxied);
  ours = watched(through.informer(type, { namespace }));
  const config = new KubeConfig();
  config.loadFromString(proxied);
  const api = config.makeApiClient(CoreV1Api);
  theirs = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, () => api.listNamespacedConfigMap({ namespace }));
  // As its documentation says: an error ends it, and it is started again.
  theirs.on('error', () => void setTimeout(() => isOver || void theirs.start(), 50));
  ours.start();
  await theirs.start();
  await ours.synced();
}, 300_000);

afterAll(async () => {
  isOver = true;
  await Promise.all([ours.stop(), theirs.stop()]);
  await through.close();
  await direct.close();
  await proxy.stop();
  await server.kill();
  await rm(dataDir, { recursive: true });
});

/** Handlers must see what a cache sees: nothing is added twice, updated or deleted unseen. */
function watched(informer: Informer<ConfigMap>): Informer<ConfigMap> {
  const present = new Map<string, number>();
  const nameAndVersion = ({ metadata }: ConfigMap): [string, number] => [metadata.name ?? '', Number(metadata.resourceVersion)];
  informer.addHandler({
    onAdd: (object) => {
      const [name, version] = nameAndVersion(object);
      if (present.has(name)) trouble.push(`${name} added twice`);
      present.set(name, version);
    },
    onUpdate: (_before, object) => {
      const [name, version] = nameAndVersion(object);
      const before = present.get(name);
      if (before === undefined) trouble.push(`${name} updated before it was added`);
      else if (before >= version) trouble.push(`${name} went back from ${before} to ${version}`);
      present.set(name, version);
    },
    onDelete: (object) => {
      const [name] = nameAndVersion(object);
      if (!present.delete(name)) trouble.push(`${name} deleted twice`);
    },
  });
  return informer;
}

/** Changes of every kind; a writer that meets a server that is gone leaves its change out. */
async function change(count: number, round: number): Promise<void> {
  await inBatches(count, async (index) => {
    const at = Math.floor(Math.random() * objects);
    try {
      if (index % 5 === 0) await maps.delete(`m-${at}`);
      else if (index % 5 === 1) await maps.create({ metadata: { name: `m-${at}` }, data: { n: `${round}` } });
      else await maps.patch(`m-${at}`, { type: 'merge', body: { data: { n: `${round}-${index}`, ballast: 'x'.repeat(500) } } });
    } catch (error) {
      const reason = error instanceof Error && 'reason' in error ? error.reason : '';
      if (!['NotFound', 'AlreadyExists', 'Unreachable', 'Conflict'].includes(String(reason))) throw error;
    }
  });
}

async function inBatches(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (next < count) await work(next++);
  }));
}

const versions = (items: readonly { metadata?: { name?: string; resourceVersion?: string } }[]): string =>
  items.map(({ metadata }) => `${metadata?.name}@${metadata?.resourceVersion}`).sort().join('\n');

async function bothHoldTheTruth(): Promise<void> {
  const truth = versions((await maps.list()).items);
  const deadlineMs = Date.now() + 60_000;
  while (Date.now() < deadlineMs && (versions(ours.list()) !== truth || versions(theirs.list()) !== truth)) await new Promise((resolve) => setTimeout(resolve, 30));
  expect({ ours: versions(ours.list()) === truth, theirs: versions(theirs.list()) === truth, trouble }).toEqual({ ours: true, theirs: true, trouble: [] });
}

const blows: Record<string, (round: number) => Promise<void>> = {
  'watches cut at any byte': async (round) => {
    proxy.setBytesToLive(() => 500 + Math.floor(Math.random() * 30_000));
    proxy.cut();
    await change(150, round);
    proxy.setBytesToLive(undefined);
    proxy.cut();
  },
  'kill -9': async (round) => {
    const changing = change(100, round);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    server.send('SIGKILL');
    await server.ended;
    await startServer();
    await changing;
    await change(20, round);
  },
  'a graceful restart': async (round) => {
    const changing = change(100, round);
    server.send('SIGTERM');
    await server.ended;
    await startServer();
    await changing;
    await change(20, round);
  },
  'the window gone by (410)': async (round) => {
    proxy.setBytesToLive(() => 1);
    proxy.cut();
    await change(maxChanges * 2, round);
    proxy.setBytesToLive(undefined);
    proxy.cut();
  },
  'consumers that do not read': async (round) => {
    proxy.stall(true);
    await change(maxChanges * 2, round);
    proxy.stall(false);
    await change(20, round);
  },
};

const order = Array.from({ length: rounds }, (_, round) => [round, Object.keys(blows)[round % Object.keys(blows).length] as string] as const);
test.each(order)('round %i: %s', async (round, name) => {
  await blows[name]?.(round);
  await bothHoldTheTruth();
}, 180_000 + objects * 30);
