import { ProwError } from '@prow/base-errors';
import type { GitHubClient } from '@prow/clients-github';
import type { EventPullRequest } from '@prow/model-github-events';

/** A pull request and where it is. */
export interface Change {
  readonly org: string;
  readonly repo: string;
  readonly pullRequest: EventPullRequest;
}

/** The tip of the base branch now: what the change will be merged onto. A payload's may be old. */
export async function baseTip({ org, repo, pullRequest }: Change, { github }: { github: Pick<GitHubClient, 'getRef'> }): Promise<string> {
  const sha = await github.getRef({ org, repo, ref: `heads/${pullRequest.base.ref}` });
  if (sha === undefined) throw new ProwError('PROW_PLUGINS_BASE', `${org}/${repo}: there is no branch ${pullRequest.base.ref}`, { details: { org, repo, branch: pullRequest.base.ref } });
  return sha;
}
