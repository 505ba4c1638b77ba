import { ProwError } from '@prow/base-errors';
import { spawnTree } from '@prow/base-process';
import { GitError } from './git-error.ts';

export interface RunGitOptions {
  /** Arguments after `git`. Values from outside must stand behind an option that takes them, or pass `refName`/`sha`. */
  args: readonly string[];
  cwd?: string;
  gitDir?: string;
  input?: string | Uint8Array;
  /** On top of this process's environment. */
  env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers; default only 0. */
  accept?: readonly number[];
  timeoutMs?: number;
  maxOutputBytes?: number;
  signal?: AbortSignal;
}

export interface GitResult {
  exitCode: number;
  stdout: Buffer;
  stderr: string;
}

const defaultTimeoutMs = 10 * 60_000;
const defaultMaxOutputBytes = 256 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;

/** Variables by which a caller's own git would lead ours astray (set, for example, inside a git hook). */
const unwanted = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_NAMESPACE', 'GIT_PREFIX', 'GIT_COMMON_DIR'];

/**
 * Runs git to its end, without a shell, never asking anyone anything. Rejects with GitError unless the exit code is
 * accepted; a deadline or a full buffer ends git and everything it started.
 */
export async function runGit(options: RunGitOptions): Promise<GitResult> {
  const { args, cwd, gitDir, input, accept = [0], timeoutMs = defaultTimeoutMs, maxOutputBytes = defaultMaxOutputBytes, signal } = options;
  signal?.throwIfAborted();
  const tree = await spawnTree({
    file: 'git',
    args: [...(gitDir === undefined ? [] : [`--git-dir=${gitDir}`]), ...args],
    ...(cwd === undefined ? {} : { cwd }),
    env: environment(options.env),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let stderr = '';
  let ended: string | undefined;
  const end = (why: string): void => {
    ended ??= why;
    void tree.killTree(500).catch(() => {});
  };
  tree.child.stdout?.on('data', (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    if (stdoutBytes > maxOutputBytes) end(`wrote more than ${maxOutputBytes} bytes`);
    else stdout.push(chunk);
  });
  tree.child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-maxErrorBytes);
  });
  if (input !== undefined) {
    tree.child.stdin?.on('error', () => {}); // git may end without reading all of it
    tree.child.stdin?.end(input);
  }
  const timer = setTimeout(() => end(`exceeded its ${timeoutMs} ms`), timeoutMs);
  const onAbort = (): void => end('was aborted');
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const { code } = await tree.ended;
  clearTimeout(timer);
  signal?.removeEventListener('abort', onAbort);
  signal?.throwIfAborted();
  if (ended === undefined && code !== null && accept.includes(code)) return { exitCode: code, stdout: Buffer.concat(stdout), stderr };
  const shown = redact(stderr.trim()).slice(-1500);
  const name = args.find((arg) => !arg.startsWith('-')) ?? '';
  throw new GitError(`git ${name} ${ended ?? `ended with exit code ${code}`}${shown === '' ? '' : `: ${shown}`}`, {
    exitCode: code,
    stderr: redact(stderr),
    transient: ended !== undefined || isTransientText(stderr),
  });
}

function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = { ...process.env };
  for (const name of unwanted) delete env[name];
  return { ...env, GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', SSH_ASKPASS: '', GIT_ADVICE: '0', LC_ALL: 'C', ...extra };
}

function redact(text: string): string {
  return text.replaceAll(/(https?:\/\/)[^/\s@]+@/g, '$1***@');
}

function isTransientText(stderr: string): boolean {
  return /could not resolve host|connection (refused|reset|timed out)|operation timed out|early eof|the remote end hung up|returned error: (429|5\d\d)|index\.lock|cannot lock ref/i.test(stderr);
}

/** A full commit, tree or blob name. Throws ProwError PROW_GIT_SHA. */
export function checkSha(sha: string): string {
  if (/^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(sha)) return sha;
  throw new ProwError('PROW_GIT_SHA', `found ${JSON.stringify(sha.slice(0, 100))}, expected a full commit SHA (40 hexadecimal digits)`);
}

/** A ref or branch name that git accepts and cannot take for an option. Throws ProwError PROW_GIT_REF. */
export function checkRef(ref: string): string {
  // git-check-ref-format(1), plus: no leading dash.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const isBad = /^[-/.]|[\u0000-\u0020~^:?*[\\\u007f]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[./]$|^@$/.test(ref) || ref === '' || ref.length > 1000;
  if (!isBad) return ref;
  throw new ProwError('PROW_GIT_REF', `found ${JSON.stringify(ref.slice(0, 200))}, expected the name of a branch, tag or ref`);
}

/** A name of an organisation or repository that is safe in a path and in a URL. Throws ProwError PROW_GIT_NAME. */
export function checkName(name: string): string {
  if (/^[A-Za-z0-9_.-]{1,255}$/.test(name) && !/^\.+$/.test(name) && !name.startsWith('-')) return name;
  throw new ProwError('PROW_GIT_NAME', `found ${JSON.stringify(name.slice(0, 200))}, expected the name of an organisation or a repository`);
}
