import { compileRegex } from '@prow/base-regex';
import type { PullRequestEvent } from '@prow/model-github-events';
import type { PluginConfig } from '@prow/model-plugin-config';
import { nameOf, type PluginContext } from '../../plugin.ts';

/** Branches of the repository itself go once they are merged, unless they are to be kept. */
export async function handleMerged(event: PullRequestEvent, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  const { pullRequest, repository } = event;
  if (event.action !== 'closed' || !pullRequest.isMerged) return;
  if (pullRequest.head.repository?.fullName !== repository.fullName) return;
  const branch = pullRequest.head.ref;
  if (branch === repository.defaultBranch || branch === pullRequest.base.ref || isPreserved(branch, repository, plugins)) {
    decide('branch is kept', { branch });
    return;
  }
  decide('branch deleted', { branch });
  await github.deleteRef({ ...nameOf(repository), ref: `heads/${branch}` });
}

function isPreserved(branch: string, { org, repo }: PullRequestEvent['repository'], { branch_cleaner: settings }: PluginConfig): boolean {
  const all = settings?.preserved_branches ?? {};
  const names = [org, `${org}/${repo}`].flatMap((key) => (Object.hasOwn(all, key) ? (all[key] ?? []) : []));
  return names.some((name) => name === branch || compileRegex(`^(?:${name})$`).test(branch));
}
