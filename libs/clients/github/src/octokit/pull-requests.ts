import { backoffMs } from '@prow/base-time';
import { GitHubError, MergeRefusedError, type MergeRefusal } from '../github-error.ts';
import type { PullRequests } from '../roles/pull-requests.ts';
import type { ChangedFile, Commit, IssueName, PullRequest } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';
import { normalizeCommit, normalizePull } from './normalize.ts';

const pullRoute = '/repos/{owner}/{repo}/pulls/{pull_number}';
const mergeableAttempts = 5;

export function pullRequests(ask: Asker): PullRequests {
  const named = ({ org, repo, number }: IssueName): Record<string, unknown> => ({ owner: org, repo, pull_number: number });
  const getPullRequest = async (name: IssueName): Promise<PullRequest> => normalizePull(await ask.get<PullRequest>(`GET ${pullRoute}`, named(name)));

  return {
    getPullRequest,
    findPullRequest: async (name) => {
      const pull = await ask.find<PullRequest>(`GET ${pullRoute}`, named(name));
      return pull === undefined ? undefined : normalizePull(pull);
    },
    listPullRequests: async ({ org, repo, ...query }) => {
      const pulls = await ask.list<PullRequest>('GET /repos/{owner}/{repo}/pulls', { owner: org, repo, ...query });
      return pulls.map((pull) => normalizePull(pull));
    },
    listChangedFiles: (name) => ask.list<ChangedFile>(`GET ${pullRoute}/files`, named(name)),
    listPullRequestCommits: async (name) => (await ask.list<Commit>(`GET ${pullRoute}/commits`, named(name))).map((commit) => normalizeCommit(commit)),
    listPullRequestsOfCommit: async ({ org, repo, sha }) => {
      const pulls = await ask.list<PullRequest>('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', { owner: org, repo, commit_sha: sha });
      return pulls.map((pull) => normalizePull(pull));
    },
    getPullRequestDiff: (name) => ask.get<string>(`GET ${pullRoute}`, named(name), { accept: 'application/vnd.github.v3.diff' }),
    getPullRequestPatch: (name) => ask.get<string>(`GET ${pullRoute}`, named(name), { accept: 'application/vnd.github.v3.patch' }),
    createPullRequest: async ({ org, repo, maintainerCanModify, ...request }) => {
      const body = { ...request, ...(maintainerCanModify === undefined ? {} : { maintainer_can_modify: maintainerCanModify }) };
      const dryRun = { number: 0, title: request.title, body: request.body, state: 'open', html_url: '' } as PullRequest;
      return normalizePull(await ask.write('POST /repos/{owner}/{repo}/pulls', { owner: org, repo, ...body }, { dryRun }));
    },
    updatePullRequest: async ({ org, repo, number, maintainerCanModify, ...change }) => {
      const body = { ...change, ...(maintainerCanModify === undefined ? {} : { maintainer_can_modify: maintainerCanModify }) };
      const dryRun = { number, ...change } as unknown as PullRequest;
      return normalizePull(await ask.write(`PATCH ${pullRoute}`, { ...named({ org, repo, number }), ...body }, { repeatable: true, dryRun }));
    },
    updatePullRequestBranch: async ({ expectedHeadSha, ...name }) => {
      const body = expectedHeadSha === undefined ? {} : { expected_head_sha: expectedHeadSha };
      await ask.write(`PUT ${pullRoute}/update-branch`, { ...named(name), ...body }, { dryRun: undefined });
    },
    mergePullRequest: async ({ sha, method, title, message, ...name }) => {
      const body = { sha, merge_method: method, ...(title === undefined ? {} : { commit_title: title }), ...(message === undefined ? {} : { commit_message: message }) };
      try {
        const merged = await ask.write(`PUT ${pullRoute}/merge`, { ...named(name), ...body }, { dryRun: { sha } });
        return { sha: merged.sha };
      } catch (error) {
        throw mergeRefusal(error);
      }
    },
    isMergeable: async ({ sha, ...name }) => {
      for (let attempt = 0; attempt < mergeableAttempts; attempt += 1) {
        if (attempt > 0) await ask.sender.clock.sleep(backoffMs(attempt - 1, { baseMs: 500, maxMs: 5000 }));
        const pull = await getPullRequest(name);
        if (pull.head.sha !== sha || pull.merged === true || pull.state === 'closed') return false;
        if (typeof pull.mergeable === 'boolean') return pull.mergeable;
      }
      throw new GitHubError(`GitHub does not say yet whether ${name.org}/${name.repo}#${name.number} is mergeable`, { status: 202, code: 'PROW_GITHUB_MERGEABLE_UNKNOWN', transient: true });
    },
  };
}

/** upstream: pkg/github/client.go Merge */
function mergeRefusal(error: unknown): unknown {
  if (!(error instanceof GitHubError)) return error;
  const reason = refusalOf(error.status, error.githubMessage);
  return reason === undefined ? error : new MergeRefusedError(reason, error);
}

function refusalOf(status: number, message: string): MergeRefusal | undefined {
  if (status === 409) return 'head-modified';
  if (status !== 405 && status !== 403 && status !== 422) return undefined;
  if (/base branch was modified/i.test(message)) return 'base-modified';
  if (/not authorized to push|protected branch.*restrict/i.test(message)) return 'push-denied';
  if (/(merge commits|squash merges|rebase merges) are not allowed|merge method/i.test(message)) return 'method-forbidden';
  return status === 405 ? 'not-mergeable' : undefined;
}
