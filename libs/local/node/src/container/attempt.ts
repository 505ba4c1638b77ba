// One attempt at running a container, as its folder tells it.
import { findProcess, isAlive, type ProcessEntry } from '@prow/base-process';
import { mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './remove-tree.ts';

/** What was decided before the start, kept with the attempt. */
export interface AttemptIntent {
  image: string;
  imageId: string;
  createdAt: number;
  memoryLimitBytes?: number;
}

export type AttemptState =
  /** Decided, but no shim has claimed it: may be launched (again). */
  | { phase: 'intended' }
  | { phase: 'running'; startedAt: number; mainPid: number | undefined }
  | { phase: 'exited'; startedAt: number; finishedAt: number; exitCode: number; startError?: string }
  /** The shim is gone and left no exit code: killed, or the machine was restarted. */
  | { phase: 'lost'; startedAt: number; mainPid: number | undefined };

export interface AttemptFolder {
  /** Counted from 0, as restartCount is. */
  number: number;
  /** `<number>`, or `<number>.<something>` where a first try to launch it was abandoned. */
  name: string;
}

/** In order; of each number the latest. */
export async function listAttempts(containerDir: string): Promise<AttemptFolder[]> {
  const names = await readdir(containerDir).catch(() => []);
  return names
    .filter((name) => /^\d{1,9}(\.\w+)?$/.test(name))
    .map((name) => ({ name, number: Number.parseInt(name, 10) }))
    .sort((a, b) => a.number - b.number);
}

/**
 * Makes sure that an attempt which was decided, but perhaps never launched, will not run any more: a shim that is on
 * its way finds its claim taken, or its folder gone. False when one was faster.
 */
export async function abandonAttempt(directory: string): Promise<boolean> {
  try {
    await writeFile(join(directory, 'claim'), 'abandoned\n', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (await readFile(join(directory, 'claim'), 'utf8')) !== 'abandoned\n') return false;
  }
  await removeTree(directory);
  return true;
}

/** Writes the intent in one piece; nothing is started yet. */
export async function recordIntent(directory: string, intent: AttemptIntent): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeWhole(join(directory, 'intent.json'), JSON.stringify(intent));
}

export async function readIntent(directory: string): Promise<AttemptIntent | undefined> {
  const text = await readFile(join(directory, 'intent.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as AttemptIntent);
}

/** Leaves what a shim would that could not start its program. The claim comes last: before it nothing counts. */
export async function recordFailedStart(directory: string, message: string): Promise<void> {
  await writeFile(join(directory, 'log'), '', { flag: 'a' });
  await writeWhole(join(directory, 'progress'), `error ${message}\n`);
  await writeWhole(join(directory, 'exit'), '128\n');
  await writeFile(join(directory, 'claim'), 'refused\n', { flag: 'wx' });
}

/** A file is there whole or not at all, whenever this process is killed. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text, { mode: 0o600 });
  await rename(`${path}.partial`, path);
}

export async function readAttempt(directory: string): Promise<AttemptState> {
  const claim = await readWithTime(join(directory, 'claim'));
  if (claim === undefined || claim.text === 'abandoned\n') return { phase: 'intended' };
  const main = await readWithTime(join(directory, 'main'));
  const startedAt = main?.modifiedAt ?? claim.modifiedAt;
  const exit = await readWithTime(join(directory, 'exit'));
  if (exit !== undefined && /^\d+\n$/.test(exit.text)) {
    const startError = await readStartError(directory);
    const exited = { phase: 'exited' as const, startedAt, finishedAt: exit.modifiedAt, exitCode: Number(exit.text) };
    return startError === undefined ? exited : { ...exited, startError };
  }
  const mainPid = main === undefined ? undefined : parseStat(main.text)?.pid;
  const shim = parseStat(claim.text);
  // A claim without text: its shim is between creating and writing it, or was killed there.
  const alive = shim === undefined ? Date.now() - claim.modifiedAt < 1000 : isSame(shim);
  if (alive) return { phase: 'running', startedAt, mainPid };
  // It may have written its last word between the two looks.
  const late = await readWithTime(join(directory, 'exit'));
  if (late !== undefined && exit === undefined) return readAttempt(directory);
  return { phase: 'lost', startedAt, mainPid };
}

/** The container's first process, if it is still that one. */
export async function mainProcess(directory: string): Promise<ProcessEntry | undefined> {
  const main = await readWithTime(join(directory, 'main'));
  const recorded = main === undefined ? undefined : parseStat(main.text);
  return recorded !== undefined && isSame(recorded) ? findProcess(recorded.pid) : undefined;
}

/** Whether the container's own program runs (true), is being set up (false), or could not be started (the message). */
export async function startProgress(directory: string): Promise<boolean | string> {
  const text = await readFile(join(directory, 'progress'), 'utf8').catch(() => '');
  const error = /^error (.*)/ms.exec(text);
  return error !== null ? (error[1] ?? '').trim() : text.endsWith('exec\n');
}

async function readStartError(directory: string): Promise<string | undefined> {
  const progress = await startProgress(directory);
  return typeof progress === 'string' ? progress : undefined;
}

function isSame(entry: ProcessEntry): boolean {
  if (!isAlive(entry)) return false;
  return process.platform === 'linux' || findProcess(entry.pid)?.startedAt.trim() === entry.startedAt;
}

function parseStat(text: string): ProcessEntry | undefined {
  const started = /^(\d+) ([A-Z][a-z]{2} .*)$/m.exec(text);
  if (started !== null) return { pid: Number(started[1]), parentPid: 0, groupId: 0, startedAt: (started[2] ?? '').trim() };
  const fields = text.slice(text.lastIndexOf(')') + 2).trim().split(' ');
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid) || fields.length < 20) return undefined;
  return { pid, parentPid: Number(fields[1]), groupId: Number(fields[2]), startedAt: fields[19] ?? '' };
}

async function readWithTime(path: string): Promise<{ text: string; modifiedAt: number } | undefined> {
  try {
    const [text, info] = await Promise.all([readFile(path, 'latin1'), stat(path)]);
    return { text, modifiedAt: info.mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
