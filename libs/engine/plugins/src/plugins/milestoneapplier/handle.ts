import type { PullRequestEvent } from '@prow/model-github-events';
import { nameOf, type PluginContext, pullOf } from '../../plugin.ts';

/** The milestone that belongs to the base branch: when merged, and for other branches than the default when opened. */
export async function handlePullRequest(event: PullRequestEvent, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  const { pullRequest, repository } = event;
  const isMerged = event.action === 'closed' && pullRequest.isMerged;
  const isOpenedElsewhere = event.action === 'opened' && pullRequest.base.ref !== repository.defaultBranch;
  if (!isMerged && !isOpenedElsewhere) return;
  const byBranch = plugins.milestone_applier?.[repository.fullName] ?? {};
  const title = Object.hasOwn(byBranch, pullRequest.base.ref) ? byBranch[pullRequest.base.ref] : undefined;
  if (title === undefined || pullRequest.milestone?.title === title) return;
  const milestone = (await github.listMilestones(nameOf(repository))).find((each) => each.title === title);
  if (milestone === undefined) return decide('there is no such milestone', { title });
  decide('milestone set', { title });
  await github.updateIssue({ ...pullOf(event), milestone: milestone.number });
}
