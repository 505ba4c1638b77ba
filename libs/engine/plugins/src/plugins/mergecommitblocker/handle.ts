import type { PullRequestEvent } from '@prow/model-github-events';
import { labelNames, labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, pullOf } from '../../plugin.ts';

const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);
const intro = 'This pull request contains merge commits';

/** Branches are to be brought up to date by rebasing: merge commits hold a pull request back. */
export async function handleMergeCommits(event: PullRequestEvent, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  if (!ACTIONS.has(event.action)) return;
  const pull = pullOf(event);
  const label = labelNames.mergeCommits;
  const [commits, present] = await Promise.all([github.listPullRequestCommits(pull), labelsOn(github, pull)]);
  const merges = commits.filter(({ parents }) => parents.length > 1);
  if ((merges.length > 0) === present.has(label)) return;
  decide(merges.length > 0 ? 'merge commits found' : 'no merge commits any more', { commits: merges.map(({ sha }) => sha) });
  if (merges.length === 0) {
    await pruneComments(github, pull, ({ body }) => body.startsWith(intro));
    await github.removeLabel({ ...pull, label: present.spelling(label) ?? label });
    return;
  }
  const list = merges.slice(0, 50).map(({ sha, html_url }) => `- [${sha.slice(0, 7)}](${html_url})`);
  await github.createComment({ ...pull, body: `${intro}, which are not allowed here:\n\n${list.join('\n')}\n\nPlease rebase onto the base branch and push again.` });
  await github.addLabels({ ...pull, labels: [label] });
}
