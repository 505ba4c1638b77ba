// Kubeconfigs that change while the program runs, before servers that ask for tokens.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { silentLogger, type Logger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { useTempDirs } from '@prow/testing-harness';
import { ClusterWatcher } from './cluster-watcher.ts';

const tempDir = useTempDirs();
const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface ApiServer {
  url: string;
  /** The one token that is accepted. */
  token: string;
}

async function startServer(token: string): Promise<ApiServer> {
  const state = { url: '', token };
  const server: Server = createServer((request, response) => {
    const isKnown = request.headers.authorization === `Bearer ${state.token}`;
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(isKnown ? { gitVersion: 'v1' } : { kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  endings.push(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return state;
}

function kubeconfig(contexts: Record<string, ApiServer>): string {
  const names = Object.keys(contexts);
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': names[0],
    clusters: names.map((name) => ({ name, cluster: { server: contexts[name]?.url } })),
    users: names.map((name) => ({ name, user: { token: contexts[name]?.token } })),
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
  });
}

async function watch(dir: string, log: Logger = silentLogger): Promise<ClusterWatcher> {
  const settings = { kubeconfig: join(dir, 'main'), kubeconfigDir: join(dir, 'more'), kubeconfigSuffix: '', noInClusterConfig: true };
  const watcher = new ClusterWatcher({ settings, disabled: () => [], clock: systemClock, log, pollMs: 50 });
  await watcher.open();
  endings.push(() => watcher.close());
  return watcher;
}

async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  for (const untilMs = Date.now() + 30_000; !(await isDone()); ) {
    if (Date.now() > untilMs) throw new Error('not within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function newDir(): string {
  const dir = tempDir('kubeconfigs');
  mkdirSync(join(dir, 'more'));
  return dir;
}

test('new credentials of a context that is known are taken by the client that is open', async () => {
  const dir = newDir();
  const [main, build] = [await startServer('m1'), await startServer('b1')];
  writeFileSync(join(dir, 'main'), kubeconfig({ main, build }));
  const watcher = await watch(dir);
  const [mainClient, buildClient] = [watcher.current().get('default'), watcher.current().get('build')];
  expect(await buildClient?.getRaw('/version')).toContain('v1');
  [main.token, build.token] = ['m2', 'b2'];
  await expect(buildClient?.getRaw('/version')).rejects.toMatchObject({ reason: 'Unauthorized' });
  writeFileSync(join(dir, 'main'), kubeconfig({ main, build }));
  const works = (client: typeof mainClient) => async (): Promise<boolean> => (await client?.getRaw('/version').catch(() => ''))?.includes('v1') === true;
  await until(works(buildClient));
  await until(works(mainClient));
  expect(watcher.current().get('build')).toBe(buildClient);
  expect(watcher.current().get('default')).toBe(mainClient);
}, 60_000);

test('clusters come and go with files; a file half written leaves all as it is; of two with one name the first is used', async () => {
  const dir = newDir();
  const errors: unknown[] = [];
  const log: Logger = { ...silentLogger, error: (message, fields) => void errors.push([message, fields?.['cluster']]), child: () => log };
  const [main, first, second] = [await startServer('m'), await startServer('f'), await startServer('s')];
  writeFileSync(join(dir, 'main'), kubeconfig({ main }));
  const watcher = await watch(dir, log);
  writeFileSync(join(dir, 'more', 'a'), kubeconfig({ build: first }));
  await until(() => watcher.current().get('build')?.server === first.url);
  writeFileSync(join(dir, 'more', 'b'), kubeconfig({ build: second }));
  await until(() => errors.some((each) => JSON.stringify(each) === JSON.stringify(['two clusters have one name; the first is used', 'build'])));
  expect(watcher.current().get('build')?.server).toBe(first.url);
  const whole = kubeconfig({ build: second });
  writeFileSync(join(dir, 'more', 'a'), '{"clusters": [');
  await until(() => errors.some((each) => JSON.stringify(each).includes('the clusters stay as they are')));
  expect(watcher.current().get('build')?.server).toBe(first.url);
  writeFileSync(join(dir, 'more', 'a'), whole);
  await until(() => watcher.current().get('build')?.server === second.url);
  writeFileSync(join(dir, 'more', 'a'), kubeconfig({ other: first }));
  writeFileSync(join(dir, 'more', 'b'), kubeconfig({ other: first }));
  await until(() => !watcher.current().has('build') && watcher.current().has('other'));
}, 60_000);
