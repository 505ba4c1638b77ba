import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { messageOf, ProwError, systemCodeOf } from '@prow/base-errors';
import { findProcess, isAlive, processesMarked, signalQuietly, treeOf, type ProcessEntry } from './process-tree.ts';

export interface SpawnOptions {
  /** The program: a path, or a name looked up in PATH of `env`. Never read by a shell. */
  file: string;
  args?: readonly string[];
  cwd?: string;
  /** The whole environment. Default: this process's. */
  env?: Readonly<Record<string, string | undefined>>;
  /** As node:child_process. Default: nothing in, output piped. */
  stdio?: StdioOptions;
  /**
   * A variable put into the environment by which processes are found that left both the tree and its group (daemons).
   * Linux only. Default: none.
   */
  mark?: { name: string; value: string };
}

/** How a process ended: by itself with a code, or by a signal. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running process that leads a group of its own, with everything it started. */
export interface ProcessTree {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves when the process itself has ended and its output is read; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Sends a signal to every process of the group. */
  signal(signal: NodeJS.Signals): void;
  /**
   * Ends the whole tree: SIGTERM, and SIGKILL for what is left after `graceMs` (0: SIGKILL at once). Resolves when no
   * process of it is alive. Safe to call again, and after the end (then it removes what was left behind).
   */
  killTree(graceMs?: number): Promise<void>;
}

const pollMs = 20;
const killDeadlineMs = 5000;

/**
 * Starts a program in a process group of its own, without a shell.
 * @throws ProwError PROW_PROCESS_START (rejects) when it cannot be started, naming the program
 */
export async function spawnTree(options: SpawnOptions): Promise<ProcessTree> {
  const { file, args = [], cwd, env = process.env, stdio = ['ignore', 'pipe', 'pipe'], mark } = options;
  const environment = mark === undefined ? { ...env } : { ...env, [mark.name]: mark.value };
  let child: ChildProcess;
  try {
    child = spawn(file, [...args], { ...(cwd === undefined ? {} : { cwd }), env: environment, stdio, detached: true, windowsHide: true });
  } catch (error) {
    throw startError(options, error);
  }
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(startError(options, error)));
  });
  const pid = child.pid ?? 0;
  child.on('error', () => {}); // After the start: a signal that could not be sent. `ended` tells the rest.
  const startedAt = findProcess(pid)?.startedAt;
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { pid, child, ended, signal: (signal) => signalQuietly(-pid, signal), killTree: (graceMs = 0) => killTree({ pid, startedAt }, graceMs, mark) };
}

async function killTree(root: { pid: number; startedAt: string | undefined }, graceMs: number, mark: SpawnOptions['mark']): Promise<void> {
  const rootPid = root.pid;
  // Children of a killed process change parents, so those seen once are remembered.
  const known = new Map<string, ProcessEntry>();
  // Long after its end, pid and group number may belong to something else.
  const isReused = (): boolean => {
    const now = findProcess(rootPid);
    return now !== undefined && root.startedAt !== undefined && now.startedAt !== root.startedAt;
  };
  const alive = (): ProcessEntry[] => {
    for (const entry of [...(isReused() ? [] : treeOf(rootPid)), ...(mark === undefined ? [] : processesMarked(mark))]) known.set(`${entry.pid} ${entry.startedAt}`, entry);
    for (const entry of known.values()) {
      if (entry.pid === rootPid) continue;
      for (const descendant of isAlive(entry) ? treeOf(entry.pid) : []) known.set(`${descendant.pid} ${descendant.startedAt}`, descendant);
    }
    return [...known.values()].filter((entry) => entry.pid !== process.pid && isAlive(entry));
  };
  let left = alive();
  if (left.length > 0 && graceMs > 0) {
    for (const { pid } of left) signalQuietly(pid, 'SIGTERM');
    const graceEnd = performance.now() + graceMs;
    while (left.length > 0 && performance.now() < graceEnd) {
      await pause(Math.min(pollMs, Math.max(1, graceEnd - performance.now())));
      left = alive();
    }
  }
  const deadline = performance.now() + killDeadlineMs;
  while (left.length > 0) {
    for (const { pid } of left) signalQuietly(pid, 'SIGKILL');
    await pause(pollMs);
    left = alive();
    if (left.length > 0 && performance.now() > deadline) {
      throw new ProwError('PROW_PROCESS_UNKILLABLE', `processes ${left.map(({ pid }) => pid).join(', ')} are still alive ${killDeadlineMs} ms after SIGKILL`, { details: { pids: left.map(({ pid }) => pid) } });
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function startError({ file, cwd }: SpawnOptions, cause: unknown): ProwError {
  const where = cwd === undefined ? '' : ` in ${cwd}`;
  const code = systemCodeOf(cause);
  const why = code === 'ENOENT' ? `no such program${cwd === undefined ? '' : ' or folder'}` : code === 'EACCES' ? 'it may not be executed' : messageOf(cause);
  return new ProwError('PROW_PROCESS_START', `cannot start ${file}${where}: ${why}`, { details: { file, cwd, systemCode: code }, cause });
}
