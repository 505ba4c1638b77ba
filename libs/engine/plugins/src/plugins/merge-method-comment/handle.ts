import { mergeMethodFor } from '@prow/model-config';
import type { PullRequestEvent } from '@prow/model-github-events';
import { ownComments } from '../../own-comments.ts';
import { type PluginContext, pullOf } from '../../plugin.ts';

const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize', 'edited']);
const intro = 'This pull request has several commits';

/** Tells authors of several commits, once, what will become of them and how to choose. */
export async function handleMergeMethod(event: PullRequestEvent, { github, decide, config }: Pick<PluginContext, 'github' | 'decide' | 'config'>): Promise<void> {
  if (!ACTIONS.has(event.action) || (event.pullRequest.commits ?? 0) < 2) return;
  const pull = pullOf(event);
  const method = mergeMethodFor(config, pull.org, pull.repo, event.pullRequest.base.ref);
  const { squash_label: squash, merge_label: merge } = config.tide;
  const hint = method === 'squash' && merge ? `The label \`${merge}\` merges them with a merge commit instead.` : method === 'merge' && squash ? `The label \`${squash}\` makes one commit of them.` : undefined;
  if (hint === undefined) return;
  if ((await ownComments(github, pull, ({ body }) => body.startsWith(intro))).length > 0) return;
  decide('told about the merge method', { method });
  await github.createComment({ ...pull, body: `${intro}. They will be ${method === 'squash' ? 'squashed into one' : 'kept, with a merge commit'}. ${hint}` });
}
