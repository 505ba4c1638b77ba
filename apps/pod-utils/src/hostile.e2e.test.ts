// More than a job should write: sizes by environment, small by default. The real thing, once:
// PROW_HOSTILE_LOG_MB=10240 PROW_HOSTILE_ARTIFACTS=1000000
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startDiscardingS3Server } from './testing/discarding-s3-server.ts';
import type { DiscardingS3Server } from './testing/discarding-s3-server.ts';
import { buildBundles } from './testing/plain-pod.ts';

const logMegabytes = Number(process.env['PROW_HOSTILE_LOG_MB'] ?? 64);
const artifacts = Number(process.env['PROW_HOSTILE_ARTIFACTS'] ?? 500);
/** Well above what is wanted (45 and 80), well below what keeping would take: this is no benchmark. */
const maxRssMib = 120;
const timeoutMs = 120_000 + logMegabytes * 400 + artifacts * 60;
const base = 'logs/unit/17';

let bundle: Awaited<ReturnType<typeof buildBundles>>;
let folder: string;
let s3: DiscardingS3Server;
let children: ChildProcess[] = [];
const logs = (name: string): string => join(folder, 'logs', name);

beforeAll(async () => {
  bundle = await buildBundles();
}, 60_000);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  mkdirSync(logs('artifacts'), { recursive: true });
  mkdirSync(join(folder, 'secrets'));
  s3 = await startDiscardingS3Server();
  writeFileSync(join(folder, 's3.json'), JSON.stringify({ region: 'x', endpoint: s3.url, s3_force_path_style: true, access_key: 'k', secret_key: 's' }));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await s3.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});
afterAll(() => bundle.remove());

/** Exit code and the most memory it was seen to use. */
function start(args: string[], env: Record<string, string>): Promise<{ code: number | null; rssMib: number }> {
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env }, stdio: ['ignore', 'ignore', 'ignore'] });
  children.push(child);
  let rssMib = 0;
  const poll = setInterval(() => {
    try {
      rssMib = Math.max(rssMib, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
    } catch {
      // It has ended.
    }
  }, 20);
  return new Promise((resolve) => child.once('exit', (code) => {
    clearInterval(poll);
    resolve({ code, rssMib });
  }));
}

const entry = (): Record<string, unknown> => ({ args: ['sh'], container_name: 'test', process_log: logs('process-log.txt'), marker_file: logs('marker-file.txt'), metadata_file: logs('artifacts/metadata.json') });
const entrypoint = (script: string): ReturnType<typeof start> => start([join(bundle.folder, 'entrypoint.cjs')], { ENTRYPOINT_OPTIONS: JSON.stringify({ ...entry(), args: ['sh', '-c', script], artifact_dir: logs('artifacts') }) });
const sidecar = (): ReturnType<typeof start> => start(['--max-semi-space-size=1', '--single-threaded', join(bundle.folder, 'main.js'), 'sidecar'], {
  JOB_SPEC: JSON.stringify({ type: 'periodic', job: 'unit', buildid: '17', prowjobid: 'p' }),
  SIDECAR_OPTIONS: JSON.stringify({
    gcs_options: { bucket: 's3://b', path_strategy: 'explicit', s3_credentials_file: join(folder, 's3.json'), items: [logs('artifacts')], dry_run: false }, entries: [entry()],
    censoring_options: { secret_directories: [join(folder, 'secrets')] },
  }),
});

async function digest(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

const report = (what: string, rss: Record<string, number>): void => {
  if (process.env['PROW_HOSTILE_LOG_MB'] !== undefined || process.env['PROW_HOSTILE_ARTIFACTS'] !== undefined) process.stderr.write(`${what}: ${Object.entries(rss).map(([name, mib]) => `${name} ${mib.toFixed(1)} MiB`).join(', ')}\n`);
};

describe('hostile', () => {
  test('a log without end: every byte, in order, in flat memory', async () => {
    writeFileSync(join(folder, 'secrets/token'), 'a-secret-that-does-not-occur');
    const uploaded = sidecar();
    // Lines, then one without end.
    const ran = await entrypoint(`yes 'a line of a log with some words in it' | head -c ${logMegabytes - 32}M; head -c 32M /dev/zero`);
    const { code, rssMib } = await uploaded;
    report(`${logMegabytes} MB of log`, { entrypoint: ran.rssMib, sidecar: rssMib });
    expect([ran.code, code]).toEqual([0, 0]);
    expect(s3.objects.get(`${base}/build-log.txt`)).toEqual(await digest(logs('process-log.txt')));
    expect(s3.objects.get(`${base}/build-log.txt`)?.bytes).toBe(logMegabytes * 1024 * 1024);
    expect([...s3.objects.keys()].filter((key) => key.includes('chunks'))).toEqual([]);
    expect(Math.max(ran.rssMib, rssMib)).toBeLessThan(maxRssMib);
  }, timeoutMs);

  test('artifacts without end, with names of every kind, links and loops', async () => {
    const names = ['new\nline', 'tab\t', 'ünïcödé – 日本語 🎉', '..hidden', '...', '-rf', "quote'\"", 'a b', 'per%cent', 'ha#sh', 'q?m', 'back\\slash', `${'n'.repeat(250)}`];
    for (const name of names) writeFileSync(logs(`artifacts/${name}`), name);
    writeFileSync(Buffer.concat([Buffer.from(logs('artifacts/')), Buffer.from([0xff, 0xfe])]), 'no text');
    for (const [name, target] of [['out', '/etc/passwd'], ['up', '../../secrets'], ['loop', '.'], ['self', 'self'], ['gone', 'nowhere']] as const) symlinkSync(target, logs(`artifacts/${name}`));
    for (let index = 0; index < artifacts; index += 1) {
      if (index % 1000 === 0) mkdirSync(logs(`artifacts/many/${index / 1000}`), { recursive: true });
      writeFileSync(logs(`artifacts/many/${Math.floor(index / 1000)}/${index}.txt`), `${index}`);
    }
    writeFileSync(logs('process-log.txt'), '');
    writeFileSync(logs('marker-file.txt'), '0');
    const { code, rssMib } = await sidecar();
    report(`${artifacts} artifacts`, { sidecar: rssMib });
    expect(code).toBe(0);
    const keys = new Set([...s3.objects.keys()].map((key) => decodeURIComponent(key)));
    expect(names.map((name) => name.replace('#', '%23').replace('\n', '%0A')).filter((name) => artifacts < 5000 && !keys.has(`${base}/artifacts/${name}`))).toEqual([]);
    expect([...keys].filter((key) => /\/(?:out|up|loop|self|gone)(?:\/|$)/.test(key))).toEqual([]);
    // Besides: the log, latest-build.txt, finished.json, sidecar-logs.json; the name that is no text is left out or changed.
    expect(s3.written()).toBeGreaterThanOrEqual(artifacts + names.length + 4);
    expect(s3.written()).toBeLessThanOrEqual(artifacts + names.length + 5);
    expect(rssMib).toBeLessThan(maxRssMib);
  }, timeoutMs);
});
