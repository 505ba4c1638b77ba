// kill -9 at random moments. `PROW_KILL_ROUNDS=50` for a long run; by default one each.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startS3Server } from '@prow/testing-storage-servers';
import type { S3Server } from '@prow/testing-storage-servers';
import { buildBundles } from './testing/plain-pod.ts';

const rounds = Number(process.env['PROW_KILL_ROUNDS'] ?? 1);
const maxPauseMs = 900;
const base = 'logs/unit/17';
let bundle: Awaited<ReturnType<typeof buildBundles>>;
let root: string;
let repository: string;

beforeAll(async () => {
  bundle = await buildBundles();
  root = mkdtempSync(join(tmpdir(), 'kill-'));
  repository = join(root, 'repository');
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  for (let index = 0; index < 200; index += 1) writeFileSync(join(repository, `file-${index}`), `${index}\n`.repeat(1000));
  execFileSync('git', ['-C', repository, 'add', '-A']);
  execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-q', '-m', 'all']);
});
afterAll(() => {
  bundle.remove();
  rmSync(root, { recursive: true, force: true });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Place { folder: string; env: Record<string, string>; s3: S3Server }

async function makePlace(): Promise<Place> {
  const folder = mkdtempSync(join(root, 'round-'));
  mkdirSync(join(folder, 'logs/artifacts'), { recursive: true });
  const s3 = await startS3Server({ bucket: 'b', accessKey: 'k', secretKey: 's' });
  writeFileSync(join(folder, 's3.json'), JSON.stringify({ region: 'x', endpoint: s3.url, s3_force_path_style: true, access_key: 'k', secret_key: 's' }));
  const logs = (name: string): string => join(folder, 'logs', name);
  const entry = { container_name: 'test', process_log: logs('process-log.txt'), marker_file: logs('marker-file.txt'), metadata_file: logs('artifacts/metadata.json') };
  const upload = { bucket: 's3://b', path_strategy: 'explicit', s3_credentials_file: join(folder, 's3.json'), dry_run: false };
  const refs = { org: 'o', repo: 'r', base_ref: 'main', clone_uri: `file://${repository}`, path_alias: 'r' };
  const script = 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo "line $i of the log"; sleep 0.02; done; echo artifact > "$ARTIFACTS/a.txt"';
  return {
    folder, s3,
    env: {
      PATH: process.env['PATH'] ?? '', HOME: folder, ARTIFACTS: logs('artifacts'), JOB_SPEC: JSON.stringify({ type: 'postsubmit', job: 'unit', buildid: '17', prowjobid: 'p', refs }),
      CLONEREFS_OPTIONS: JSON.stringify({ src_root: folder, log: logs('clone.json'), refs: [refs] }),
      INITUPLOAD_OPTIONS: JSON.stringify({ ...upload, log: logs('clone.json') }),
      ENTRYPOINT_OPTIONS: JSON.stringify({ ...entry, args: ['sh', '-c', script], artifact_dir: logs('artifacts') }),
      SIDECAR_OPTIONS: JSON.stringify({ gcs_options: { ...upload, items: [logs('artifacts')] }, entries: [{ ...entry, args: ['sh'] }], censoring_options: {} }),
    },
  };
}

function start(place: Place, args: string[]): { child: ChildProcess; ended: Promise<number | NodeJS.Signals | null> } {
  const child = spawn(process.execPath, args, { env: place.env, cwd: place.folder, stdio: 'ignore' });
  return { child, ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code))) };
}
const utility = (place: Place, name: string): ReturnType<typeof start> => {
  const { ENTRYPOINT_OPTIONS: _testsOnly, ...env } = place.env;
  return start({ ...place, env }, [join(bundle.folder, 'main.js'), name]);
};
const entrypoint = (place: Place): ReturnType<typeof start> => start(place, [join(bundle.folder, 'entrypoint.cjs')]);

