import { compileRegex } from '@prow/base-regex';
import type { ReviewEvent } from '@prow/model-github-events';
import { labelNames, labelsOn } from '../../labels.ts';
import { nameOf, type PluginContext, pullOf } from '../../plugin.ts';

const approvedLabel = 'cherry-pick-approved';
const unapprovedLabel = 'do-not-merge/cherry-pick-not-approved';

/** An approving review by one of those configured approves a cherry-pick that is otherwise ready. */
export async function handleReview(event: ReviewEvent, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  const { review, pullRequest, repository } = event;
  if (event.action !== 'submitted' || review.state !== 'approved' || pullRequest.state !== 'open') return;
  const entry = (plugins.cherry_pick_approved ?? []).find(
    ({ org, repo, branchregexp }) => org === repository.org && (!repo || repo === repository.repo) && compileRegex(branchregexp ?? '').test(pullRequest.base.ref),
  );
  if (entry === undefined) return;
  if (!(entry.approvers ?? []).some((login) => login.toLowerCase() === review.user.login.toLowerCase())) return decide('not one of those who approve cherry-picks', { by: review.user.login });
  const pull = pullOf(event);
  const labels = await labelsOn(github, pull);
  const missing = [...(entry.allow_missing_lgtm_label ? [] : [labelNames.lgtm]), ...(entry.allow_missing_approved_label ? [] : [labelNames.approved])].filter((label) => !labels.has(label));
  if (missing.length > 0) return decide('labels are missing', { missing });
  const { statuses } = await github.getCombinedStatus({ ...nameOf(repository), ref: pullRequest.head.sha });
  const failed = statuses.filter(({ state }) => state === 'failure' || state === 'error').map(({ context }) => context);
  if (failed.length > 0) return decide('contexts have failed', { failed });
  decide('cherry-pick approved', { by: review.user.login });
  if (labels.has(unapprovedLabel)) await github.removeLabel({ ...pull, label: unapprovedLabel });
  if (!labels.has(approvedLabel)) await github.addLabels({ ...pull, labels: [approvedLabel] });
}
