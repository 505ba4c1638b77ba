import { createInterface } from 'node:readline';
import { spawnTree, type ProcessEnd, type ProcessTree } from '@prow/base-process';
import { bundleProgram } from './bundle-program.ts';

export interface ProgramOptions {
  /** A .ts file (bundled first) or something Node runs as it is. */
  entry: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
}

/** A program of ours as a process of its own. */
export interface Program {
  readonly pid: number;
  readonly tree: ProcessTree;
  readonly ended: Promise<ProcessEnd>;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  /** Standard error so far. */
  errorOutput(): string;
  /** The first line (past or to come) that matches; rejects when the program ends, or `timeoutMs` (20 s) pass, without it. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Resolves when standard error holds this text; rejects like `waitForLine`. */
  waitForError(text: string, timeoutMs?: number): Promise<void>;
  send(signal: NodeJS.Signals): void;
  /** Ends it and everything it started. */
  kill(): Promise<void>;
}

export async function startProgram({ entry, args = [], env, cwd }: ProgramOptions): Promise<Program> {
  const file = entry.endsWith('.ts') ? await bundleProgram(entry) : entry;
  const tree = await spawnTree({ file: process.execPath, args: [file, ...args], env: { ...process.env, NODE_OPTIONS: '', ...env }, ...(cwd === undefined ? {} : { cwd }) });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let errors = '';
  let hasEnded = false;
  const changed = (): void => watchers.forEach((watch) => watch());
  tree.child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-100_000);
    changed();
  });
  if (tree.child.stdout !== null) {
    createInterface({ input: tree.child.stdout }).on('line', (line) => {
      lines.push(line);
      changed();
    });
  }
  void tree.ended.then(() => {
    hasEnded = true;
    changed();
  });
  /** Resolves to what `find` gives, now or after something more was written. */
  const waitFor = <T>(find: () => T | undefined, what: string, timeoutMs: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        watchers.delete(look);
      };
      const fail = (why: string): void => {
        finish();
        reject(new Error(`${why} before ${what}; output:\n${lines.slice(-20).join('\n')}\nerrors:\n${errors.slice(-2000)}`));
      };
      const look = (): void => {
        const found = find();
        if (found !== undefined) {
          finish();
          resolve(found);
        } else if (hasEnded) fail('the program ended');
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
      watchers.add(look);
      look();
    });
  return {
    pid: tree.pid,
    tree,
    ended: tree.ended,
    lines,
    errorOutput: () => errors,
    waitForLine: (pattern, timeoutMs = 20_000) => waitFor(() => lines.find((line) => pattern.test(line)), `a line matched ${String(pattern)}`, timeoutMs),
    waitForError: async (text, timeoutMs = 20_000) => void (await waitFor(() => (errors.includes(text) ? text : undefined), `standard error held ${JSON.stringify(text)}`, timeoutMs)),
    send: (signal) => void tree.child.kill(signal),
    kill: () => tree.killTree(),
  };
}
