// entrypoint: what it costs to start, how fast it copies, what memory it takes; beside `true` and `tee`.
import { openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { line, quantile, runMeasured } from './support.ts';
import type { BenchPlace } from './support.ts';

const rounds = 15;
const megabytes = 2000;

export async function measureEntrypoint({ tools, work }: BenchPlace): Promise<void> {
  const file = join(work, 'tools/entrypoint');
  await runMeasured(process.execPath, [join(tools, 'pod-utils/main.js'), 'entrypoint', '--copy-mode-only', `--copy-dst=${file}`]);
  const nothing = openSync('/dev/null', 'w');
  const run = (args: string[]): ReturnType<typeof runMeasured> => {
    rmSync(join(work, 'logs'), { recursive: true, force: true });
    return runMeasured(file, [], { output: nothing, env: { ENTRYPOINT_OPTIONS: JSON.stringify({ args, artifact_dir: join(work, 'logs/artifacts'), process_log: join(work, 'logs/process-log.txt'), marker_file: join(work, 'logs/marker-file.txt'), metadata_file: '' }) } });
  };
  const [ours, node]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    ours.push((await run(['true'])).ms);
    node.push((await runMeasured(process.execPath, ['-e', '0'])).ms);
  }
  line('entrypoint around `true`, median', `${quantile(ours, 0.5).toFixed(0)} ms`, `${(quantile(ours, 0.5) / quantile(node, 0.5)).toFixed(1)} times \`node -e 0\` (${quantile(node, 0.5).toFixed(0)} ms)`);
  const waiting = await run(['sleep', '2']);
  const source = `head -c ${megabytes}M /dev/zero`;
  const plain = await runMeasured('sh', ['-c', `${source} | tee ${join(work, 'plain.log')}`], { output: nothing });
  rmSync(join(work, 'plain.log'));
  const copied = await run(['sh', '-c', source]);
  rmSync(join(work, 'logs'), { recursive: true, force: true });
  const rate = (ms: number): number => megabytes / (ms / 1000);
  line(`entrypoint copies ${megabytes} MB of output`, `${rate(copied.ms).toFixed(0)} MB/s`, `wanted ≥ 200 MB/s; \`tee\` ${rate(plain.ms).toFixed(0)} MB/s, ratio ${(copied.ms / plain.ms).toFixed(2)}`);
  line('entrypoint, resident, waiting / copying', `${waiting.rssMib.toFixed(1)} / ${copied.rssMib.toFixed(1)} MiB`, 'wanted ≤ 45 MiB');
}
