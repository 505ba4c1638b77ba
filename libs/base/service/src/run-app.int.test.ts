import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startProgram, useTempDirs, type Program } from '@prow/testing-harness';

const entry = fileURLToPath(new URL('testing/sample-app.ts', import.meta.url));
const tempDir = useTempDirs();
const programs: Program[] = [];

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.kill()));
});

async function launch(...args: string[]): Promise<Program> {
  const program = await startProgram({ entry, args: ['--run', ...args] });
  programs.push(program);
  return program;
}

async function launchReady(...args: string[]): Promise<{ program: Program; url: string }> {
  const program = await launch('--port=0', '--log-level=warn', ...args);
  const line = await program.waitForLine(/^ready /);
  return { program, url: line.slice('ready '.length) };
}

/** The recorded life, once it has as many lines. */
async function lifeOf(record: string, lines: number): Promise<string[]> {
  for (let tries = 0; tries < 500; tries += 1) {
    const found = existsSync(record) ? readFileSync(record, 'utf8').trim().split('\n') : [];
    if (found.length >= lines) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${record} did not get ${lines} lines`);
}

describe('start', () => {
  test('one line says where it serves; health, metrics and the app answer there', async () => {
    const { program, url } = await launchReady();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(program.lines).toHaveLength(1);
    expect(await (await fetch(`${url}/hello`)).text()).toBe('hello\n');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/healthz/ready`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('sample_requests_total 1');
    expect(metrics).toContain('process_cpu_seconds_total');
    await fetch(`${url}/unready`, { method: 'POST' });
    expect((await fetch(`${url}/healthz/ready`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("upstream's own ports are served only when given", async () => {
    const { program, url } = await launchReady('--health-port=0', '--metrics-port=0', '--pprof-port=0', '--log-level=info');
    await program.waitForError('pprof-port');
    const extra = program.errorOutput().trim().split('\n').map((line) => JSON.parse(line) as { for: string; url: string });
    expect(extra.map((line) => line.for)).toEqual(['health-port', 'metrics-port', 'pprof-port']);
    const urlOf = (name: string): string => extra.find((line) => line.for === name)?.url ?? '';
    expect((await fetch(`${urlOf('health-port')}/healthz/ready`)).status).toBe(200);
    expect((await fetch(`${urlOf('health-port')}/metrics`)).status).toBe(404);
    expect(await (await fetch(`${urlOf('metrics-port')}/metrics`)).text()).toContain('sample_requests_total');
    expect(await (await fetch(`${urlOf('pprof-port')}/debug/memory`)).json()).toHaveProperty('rss');
    expect((await fetch(`${url}/debug/memory`)).status).toBe(404);
  });

  test('a port in use is named with its flag', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    try {
      for (const flag of ['port', 'health-port']) {
        const program = await launch('--port=0', `--${flag}=${port}`);
        expect(await program.ended).toEqual({ code: 1, signal: null });
        expect(program.errorOutput()).toContain(`sample: port ${port} on 127.0.0.1 is in use: stop the other program, or choose another port with --${flag}`);
        expect(program.lines).toEqual([]);
      }
    } finally {
      other.close();
    }
  });

  test.each([
    [['--prot=1'], 2, 'sample: unknown flag --prot, did you mean --port?'],
    [['--log-level=loud'], 2, 'sample: --log-level: found "loud"'],
    [['--port=70000'], 2, 'expected a whole number from 0 to 65535'],
    [['--port=0', '--fail-start'], 1, 'sample: the sample cannot start: no such file config.yaml'],
    [['--address=300.1.1.1', '--port=0'], 1, '--port'],
  ])('%p is refused', async (args, code, message) => {
    const program = await launch(...args);
    expect(await program.ended).toEqual({ code, signal: null });
    expect(program.errorOutput()).toContain(message);
  });

  test('--help', async () => {
    const program = await launch('--help');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.lines.join('\n')).toMatch(/An app for tests\.[\s\S]*--metrics-port[\s\S]*--slow-stop/);
  });
});

describe('answers to what goes wrong', () => {
  test('refusals are told, secrets are not', async () => {
    const { program, url } = await launchReady();
    const refused = await fetch(`${url}/refused`, { headers: { accept: 'application/json' } });
    expect([refused.status, await refused.json()]).toEqual([409, { type: 'about:blank', title: 'Conflict', status: 409, detail: 'no such cluster', code: 'PROW_SAMPLE_REFUSED', error: { code: 'PROW_SAMPLE_REFUSED', message: 'no such cluster' } }]);
    expect(await (await fetch(`${url}/refused`)).text()).toBe('no such cluster\n');
    const broken = await fetch(`${url}/broken`);
    expect([broken.status, await broken.text()]).toEqual([500, 'internal error, see the log\n']);
    await program.waitForError('a secret detail');
    const missing = await fetch(`${url}/<script>`);
    expect([missing.status, missing.headers.get('content-type'), missing.headers.get('x-powered-by')]).toEqual([404, 'text/plain; charset=utf-8', null]);
  });

  test('bodies are bounded, announced or not', async () => {
    const { url } = await launchReady();
    expect(await (await fetch(`${url}/body`, { method: 'POST', body: 'x'.repeat(1000) })).text()).toBe('1000');
    expect((await fetch(`${url}/body`, { method: 'POST', body: 'x'.repeat(1001) })).status).toBe(413);
    const chunks = new ReadableStream({ start: (controller) => {
      for (let index = 0; index < 10; index += 1) controller.enqueue(new TextEncoder().encode('x'.repeat(500)));
      controller.close();
    } });
    const answer = await fetch(`${url}/body`, { method: 'POST', body: chunks, duplex: 'half' } as RequestInit).then((response) => response.status, () => 'cut');
    expect([413, 'cut']).toContain(answer);
    expect((await fetch(`${url}/hello`)).status).toBe(200);
  });

  test('what is not HTTP, and protocols nobody serves', async () => {
    const { url } = await launchReady();
    const ask = (text: string): Promise<string> => new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
    expect(await ask('garbage\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    // Java's HTTP client asks for h2c with every first request.
    expect(await ask('GET /hello HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello/);
    expect((await fetch(`${url}/hello`)).status).toBe(200);
  });
});

describe('end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s: requests in flight are answered, endless ones ended, exit code 0', async (signal) => {
    const record = join(tempDir('service'), 'life');
    const { program, url } = await launchReady(`--record=${record}`);
    const slow = fetch(`${url}/slow?ms=300`).then((response) => response.text());
    const endless = fetch(`${url}/endless`).then((response) => response.text());
    await lifeOf(record, 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    program.send(signal);
    expect(await slow).toBe('done\n');
    expect(await endless).toBe('begin\nend\n');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(await lifeOf(record, 5)).toEqual(['started', 'slow begins', 'begin stop', 'stop', 'stopped']);
    await expect(fetch(`${url}/hello`)).rejects.toThrow();
  });

  test('a request that takes longer than the grace is cut', async () => {
    const record = join(tempDir('service'), 'life');
    const { program, url } = await launchReady(`--record=${record}`);
    const slow = fetch(`${url}/slow?ms=60000`).then(() => 'answered', () => 'cut');
    await lifeOf(record, 2);
    program.send('SIGTERM');
    expect(await slow).toBe('cut');
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  test('a second Ctrl-C ends it at once', async () => {
    const record = join(tempDir('service'), 'life');
    const { program } = await launchReady(`--record=${record}`, '--slow-stop=60s');
    program.send('SIGINT');
    await lifeOf(record, 3);
    program.send('SIGINT');
    expect(await program.ended).toEqual({ code: 130, signal: null });
  });

  test('a stop longer than the grace is not waited for', async () => {
    const { program } = await launchReady('--slow-stop=60s');
    program.send('SIGTERM');
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.errorOutput()).toContain('stop took longer than its grace');
  });

  test('an error nobody expected is logged and ends it', async () => {
    const { program, url } = await launchReady();
    expect((await fetch(`${url}/crash`)).status).toBe(200);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.errorOutput()).toContain('"msg":"unexpected error, ending"');
    expect(program.errorOutput()).toContain('nobody expected this');
  });

  test('nobody reading its output does not end it', async () => {
    const { program, url } = await launchReady('--log-level=debug');
    program.tree.child.stdout?.destroy();
    program.tree.child.stderr?.destroy();
    for (let index = 0; index < 5; index += 1) expect((await fetch(`${url}/hello`)).status).toBe(200);
    program.send('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  test('a signal while starting is heeded after the start', async () => {
    const { program } = await launchReady();
    program.send('SIGTERM');
    program.send('SIGTERM');
    const end = await program.ended;
    expect([0, 143]).toContain(end.code);
  });
});