const stored = ({ s3 }: Place, name: string): string | undefined => s3.objects.get(`${base}/${name}`)?.bytes.toString();
const parts = (place: Place): string => place.s3.objects.keys().filter((key) => key.startsWith(`${base}/build-log.txt.chunks/`)).map((key) => place.s3.objects.get(key)?.bytes.toString()).join('');
const processLog = ({ folder }: Place): string => (existsSync(join(folder, 'logs/process-log.txt')) ? readFileSync(join(folder, 'logs/process-log.txt'), 'utf8') : '');
const result = (place: Place): string | undefined => (JSON.parse(stored(place, 'finished.json') ?? '{}') as { result?: string }).result;

async function inRounds(check: (place: Place, afterMs: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const place = await makePlace();
    try {
      await check(place, Math.random() * maxPauseMs);
    } finally {
      await place.s3.stop();
      // A killed clonerefs' git writes on for a moment: no container ends it here.
      rmSync(place.folder, { recursive: true, force: true, maxRetries: 100, retryDelay: 50 });
    }
  }
}

const timeoutMs = 15_000 + rounds * 20_000;

describe('kill -9 of', () => {
  test('clonerefs: a whole record or none; without one the job fails before it runs', async () => {
    await inRounds(async (place, afterMs) => {
      const { child, ended } = utility(place, 'clonerefs');
      await pause(afterMs / 3);
      child.kill('SIGKILL');
      const end = await ended;
      const code = await utility(place, 'initupload').ended;
      if (end === 0) expect([code, stored(place, 'clone-records.json') === undefined]).toEqual([0, false]);
      else if (existsSync(join(place.folder, 'logs/clone.json'))) expect(code).toBe(0);
      else expect([code, stored(place, 'started.json')]).toEqual([1, undefined]);
    });
  }, timeoutMs);

  test('entrypoint: FAILURE, with all of the log up to the kill', async () => {
    await inRounds(async (place, afterMs) => {
      const sidecar = utility(place, 'sidecar');
      const test = entrypoint(place);
      for (let tries = 0; !existsSync(join(place.folder, 'logs/marker-file.txt.live')) && tries < 500; tries += 1) await pause(10);
      await pause(afterMs);
      test.child.kill('SIGKILL');
      const wasKilled = (await test.ended) === 'SIGKILL';
      const atKill = processLog(place);
      expect(await sidecar.ended).toBe(0);
      expect(result(place)).toBe(wasKilled ? 'FAILURE' : 'SUCCESS');
      expect(stored(place, 'build-log.txt')?.startsWith(atKill)).toBe(true);
    });
  }, timeoutMs);

  test('sidecar: what is in storage is a whole beginning of the log; a result, if there is one, is true', async () => {
    await inRounds(async (place, afterMs) => {
      const sidecar = utility(place, 'sidecar');
      const test = entrypoint(place);
      await pause(1000 + afterMs * 3);
      sidecar.child.kill('SIGKILL');
      await sidecar.ended;
      const log = processLog(place);
      expect(log.startsWith(parts(place))).toBe(true);
      if (stored(place, 'finished.json') !== undefined) {
        expect(result(place)).toBe('SUCCESS');
        expect(stored(place, 'build-log.txt')).toBe(log);
      }
      test.child.kill('SIGKILL');
      await test.ended;
    });
  }, timeoutMs);

  test('the storage: back a second later, all is there in the end', async () => {
    await inRounds(async (place, afterMs) => {
      const sidecar = utility(place, 'sidecar');
      const test = entrypoint(place);
      await pause(afterMs * 3);
      await place.s3.stop();
      await pause(1000);
      const again = await startS3Server({ bucket: 'b', accessKey: 'k', secretKey: 's', port: Number(new URL(place.s3.url).port), objects: place.s3.objects });
      place.s3 = { ...again, objects: place.s3.objects };
      await test.ended;
      expect(await sidecar.ended).toBe(0);
      expect([result(place), stored(place, 'build-log.txt'), stored(place, 'artifacts/a.txt'), parts(place)]).toEqual(['SUCCESS', processLog(place), 'artifact\n', '']);
    });
  }, timeoutMs);
});
