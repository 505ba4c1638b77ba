// One repository: base, pulls merged onto it, submodules. upstream: pkg/pod-utils/clone/clone.go
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@prow/base-errors';
import { clonePath } from '@prow/model-pod-spec';
import type { Refs } from '@prow/model-prowjob';
import { makeFolder } from './credentials.ts';
import { fetchTogether } from './fetch.ts';
import { Git } from './git.ts';
import { nanosecondsSince } from './record.ts';
import type { CloneRecord } from './record.ts';
import type { SecretFilter } from './secrets.ts';

export interface CloneSettings {
  srcRoot: string;
  gitUserName: string;
  gitUserEmail: string;
  cacheDirectory: string;
  /** The whole environment of git, credentials included. */
  env: Readonly<Record<string, string>>;
  secrets: SecretFilter;
  /** Between tries of a fetch. Default: upstream's, 64 s in all. */
  fetchPausesMs?: readonly number[];
}

/** Where a repository is fetched from. */
export function cloneUri(refs: Refs): string {
  if (refs.clone_uri !== undefined && refs.clone_uri !== '') return refs.clone_uri;
  if (refs.repo_link !== undefined && refs.repo_link !== '') return `${refs.repo_link}.git`;
  return `https://github.com/${refs.org}/${refs.repo}.git`;
}

/** Never rejects: what went wrong is in the record. */
export async function cloneRepository(refs: Refs, settings: CloneSettings): Promise<CloneRecord> {
  const start = process.hrtime.bigint();
  const folder = clonePath(settings.srcRoot, refs);
  const git = new Git({ folder, env: settings.env, secrets: settings.secrets });
  let finalSha: string | undefined;
  try {
    finalSha = await clone(refs, folder, git, settings);
  } catch (error) {
    git.note('clone', { error: messageOf(error), start });
  }
  return {
    refs,
    commands: git.commands,
    ...(finalSha === undefined ? { failed: true } : { final_sha: finalSha }),
    duration: nanosecondsSince(start),
  };
}

/** The hash of HEAD when all is done; undefined as soon as a command fails. */
async function clone(refs: Refs, folder: string, git: Git, settings: CloneSettings): Promise<string | undefined> {
  const start = process.hrtime.bigint();
  makeFolder(folder);
  git.note(`mkdir -p ${folder}`, { start });
  if (!(await git.run({ args: ['init'] })).isOk) return undefined;
  configure(folder, git, settings);
  const sparse = refs.sparse_checkout_files ?? [];
  if (sparse.length > 0 && !(await git.run({ args: ['sparse-checkout', 'init'] })).isOk) return undefined;
  const near = settings.cacheDirectory === '' ? undefined : await (await import('./object-cache.ts')).fillFromCache(refs, cloneUri(refs), git, settings);
  const base = await fetchTogether(refs, cloneUri(refs), git, { near, retryPausesMs: settings.fetchPausesMs });
  if (base === undefined) return undefined;
  // A name that looks like an option is made a path.
  if (sparse.length > 0 && !(await git.run({ args: ['sparse-checkout', 'set', ...sparse.map((file) => (file.startsWith('-') ? `./${file}` : file))] })).isOk) return undefined;
  const [isCheckedOut, baseTime] = await Promise.all([checkOut(refs.base_ref ?? '', base, git), (refs.pulls ?? []).length > 0 ? git.ask(['log', '-1', '--format=%ct', base]) : undefined]);
  if (!isCheckedOut) return undefined;
  if (!(await mergePulls(refs, baseTime?.trim(), git))) return undefined;
  if (refs.skip_submodules !== true && sparse.length === 0 && existsSync(join(folder, '.gitmodules'))) {
    if (!(await git.run({ args: ['submodule', 'update', '--init', '--recursive'], retryPausesMs: submodulePausesMs })).isOk) return undefined;
  }
  return headHash(folder) ?? (await git.ask(['rev-parse', 'HEAD']))?.trim();
}

/** What HEAD is, read where a fresh clone keeps it; undefined where git keeps it otherwise. */
function headHash(folder: string): string | undefined {
  const hash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
  try {
    const head = readFileSync(join(folder, '.git/HEAD'), 'utf8').trim();
    if (hash.test(head)) return head;
    const ref = /^ref: (refs\/heads\/.+)$/.exec(head)?.[1];
    const value = ref === undefined ? '' : readFileSync(join(folder, '.git', ref), 'utf8').trim();
    return hash.test(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const submodulePausesMs = [1000, 5000];

/** What the job's own commits will say; it stays in the clone. Written directly: a process a line would be slower. */
function configure(folder: string, git: Git, { gitUserName, gitUserEmail }: CloneSettings): void {
  const start = process.hrtime.bigint();
  const quote = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`).replaceAll('\n', String.raw`\n`)}"`;
  const lines = [...(gitUserName === '' ? [] : [`\tname = ${quote(gitUserName)}`]), ...(gitUserEmail === '' ? [] : [`\temail = ${quote(gitUserEmail)}`])];
  if (lines.length === 0) return;
  appendFileSync(join(folder, '.git', 'config'), `[user]\n${lines.join('\n')}\n`);
  git.note(`set user.name=${gitUserName} user.email=${gitUserEmail} in .git/config`, { start });
}

/** On the branch `baseRef` at `base`. A name that git's own commands take for an option is set as a plain ref. */
async function checkOut(baseRef: string, base: string, git: Git): Promise<boolean> {
  if (baseRef === '') return (await git.run({ args: ['checkout', '--detach', base] })).isOk;
  if (!baseRef.startsWith('-')) return (await git.run({ args: ['checkout', '-B', baseRef, base] })).isOk;
  const ref = `refs/heads/${baseRef}`;
  return (await git.run({ args: ['checkout', '--detach', base] })).isOk
    && (await git.run({ args: ['update-ref', ref, base] })).isOk
    && (await git.run({ args: ['symbolic-ref', 'HEAD', ref] })).isOk;
}

/** One merge a pull, in order. Times count up from the base's, so that the same refs always give the same hashes. */
async function mergePulls(refs: Refs, baseTime: string | undefined, git: Git): Promise<boolean> {
  const pulls = refs.pulls ?? [];
  let time = baseTime !== undefined && /^\d+$/.test(baseTime) ? Number(baseTime) : Math.floor(Date.now() / 1000);
  for (const pull of pulls) {
    time += 1;
    const env = { GIT_AUTHOR_DATE: String(time), GIT_COMMITTER_DATE: String(time) };
    const merged = await git.run({ args: ['merge', '--no-ff', pull.sha === '' ? `refs/pull-${pull.number}` : pull.sha], env });
    if (merged.isOk) continue;
    await nameConflicts(pull.number, git);
    return false;
  }
  return true;
}

async function nameConflicts(pullNumber: number, git: Git): Promise<void> {
  const files = (await git.ask(['diff', '--name-only', '--diff-filter=U', '-z']))?.split('\0').filter((name) => name !== '') ?? [];
  if (files.length === 0) return;
  git.note(`merge of pull ${pullNumber}`, { error: `merge conflict in ${files.map((file) => JSON.stringify(file)).join(', ')}`, start: process.hrtime.bigint() });
}
