// Where the code under test comes from when it is not GitHub: a checkout on this machine, or any address git knows.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ProwError } from '@prow/base-errors';
import { run } from '@prow/base-process';
import type { ProwJob } from '@prow/model-prowjob';
import type { ChangeSettings } from '../make-prowjob.ts';

export interface CloneSource {
  /** For `clone_uri`. */
  uri: string;
  /** Folders that clonerefs reads; none for an address. */
  folders: string[];
}

const timeoutMs = 60_000;
const fullHash = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** @throws ProwError PROW_CLI_CLONE_URI */
export async function cloneSourceOf(text: string): Promise<CloneSource> {
  const folder = resolve(text);
  if (!existsSync(folder)) return { uri: text, folders: [] };
  // A worktree's objects lie in its main repository.
  const common = (await git(['-C', folder, 'rev-parse', '--path-format=absolute', '--git-common-dir'])).trim();
  return { uri: `file://${folder}`, folders: [folder, common] };
}

/** What the flags leave open of the change, asked of the source itself. @throws ProwError PROW_CLI_CLONE_URI */
export async function completeFromSource(settings: ChangeSettings, { uri }: CloneSource): Promise<ChangeSettings> {
  const lines = (await git(['ls-remote', '--symref', '--', uri])).split('\n');
  const refs = new Map(lines.map((line) => line.split('\t')).filter((parts) => parts.length === 2 && fullHash.test(parts[0] ?? '')).map(([hash = '', name = '']) => [name, hash]));
  const head = lines.map((line) => /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1]).find((name) => name !== undefined);
  const hashOf = (what: string, ...names: string[]): string => {
    const found = names.map((name) => (fullHash.test(name) ? name : refs.get(name))).find((hash) => hash !== undefined);
    if (found === undefined) throw new ProwError('PROW_CLI_CLONE_URI', `${uri} has no ${names.at(-1)}: ${what} must be given`);
    return found;
  };
  const baseRef = settings.baseRef ?? head;
  if (baseRef === undefined) throw new ProwError('PROW_CLI_CLONE_URI', `${uri} has no branch checked out: --base-ref must be given`);
  const baseSha = settings.baseSha === undefined ? hashOf('--base-sha', `refs/heads/${baseRef}`) : hashOf('--base-sha', settings.baseSha, `refs/heads/${settings.baseSha}`);
  if (settings.pullNumber === undefined) return { ...settings, baseRef, baseSha };
  const { pullSha: given } = settings;
  const pullSha = given === undefined ? hashOf('--pull-sha', `refs/pull/${settings.pullNumber}/head`) : hashOf('--pull-sha', given, `refs/heads/${given}`);
  return { ...settings, baseRef, baseSha, pullSha, pullAuthor: settings.pullAuthor ?? 'local' };
}

/**
 * The job cloned from there: its repository, or the first of its extra refs if it has none of its own. Credentials are for
 * GitHub: a folder needs none. @throws ProwError PROW_CLI_CLONE_URI if the job clones nothing
 */
export function clonedFrom(prowJob: ProwJob, { uri, folders }: CloneSource): ProwJob {
  const { refs, extra_refs: extra, decoration_config: decoration } = prowJob.spec;
  const [first, ...others] = extra ?? [];
  if (refs == null && first === undefined) throw new ProwError('PROW_CLI_CLONE_URI', `job ${prowJob.spec.job} clones nothing: it has neither refs nor extra_refs that --clone-uri could be for`);
  const cloned = refs == null ? { extra_refs: [...(first === undefined ? [] : [{ ...first, clone_uri: uri }]), ...others] } : { refs: { ...refs, clone_uri: uri } };
  const { ssh_key_secrets: _keys, ssh_host_fingerprints: _hosts, oauth_token_secret: _token, cookiefile_secret: _cookie, github_app_id: _app, github_app_private_key_secret: _key, ...open } = decoration ?? {};
  const isFolder = folders.length > 0;
  return { ...prowJob, spec: { ...prowJob.spec, ...cloned, ...(decoration == null ? {} : { decoration_config: isFolder ? open : decoration }) } };
}

async function git(args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run({ file: 'git', args, timeoutMs });
  if (code !== 0) throw new ProwError('PROW_CLI_CLONE_URI', `git ${args.join(' ')} failed: ${stderr.trim()}`);
  return stdout;
}
