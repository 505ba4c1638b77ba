import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { flagDefaults } from '@prow/base-flags';
import { silentLogger } from '@prow/base-log';
import { newExpressApp, startApp, type AppDefinition, type StartedApp } from './index.ts';
import { sampleApp } from './testing/sample-app.ts';

const started: StartedApp[] = [];
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.stop()));
  for (const server of servers.splice(0)) server.close();
});

async function start(definition: AppDefinition<Record<string, never>> | typeof sampleApp, port?: number): Promise<StartedApp> {
  const app = await startApp(definition as typeof sampleApp, flagDefaults(sampleApp.flags), { log: silentLogger, ...(port === undefined ? {} : { port }) });
  started.push(app);
  return app;
}

const bare = (parts: object): AppDefinition<Record<string, never>> => ({
  name: 'bare', summary: '', examples: [], flags: {}, defaultPort: 0,
  start: async () => ({ stop: async () => {}, ...parts }),
});

test('embedded: no port, the handler is mounted elsewhere, stop is idempotent', async () => {
  const app = await start(sampleApp);
  expect(app.url).toBeUndefined();
  const server = createServer(app.handler).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  expect(await (await fetch(`${url}/hello`)).text()).toBe('hello\n');
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('sample_requests_total 1');
  expect(app.isReady()).toBe(true);
  await Promise.all([app.stop(), app.stop()]);
  expect(app.isReady()).toBe(false);
});

test('two apps in one process keep their metrics apart', async () => {
  const [one, two] = [await start(sampleApp, 0), await start(sampleApp, 0)];
  await fetch(`${one.url}/hello`);
  expect(await (await fetch(`${two.url}/metrics`)).text()).toContain('sample_requests_total 0');
});

test('without a handler, health is served; with one that serves health itself, its answer counts', async () => {
  const app = await start(bare({}), 0);
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${app.url}/other`)).status).toBe(404);
  const own = newExpressApp({ log: silentLogger });
  own.get('/healthz', (_request, response) => void response.status(418).send('own'));
  const other = await start(bare({ handler: own }), 0);
  expect((await fetch(`${other.url}/healthz`)).status).toBe(418);
});

test('a plain listener is called for everything else, and its failure is answered', async () => {
  const app = await start(bare({ handler: async (request: { url: string }, response: { end(text: string): void }) => {
    if (request.url === '/fail') throw new Error('x');
    response.end(request.url);
  } }), 0);
  expect(await (await fetch(`${app.url}/a?b`)).text()).toBe('/a?b');
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${app.url}/fail`)).status).toBe(500);
});

test('while it starts, requests are told to come back', async () => {
  let go: () => void = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const starting = startApp({ ...bare({}), start: async () => {
    await gate;
    return { stop: async () => {} };
  } }, {}, { log: silentLogger, port });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await fetch(`http://127.0.0.1:${port}/hook`)).status).toBe(503);
  expect((await fetch(`http://127.0.0.1:${port}/healthz/ready`)).status).toBe(503);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  go();
  const app = await starting;
  started.push(app);
  expect((await fetch(`http://127.0.0.1:${port}/healthz/ready`)).status).toBe(200);
});

test('a connection taken over gets its bytes, and is cut at the end', async () => {
  const app = await start(bare({ onUpgrade: (_request: unknown, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  } }), 0);
  const socket = connect(Number(new URL(app.url ?? '').port), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
    if (received.endsWith('\r\n\r\n')) socket.write('ping');
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  while (!received.endsWith('ping')) await new Promise((resolve) => setTimeout(resolve, 5));
  await app.stop();
  await closed;
});

test('a start that fails leaves the port free', async () => {
  const failing = { ...bare({}), start: async () => { throw new Error('cannot'); } };
  await expect(startApp(failing, {}, { log: silentLogger, port: 0 })).rejects.toThrow('cannot');
});

test('JSON bodies within the limit, when asked for', async () => {
  const app = newExpressApp({ log: silentLogger, bodyLimit: 20 });
  app.post('/', (request, response) => void response.json(request.body));
  const { url } = await start(bare({ handler: app }), 0);
  const post = (body: string): Promise<Response> => fetch(`${url}/`, { method: 'POST', body, headers: { accept: 'application/json', 'content-type': 'application/json' } });
  expect(await (await post('{"a":1}')).json()).toEqual({ a: 1 });
  expect((await post(`{"a":"${'x'.repeat(50)}"}`)).status).toBe(413);
  const bad = await post('{"a":');
  expect([bad.status, ((await bad.json()) as { error: { code: string } }).error.code]).toEqual([400, 'PROW_SERVICE_REQUEST']);
});
