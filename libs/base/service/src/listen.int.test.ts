// How connections end: clients that are slow, too many, or that send what nobody wants whole.
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { answerError, listen, newExpressApp, readBody, type Listening, type ListenOptions } from './index.ts';

const listening: Listening[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(listening.splice(0).map(async (each) => {
    each.closeNow();
    await each.drain();
  }));
});

async function serve(handler: RequestListener, options: Partial<ListenOptions> = {}): Promise<Listening> {
  const server = await listen({ port: 0, address: '127.0.0.1', handler, ...options });
  listening.push(server);
  return server;
}

interface Client {
  socket: Socket;
  /** What came until the server ended its side, or, of an answer that leaves the connection open, its head. */
  answer: Promise<string>;
}

function open({ port }: Listening): Client {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  const answer = new Promise<string>((resolve, reject) => {
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (/\r\n\r\n/.test(text) && !/^Connection: close\r$/im.test(text)) resolve(text);
    });
    socket.once('end', () => resolve(text));
    socket.once('error', reject);
  });
  return { socket, answer };
}

const hello: RequestListener = (_request, response) => void response.end('hello');

test.each([
  ['nothing', ''],
  ['half a header', 'POST / HTTP/1.1\r\nHost: x\r\nX-Half'],
  ['half a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'],
  ['half a chunk', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf'],
])('a client that sends %s and then no more is answered 408', async (_what, sent) => {
  const server = await serve((request, response) => void readBody(request, { maxBytes: 1000 }).then(() => response.end(), () => response.destroy()), { requestTimeoutMs: 200 });
  const { socket, answer } = open(server);
  socket.write(sent);
  expect(await answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('an answer that takes longer than a request may is waited for', async () => {
  const server = await serve((_request, response) => void setTimeout(() => response.end('late'), 900), { requestTimeoutMs: 200 });
  expect(await (await fetch(server.url)).text()).toBe('late');
});

test('headers without end are answered 431, what is no HTTP 400', async () => {
  const server = await serve(hello);
  const long = open(server);
  long.socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`);
  expect(await long.answer).toMatch(/^HTTP\/1\.1 431 /);
  const other = open(server);
  other.socket.write('\x16\x03\x01\x02\x00');
  expect(await other.answer).toMatch(/^HTTP\/1\.1 400 /);
});

test('connections are counted: one too many is closed, and there is room again when one ends', async () => {
  const server = await serve(hello, { maxConnections: 2 });
  const [first, second] = [open(server), open(server)];
  await Promise.all([first, second].map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
  expect(await open(server).answer).toBe('');
  first.socket.destroy();
  for (let tries = 0; ; tries += 1) {
    const again = open(server);
    again.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    if (/hello/.test(await again.answer.catch(() => ''))) break;
    expect(tries).toBeLessThan(200);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

const reading: RequestListener = (request, response) => void readBody(request, { maxBytes: 1000 }).then(() => response.end(), (error: unknown) => answerError(error, request, response, silentLogger));
const parsing = newExpressApp({ log: silentLogger, bodyLimit: 1000 });

test.each([
  ['with its length told', reading, true],
  ['in pieces', reading, false],
  ['with its length told, to an express app', parsing, true],
  ['in pieces, to an express app', parsing, false],
])('the answer to a body that is too large, %s, reaches a client that reads when it has sent all', async (_how, handler, hasLength) => {
  const server = await serve(handler);
  const piece = Buffer.alloc(64 * 1024, 'x');
  const pieces = 128;
  const { socket, answer } = open(server);
  socket.pause();
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${hasLength ? `Content-Length: ${piece.length * pieces}` : 'Transfer-Encoding: chunked'}\r\n\r\n`);
  for (let index = 0; index < pieces; index += 1) {
    const isTaken = hasLength ? socket.write(piece) : socket.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
    if (!isTaken) await new Promise((resolve) => socket.once('drain', resolve));
  }
  if (!hasLength) socket.write('0\r\n\r\n');
  socket.resume();
  expect(await answer).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/);
});
