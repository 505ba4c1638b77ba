import { compileRegex } from '@prow/base-regex';
import type { PullRequestEvent } from '@prow/model-github-events';
import { labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, pullOf } from '../../plugin.ts';

const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'labeled', 'unlabeled']);
const approvedLabel = 'cherry-pick-approved';
const unapprovedLabel = 'do-not-merge/cherry-pick-not-approved';

/** Changes of release branches wait for the label that approves them. */
export async function handlePullRequest(event: PullRequestEvent, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  const isBaseChange = event.action === 'edited' && event.changes.baseRefFrom !== undefined;
  if (!ACTIONS.has(event.action) && !isBaseChange) return;
  if ((event.action === 'labeled' || event.action === 'unlabeled') && event.label !== approvedLabel) return;
  const settings = plugins.cherry_pick_unapproved;
  const pull = pullOf(event);
  const present = await labelsOn(github, pull);
  const isWanted = compileRegex(settings.branchregexp).test(event.pullRequest.base.ref) && !present.has(approvedLabel);
  if (present.has(unapprovedLabel) === isWanted) return;
  decide(isWanted ? 'waits for the approval of the cherry-pick' : 'no approval of a cherry-pick needed any more', { branch: event.pullRequest.base.ref });
  if (isWanted) {
    await github.createComment({ ...pull, body: settings.comment });
    await github.addLabels({ ...pull, labels: [unapprovedLabel] });
  } else {
    await pruneComments(github, pull, ({ body }) => body.includes(settings.comment));
    await github.removeLabel({ ...pull, label: unapprovedLabel });
  }
}
