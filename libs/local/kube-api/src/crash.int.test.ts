// kill -9 at random points under load: what was acknowledged is there, nothing is half there, revisions never go
// back, and a watcher that resumes misses nothing.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { coreType, kubeClientFrom, type KubeClient, type KubeResource } from '@prow/clients-kube';
import { writeKubeconfig } from './kubeconfig.ts';

interface ConfigMap extends KubeResource {
  data?: Record<string, string>;
}
const configMaps = coreType<ConfigMap>('configmaps', 'ConfigMap');
/** A hundred, as the room promises, with PROW_CRASH_ROUNDS=100; fewer where every minute of CI counts. */
const rounds = Number(process.env['PROW_CRASH_ROUNDS'] ?? 3);
const writers = 4;

let dir: string;
let program: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kube-crash-'));
  program = join(dir, 'server.mjs');
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('testing/crash-server.ts', import.meta.url))],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'error',
    // Native, and looked up from the repository: the program lies in a temporary folder.
    alias: { lmdb: join(root, 'node_modules/lmdb/node-index.js') },
    external: [join(root, 'node_modules/lmdb/node-index.js')],
    banner: { js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(${JSON.stringify(join(root, 'package.json'))});` },
  });
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

/** What writers know: the last value each was told is stored, and the one it does not know about. */
interface Knowledge {
  acknowledged: Map<string, { value: number; version: number }>;
  attempted: Map<string, number>;
  highest: number;
}

test(`survives kill -9, ${rounds} times`, async () => {
  const knowledge: Knowledge = { acknowledged: new Map(), attempted: new Map(), highest: 0 };
  const seen = new Map<string, number>();
  let resumeFrom = '';
  let port = 0;
  for (let round = 0; round < rounds; round += 1) {
    const server = await startServer(port);
    port = Number(new URL(server.url).port);
    const kube = await kubeClientFrom(writeKubeconfig({ url: server.url, token: 'crash' }).replace(/(server: .*)/, '$1\n    insecure-skip-tls-verify: true'));
    const maps = kube.resource(configMaps, 'default');
    const list = await maps.list();
    check(list.items, Number(list.resourceVersion), knowledge);
    if (resumeFrom === '') resumeFrom = list.resourceVersion;
    const stopWatch = new AbortController();
    const watching = follow(kube, { from: resumeFrom, seen, signal: stopWatch.signal });
    await write(kube, knowledge, { until: 5 + Math.floor(Math.random() * 60), kill: () => server.child.kill('SIGKILL') });
    if (server.child.signalCode === null) await new Promise((resolve) => server.child.once('exit', resolve));
    stopWatch.abort();
    resumeFrom = await watching;
    await kube.close();
  }
  const server = await startServer(port);
  const kube = await kubeClientFrom(writeKubeconfig({ url: server.url, token: 'crash' }).replace(/(server: .*)/, '$1\n    insecure-skip-tls-verify: true'));
  const list = await kube.resource(configMaps, 'default').list();
  check(list.items, Number(list.resourceVersion), knowledge);
  // A watcher that resumed at each restart, from the last version it saw, arrives where a list is.
  const stop = new AbortController();
  const watching = follow(kube, { from: resumeFrom, seen, signal: stop.signal });
  const wanted = new Map(list.items.filter(({ metadata }) => metadata.name?.startsWith('w-')).map(({ metadata, data }) => [metadata.name ?? '', Number(data?.['value'])]));
  for (let attempt = 0; attempt < 200 && [...wanted].some(([name, value]) => seen.get(name) !== value); attempt += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(wanted));
  stop.abort();
  await watching;
  await kube.close();
  expect(knowledge.acknowledged.size).toBe(writers);
}, 120_000 + rounds * 30_000);

function check(items: readonly ConfigMap[], revision: number, { acknowledged, attempted, highest }: Knowledge): void {
  const byName = new Map(items.map((item) => [item.metadata.name ?? '', item]));
  for (const [name, { value, version }] of acknowledged) {
    const item = byName.get(name);
    const stored = Number(item?.data?.['value']);
    // The last attempt may have been stored without its answer; nothing else may.
    expect([value, attempted.get(name)]).toContain(stored);
    // Both halves of an object were written together.
    expect(item?.data?.['copy']).toBe(item?.data?.['value']);
    expect(Number(item?.metadata.resourceVersion)).toBeGreaterThanOrEqual(version);
  }
  expect(revision).toBeGreaterThanOrEqual(highest);
}

/** Each writer counts one object up until the server is gone, which happens in the midst of it. */
async function write(kube: KubeClient, knowledge: Knowledge, { until, kill }: { until: number; kill: () => void }): Promise<void> {
  let count = 0;
  const maps = kube.resource(configMaps, 'default');
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const name = `w-${writer}`;
      let value = Math.max(knowledge.acknowledged.get(name)?.value ?? 0, knowledge.attempted.get(name) ?? 0);
      for (;;) {
        value += 1;
        knowledge.attempted.set(name, value);
        const data = { value: String(value), copy: String(value), ballast: 'x'.repeat(2_000) };
        try {
          const found = await maps.find(name);
          const stored = found === undefined ? await maps.create({ metadata: { name }, data }) : await maps.update({ ...found, data });
          const version = Number(stored.metadata.resourceVersion);
          knowledge.acknowledged.set(name, { value, version });
          knowledge.highest = Math.max(knowledge.highest, version);
          count += 1;
          if (count === until) kill();
        } catch {
          return;
        }
      }
    }),
  );
}

/** Follows all changes without gaps or steps back; returns the last version seen. */
async function follow(kube: KubeClient, { from, seen, signal }: { from: string; seen: Map<string, number>; signal: AbortSignal }): Promise<string> {
  let version = from;
  try {
    for await (const event of kube.resource(configMaps, 'default').watch({ resourceVersion: from, signal })) {
      if (event.type === 'BOOKMARK') continue;
      const { name = '', resourceVersion = '0' } = event.object.metadata;
      expect(Number(resourceVersion)).toBeGreaterThan(Number(version));
      version = resourceVersion;
      if (!name.startsWith('w-')) continue;
      // Values go up one by one: a missing one is a gap.
      const value = Number(event.object.data?.['value']);
      const before = seen.get(name);
      if (before !== undefined) expect(value).toBeGreaterThan(before);
      seen.set(name, value);
    }
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('Jest')) throw error;
    if (error instanceof Error && 'matcherResult' in error) throw error;
  }
  return version;
}

async function startServer(port: number): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [program, join(dir, 'data'), String(port)], { stdio: ['pipe', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${errors}`)));
    child.stdout?.once('data', (chunk: Buffer) => resolve({ child, ...(JSON.parse(chunk.toString()) as { url: string }) }));
  });
}
