// Runs one test: its output into the log, its end into the marker. upstream: pkg/entrypoint/run.go
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { formatDurationMs } from '@prow/base-time';
import { isCensoring, leaveSecrets } from '../env-secrets.ts';
import { announceLiveness } from '../liveness.ts';
import { mountedSecrets } from '../mounted-secrets.ts';
import { createUtilityLog } from '../utility-log.ts';
import { abortedErrorCode, internalErrorCode, livenessPath, previousErrorCode, readMarker, writeMarker } from '../wrapper.ts';
import type { EntrypointOptions } from './options.ts';
import { OutputCopy } from './output-copy.ts';
import { toolsDirectoryOf } from './output-pipe.ts';
import { startTest } from './test-process.ts';
import type { TestEnd, TestProcess } from './test-process.ts';

/** After the test's own end, output is awaited while something writes: this long without a byte, and this long in all. */
const quietMs = 500;
const lastWordsMs = 5000;
const markerPollMs = 200;

type Stop = { kind: 'timeout' } | { kind: 'signal'; name: NodeJS.Signals };

/**
 * Never rejects. The marker is written on every way out.
 * @returns the code to exit with
 */
export async function runEntrypoint(options: EntrypointOptions): Promise<number> {
  const stop = stopSignals();
  if (isCensoring(process.env)) {
    try {
      leaveSecrets(options.markerFile, process.env, mountedSecrets());
    } catch {
      // The folder cannot be written; the marker will not be either, and says so.
    }
  }
  const live = await announceLiveness(livenessPath(options.markerFile)).catch(() => undefined);
  let code: number;
  try {
    code = await runTest(options, stop);
  } catch (error) {
    createUtilityLog('entrypoint', (line) => process.stderr.write(line)).error('Error executing test process', { error: messageOf(error) });
    code = internalErrorCode;
  }
  try {
    writeMarker(options.markerFile, code);
  } catch (error) {
    createUtilityLog('entrypoint', (line) => process.stderr.write(line)).error('Could not write the marker file', { error: messageOf(error), path: options.markerFile });
  }
  live?.close();
  return options.alwaysZero ? 0 : code;
}

/** The first SIGINT or SIGTERM; later ones are ignored: the test is being stopped. */
function stopSignals(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => resolve(name));
  });
}

async function runTest(options: EntrypointOptions, stop: Promise<NodeJS.Signals>): Promise<number> {
  mkdirSync(dirname(options.processLog), { recursive: true });
  const copy = new OutputCopy(options.processLog);
  const log = createUtilityLog('entrypoint', (line) => copy.writeLine(line));
  try {
    const refused = await beforeTest(options, stop, log);
    if (refused !== undefined) return refused;
    return await supervise(options, stop, copy, log);
  } catch (error) {
    log.error('Could not run the process', { error: messageOf(error), args: options.args });
    return internalErrorCode;
  } finally {
    await copy.drain(() => true);
    copy.close();
  }
}

/** The code of a test that must not start, else undefined. */
async function beforeTest(options: EntrypointOptions, stop: Promise<NodeJS.Signals>, log: Logger): Promise<number | undefined> {
  if (options.artifactDirectory !== '') mkdirSync(options.artifactDirectory, { recursive: true });
  if (options.previousMarker === '') return undefined;
  const previous = await Promise.race([stop, waitForMarker(options.previousMarker)]);
  if (typeof previous === 'string') {
    log.error('Entrypoint received a signal before the process started', { signal: previous });
    return abortedErrorCode;
  }
  if (previous === 0) return undefined;
  log.info('Skipping as the previous process failed', { code: previous });
  return previousErrorCode;
}

async function waitForMarker(path: string): Promise<number> {
  for (;;) {
    const code = readMarker(path);
    if (code !== undefined) return code;
    await new Promise((resolve) => {
      setTimeout(resolve, markerPollMs);
    });
  }
}

async function supervise(options: EntrypointOptions, stopped: Promise<NodeJS.Signals>, copy: OutputCopy, log: Logger): Promise<number> {
  const test = startTest(options.args, copy, { tools: toolsDirectoryOf(process.argv[1]), logs: dirname(options.processLog) });
  const { reached, cancel } = deadline(options.timeoutMs);
  const first = await Promise.race([
    test.ended,
    stopped.then((name): Stop => ({ kind: 'signal', name })),
    reached.then((): Stop => ({ kind: 'timeout' })),
  ]);
  cancel();
  const end = 'kind' in first ? await endEarly(first, test, options, log) : first;
  const exitedAt = performance.now();
  await copy.drain(() => copy.quietMs > quietMs && performance.now() - exitedAt > quietMs || performance.now() - exitedAt > lastWordsMs);
  await test.kill();
  for (const error of copy.logErrors) log.error('Could not write the process log', { error: messageOf(error) });
  if (!('kind' in first)) return end?.code ?? internalErrorCode;
  const stoppedCode = first.kind === 'timeout' ? internalErrorCode : abortedErrorCode;
  return options.propagateErrorCode && end !== undefined && end.code > 0 ? end.code : stoppedCode;
}

/** Interrupts the test, and kills it if it is still there after the grace period. */
async function endEarly(why: Stop, test: TestProcess, options: EntrypointOptions, log: Logger): Promise<TestEnd | undefined> {
  if (why.kind === 'timeout') log.error(`Process did not finish before ${formatDurationMs(options.timeoutMs)} timeout`);
  else log.error(`Entrypoint received interrupt: ${why.name === 'SIGINT' ? 'interrupt' : 'terminated'}`);
  test.signal('SIGINT');
  if (why.kind === 'signal' && why.name !== 'SIGINT') test.signal(why.name);
  const { reached, cancel } = deadline(options.graceMs);
  const end = await Promise.race([test.ended.catch(() => undefined), reached.then(() => 'late' as const)]);
  cancel();
  if (end !== 'late') {
    if (end !== undefined) log.info('Process gracefully exited before the grace period', { gracePeriod: formatDurationMs(options.graceMs) });
    return end;
  }
  log.error(`Process did not exit before ${formatDurationMs(options.graceMs)} grace period`);
  await test.kill();
  return undefined;
}

/** setTimeout overflows beyond 24.8 days. */
const maxTimerMs = 2 ** 31 - 1;

function deadline(ms: number): { reached: Promise<void>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const reached = new Promise<void>((resolve) => {
    const wait = (left: number): void => {
      timer = setTimeout(() => (left > maxTimerMs ? wait(left - maxTimerMs) : resolve()), Math.min(left, maxTimerMs));
    };
    wait(ms);
  });
  return { reached, cancel: () => clearTimeout(timer) };
}
