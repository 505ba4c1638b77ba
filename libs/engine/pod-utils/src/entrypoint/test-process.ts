// The wrapped test: started in a group of its own, ended with everything it started.
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { closeSync } from 'node:fs';
import { isAlive, listProcesses, processesMarked, treeOf } from '@prow/base-process';
import type { ProcessEntry } from '@prow/base-process';
import type { OutputCopy } from './output-copy.ts';
import { openOutputPipe } from './output-pipe.ts';

export interface TestEnd {
  /** The exit code; -1 if a signal ended it. */
  code: number;
  signal: NodeJS.Signals | null;
}

export interface TestProcess {
  /** Resolves when the test itself has ended; rejects if it could not be started. */
  ended: Promise<TestEnd>;
  /** To the test and everything it started. */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL to all of it, again until nothing is left or 2 s have passed. */
  kill(): Promise<void>;
}

const optionsVariable = 'ENTRYPOINT_OPTIONS';
const killDeadlineMs = 2000;
const killPollMs = 10;

export function startTest(args: readonly string[], copy: OutputCopy, folders: { tools: string; logs: string }): TestProcess {
  const pipe = openOutputPipe(folders.tools, folders.logs);
  const output: StdioOptions = pipe === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', pipe.writeFd, pipe.writeFd];
  const [file = '', ...rest] = args;
  let child: ChildProcess;
  try {
    child = spawn(file, rest, { stdio: output, detached: true });
  } finally {
    if (pipe !== undefined) closeSync(pipe.writeFd);
  }
  if (pipe !== undefined) copy.copyPipe(pipe.readFd);
  else for (const stream of [child.stdout, child.stderr]) if (stream !== null) copy.copyStream(stream);
  const ended = new Promise<TestEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code: code ?? -1, signal }));
  });
  const { pid } = child;
  return {
    ended,
    signal: (name) => {
      if (pid !== undefined) for (const entry of everything(pid)) signalQuietly(entry.pid, name);
    },
    kill: () => (pid === undefined ? Promise.resolve() : killAll(pid)),
  };
}

/**
 * The test's process group and descendants; what was handed to init (process 1 of a container is entrypoint itself); and
 * what started later than this process with the environment variable that only this container has.
 */
function everything(pid: number): ProcessEntry[] {
  const options = process.env[optionsVariable];
  const found = [
    ...treeOf(pid),
    ...(process.pid === 1 ? treeOf(1) : []),
    ...(options === undefined ? [] : processesMarked({ name: optionsVariable, value: options }).filter(startedLater)),
  ];
  const unique = new Map(found.map((entry) => [entry.pid, entry]));
  unique.delete(process.pid);
  return [...unique.values()];
}

let ownStart: number | undefined;

/** Not what started us, nor what else was given the same environment before. Times are ticks since the machine's start. */
function startedLater({ startedAt }: ProcessEntry): boolean {
  ownStart ??= Number(listProcesses().find(({ pid }) => pid === process.pid)?.startedAt ?? Number.NaN);
  return Number(startedAt) >= ownStart;
}

async function killAll(pid: number): Promise<void> {
  const deadline = performance.now() + killDeadlineMs;
  for (;;) {
    const left = everything(pid).filter(isAlive);
    if (left.length === 0 || performance.now() > deadline) return;
    for (const entry of left) signalQuietly(entry.pid, 'SIGKILL');
    await new Promise((resolve) => {
      setTimeout(resolve, killPollMs);
    });
  }
}

function signalQuietly(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended, or is not ours to signal.
  }
}
