// Names of branches and numbers of pull requests → commits, through GitHub, or git where GitHub does not answer.
import { isTransient, nearestNames, ProwError } from '@prow/base-errors';
import type { GitClient } from '@prow/clients-git';
import { GitHubError, type PullRequests, type Repositories } from '@prow/clients-github';
import type { Pull, Refs } from '@prow/model-prowjob';
import type { TriggerRequest } from './types.ts';

export interface RefsSource {
  github: PullRequests & Repositories;
  git: GitClient;
  /** `https://github.com`, without a slash at its end. */
  webUrl: string;
}

/**
 * @throws ProwError PROW_MANUAL_TRIGGER_BASE (404: no such branch or commit), _PULL (404: no such pull request; 409: it
 * goes into another branch, or is closed), _GITHUB (502: neither GitHub nor git tells) (rejects)
 */
export async function resolveRefs(source: RefsSource, request: TriggerRequest): Promise<Refs> {
  try {
    return await resolve(source, request);
  } catch (error) {
    if (!(error instanceof ProwError) || error.httpStatus !== undefined) throw error;
    throw new ProwError('PROW_MANUAL_TRIGGER_GITHUB', `GitHub does not tell of ${request.org}/${request.repo}`, { httpStatus: 502, transient: isTransient(error), cause: error });
  }
}

async function resolve({ github, git, webUrl }: RefsSource, { org, repo, base_ref: baseRef, base_sha: givenSha, pulls: numbers = [] }: TriggerRequest): Promise<Refs> {
  const baseSha = givenSha === undefined ? await headOf({ github, git }, org, repo, baseRef) : await checkedCommit(github, { org, repo, branch: baseRef, sha: givenSha });
  const repoLink = `${webUrl}/${org}/${repo}`;
  const pulls = await Promise.all(numbers.map((number) => pullOf({ github, webUrl }, { org, repo, number, baseRef })));
  return { org, repo, repo_link: repoLink, base_ref: baseRef, base_sha: baseSha, base_link: `${repoLink}/commit/${baseSha}`, ...(pulls.length === 0 ? {} : { pulls }) };
}

async function headOf({ github, git }: Pick<RefsSource, 'github' | 'git'>, org: string, repo: string, branch: string): Promise<string> {
  let sha: string | undefined;
  try {
    sha = await github.getRef({ org, repo, ref: `heads/${branch}` });
  } catch (error) {
    if (!isTransient(error)) throw error;
    sha = await (await git.repository({ org, repo })).remoteHead(branch);
  }
  if (sha !== undefined) return sha;
  const names = await github.listBranches({ org, repo }).then((branches) => branches.slice(0, 5000).map(({ name }) => name), () => undefined);
  if (names === undefined) throw new ProwError('PROW_MANUAL_TRIGGER_BASE', `repo: there is no repository ${org}/${repo}, or it cannot be read`, { httpStatus: 404, details: { field: 'repo' } });
  const near = nearestNames(branch, names);
  throw new ProwError('PROW_MANUAL_TRIGGER_BASE', `base_ref: ${org}/${repo} has no branch "${branch}"${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}`, { httpStatus: 404, details: { field: 'base_ref', near } });
}

/** A commit of the branch: one of a fork, which GitHub shows as well, would run what nobody has merged. */
async function checkedCommit(github: Repositories, { org, repo, branch, sha }: { org: string; repo: string; branch: string; sha: string }): Promise<string> {
  const refuse = (message: string, httpStatus: number, cause?: unknown): ProwError => new ProwError('PROW_MANUAL_TRIGGER_BASE', `base_sha: ${message}`, { httpStatus, details: { field: 'base_sha' }, ...(cause === undefined ? {} : { cause }) });
  let status: string;
  try {
    ({ status } = await github.compareCommits({ org, repo, base: sha, head: branch }));
  } catch (error) {
    if (error instanceof GitHubError && (error.isNotFound || error.isValidation)) throw refuse(`${org}/${repo} has no commit ${sha}, or no branch "${branch}"`, 404, error);
    throw error;
  }
  if (status !== 'ahead' && status !== 'identical') throw refuse(`${sha} is not on branch ${branch}`, 409);
  return sha;
}

async function pullOf({ github, webUrl }: Pick<RefsSource, 'github' | 'webUrl'>, { org, repo, number, baseRef }: { org: string; repo: string; number: number; baseRef: string }): Promise<Pull> {
  const refuse = (message: string, httpStatus: number): ProwError => new ProwError('PROW_MANUAL_TRIGGER_PULL', `pulls: ${message}`, { httpStatus, details: { field: 'pulls', pull: number } });
  const pull = await github.findPullRequest({ org, repo, number });
  if (pull === undefined) throw refuse(`${org}/${repo} has no pull request ${number}`, 404);
  if (pull.base.ref !== baseRef) throw refuse(`${number} goes into ${pull.base.ref}, expected ${baseRef}`, 409);
  const link = `${webUrl}/${org}/${repo}/pull/${number}`;
  return { number, author: pull.user.login, sha: pull.head.sha, title: pull.title, head_ref: pull.head.ref, link, commit_link: `${link}/commits/${pull.head.sha}`, author_link: `${webUrl}/${pull.user.login}` };
}
