// sidecar with a large log and many artifacts: time and memory; with and without secrets to look for.
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { startS3Server } from '@prow/testing-storage-servers';
import { line, runMeasured } from './support.ts';
import type { BenchPlace } from './support.ts';

const logMegabytes = 300;
const artifacts = 1000;
const manyArtifacts = 20_000;

export async function measureSidecar({ tools, work }: BenchPlace): Promise<void> {
  const logs = join(work, 'logs');
  mkdirSync(join(logs, 'artifacts'), { recursive: true });
  mkdirSync(join(work, 'secret'));
  for (let index = 0; index < 20; index += 1) writeFileSync(join(work, 'secret', `token-${index}`), `secret-token-number-${index}-${'x'.repeat(20)}`);
  const log = createWriteStream(join(logs, 'process-log.txt'));
  const chunk = Buffer.from('2026-11-23T00:00:00Z info a line of a log with some words in it, number 17\n'.repeat(13_800)).subarray(0, 1024 * 1024);
  for (let index = 0; index < logMegabytes; index += 1) if (!log.write(chunk)) await once(log, 'drain');
  log.end();
  await once(log, 'close');
  for (let index = 0; index < artifacts; index += 1) writeFileSync(join(logs, 'artifacts', `file-${index}.txt`), `artifact ${index}\n`);
  writeFileSync(join(logs, 'marker-file.txt'), '0');
  const run = async (bucket: Record<string, unknown>, censoring: Record<string, unknown>): ReturnType<typeof runMeasured> => await runMeasured(process.execPath, ['--max-semi-space-size=1', '--single-threaded', join(tools, 'pod-utils/main.js'), 'sidecar'], {
    env: {
      JOB_SPEC: JSON.stringify({ type: 'periodic', job: 'j', buildid: '1' }),
      SIDECAR_OPTIONS: JSON.stringify({
        gcs_options: { items: [join(logs, 'artifacts')], path_strategy: 'explicit', dry_run: false, ...bucket }, censoring_options: censoring,
        entries: [{ args: ['x'], process_log: join(logs, 'process-log.txt'), marker_file: join(logs, 'marker-file.txt'), metadata_file: '' }],
      }),
    },
  });
  const secrets = { secret_directories: [join(work, 'secret')] };
  for (const [what, censoring] of [['', {}], [', 20 secrets', secrets]] as const) {
    const { ms, rssMib, code } = await run({ bucket: `file://${join(work, 'out')}` }, censoring);
    if (code !== 0) throw new Error('sidecar failed');
    line(`sidecar: ${logMegabytes} MB of log, ${artifacts} artifacts, to a folder${what}`, `${(ms / 1000).toFixed(1)} s`, `${rssMib.toFixed(0)} MiB resident, wanted ≤ 80 MiB`);
    rmSync(join(work, 'out'), { recursive: true, force: true });
  }
  const s3 = await startS3Server({ bucket: 'b', accessKey: 'k', secretKey: 's' });
  const credentials = join(work, 's3.json');
  writeFileSync(credentials, JSON.stringify({ region: 'x', endpoint: s3.url, s3_force_path_style: true, access_key: 'k', secret_key: 's' }));
  const { ms, rssMib, code } = await run({ bucket: 's3://b', s3_credentials_file: credentials }, {});
  if (code !== 0) throw new Error('sidecar failed');
  line(`sidecar: the same, to an S3 server on this machine`, `${(ms / 1000).toFixed(1)} s`, `${rssMib.toFixed(0)} MiB resident, wanted ≤ 80 MiB`);
  for (let index = 0; index < manyArtifacts; index += 1) writeFileSync(join(logs, 'artifacts', `many-${index}.txt`), `artifact ${index}\n`);
  writeFileSync(join(logs, 'process-log.txt'), 'short\n');
  for (const [where, bucket] of [['to an S3 server', { bucket: 's3://b', s3_credentials_file: credentials }], ['to a folder', { bucket: `file://${join(work, 'out')}` }]] as const) {
    const many = await run(bucket, {});
    if (many.code !== 0) throw new Error('sidecar failed');
    line(`sidecar: ${manyArtifacts} artifacts ${where}, processor time for each`, `${(many.cpuMs / (manyArtifacts + artifacts)).toFixed(2)} ms`, `${many.rssMib.toFixed(0)} MiB resident, wanted ≤ 80 MiB`);
  }
  await s3.stop();
}
