import { checkRef, runGit } from '@prow/clients-git';
import { ApiError } from '../api-error.ts';
import { own } from '../state/queries.ts';
import type { RepositoryRecord } from '../state/records.ts';
import type { ApiRequest } from './api-request.ts';

/** The commit a branch, tag, `refs/…` name or SHA (whole or begun) stands for. */
export async function resolveCommit(request: ApiRequest, repository: RepositoryRecord, ref: string): Promise<string | undefined> {
  const git = request.forge.git.open(repository.id);
  const named = own(repository.refs, `refs/heads/${ref}`) ?? own(repository.refs, ref);
  if (named !== undefined && ref !== '') return named;
  for (const candidate of [`refs/tags/${ref}`, ref.startsWith('refs/') ? ref : `refs/${ref}`]) {
    try {
      const sha = await git.resolve(checkRef(candidate));
      if (sha !== undefined) return sha;
    } catch {
      // not a name that git knows
    }
  }
  if (!/^[0-9a-f]{7,40}$/.test(ref)) return undefined;
  const { stdout, exitCode } = await runGit({ gitDir: git.gitDir, args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], accept: [0, 1, 128] });
  return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
}

export async function commitFor(request: ApiRequest, repository: RepositoryRecord, ref: string): Promise<string> {
  const sha = await resolveCommit(request, repository, ref);
  if (sha !== undefined) return sha;
  if (Object.keys(repository.refs).length === 0) throw new ApiError(409, 'Git Repository is empty.');
  throw new ApiError(422, `No commit found for SHA: ${ref}`);
}
