import { ProwError } from '@prow/base-errors';
import type { Readable } from 'node:stream';
import { spawnTree, type ProcessEnd, type ProcessTree, type SpawnOptions } from './spawn-tree.ts';

export interface RunOptions extends Omit<SpawnOptions, 'stdio'> {
  /** After this time the whole tree is ended and `timedOut` is true. Default: no limit. */
  timeoutMs?: number;
  /** Time between SIGTERM and SIGKILL on timeout or abort. Default 1000. */
  graceMs?: number;
  /** Ends the whole tree; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Standard input. Default: none. */
  input?: string | Uint8Array;
  /** Kept of standard output and of standard error, each. More is read and left out. Default 10 MiB. */
  maxOutputBytes?: number;
}

export interface RunResult extends ProcessEnd {
  stdout: string;
  stderr: string;
  /** Whether something of the output was left out for its size. */
  truncated: boolean;
  durationMs: number;
  timedOut: boolean;
}

const defaultMaxOutputBytes = 10 * 1024 * 1024;
/** How long output is read after the program's own end, before what it left behind is ended, too. */
const openOutputMs = 1000;

/**
 * Runs a program to its end and collects its output. A bad exit code is a result, not an error.
 * No process of it is left behind on timeout or abort, nor one that holds the output open after the program's end.
 * @throws ProwError PROW_PROCESS_START when it cannot be started; the signal's reason when aborted
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { timeoutMs, graceMs = 1000, signal, input, maxOutputBytes = defaultMaxOutputBytes, ...spawnOptions } = options;
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const tree = await spawnTree({ ...spawnOptions, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  const stdout = collect(tree.child.stdout, maxOutputBytes);
  const stderr = collect(tree.child.stderr, maxOutputBytes);
  if (input !== undefined) {
    tree.child.stdin?.on('error', () => {}); // The program may end without reading its input.
    tree.child.stdin?.end(input);
  }
  const limit = endOnLimit(tree, { timeoutMs, graceMs, signal });
  const end = await tree.ended;
  await limit.release();
  signal?.throwIfAborted();
  return {
    ...end,
    stdout: stdout.text(),
    stderr: stderr.text(),
    truncated: stdout.isCut() || stderr.isCut(),
    durationMs: performance.now() - startedAt,
    timedOut: limit.timedOut(),
  };
}

/** Like `run`, but anything else than exit code 0 is an error that shows the end of the program's error output. */
export async function runOrThrow(options: RunOptions): Promise<RunResult> {
  const result = await run(options);
  if (result.code === 0) return result;
  const how = result.timedOut ? `exceeded its ${options.timeoutMs} ms` : result.signal === null ? `ended with exit code ${result.code}` : `was ended by ${result.signal}`;
  const shown = (result.stderr.trim() || result.stdout.trim()).slice(-2000);
  throw new ProwError('PROW_PROCESS_FAILED', `${options.file} ${how}${shown === '' ? '' : `: ${shown}`}`, {
    details: { file: options.file, args: options.args ?? [], exitCode: result.code, signal: result.signal, timedOut: result.timedOut },
    transient: result.timedOut,
  });
}

function endOnLimit(
  tree: ProcessTree,
  { timeoutMs, graceMs, signal }: { timeoutMs: number | undefined; graceMs: number; signal: AbortSignal | undefined },
): { release(): Promise<void>; timedOut(): boolean } {
  let hasTimedOut = false;
  let killing: Promise<void> | undefined;
  const kill = (): void => {
    killing ??= tree.killTree(graceMs).finally(() => {
      // A process that escaped the tree could hold the pipes open for ever.
      tree.child.stdout?.destroy();
      tree.child.stderr?.destroy();
    });
    killing.catch(() => {}); // `release` reports it.
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
    hasTimedOut = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener('abort', kill, { once: true });
  if (signal?.aborted) kill();
  // Something the program left behind may hold its output open.
  let leftover: NodeJS.Timeout | undefined;
  tree.child.once('exit', () => {
    leftover = setTimeout(kill, openOutputMs);
  });
  return {
    timedOut: () => hasTimedOut,
    release: async () => {
      clearTimeout(timer);
      clearTimeout(leftover);
      signal?.removeEventListener('abort', kill);
      await killing;
    },
  };
}

function collect(stream: Readable | null, maxBytes: number): { text(): string; isCut(): boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  let cut = false;
  stream?.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, Math.max(0, maxBytes - size));
    if (kept.length < chunk.length) cut = true;
    if (kept.length > 0) chunks.push(kept);
    size += kept.length;
  });
  stream?.on('error', () => {});
  return { text: () => Buffer.concat(chunks).toString('utf8'), isCut: () => cut };
}
