import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { labelsOn } from '../../labels.ts';
import { isMilestoneMaintainer, maintainersOnlyMessage, milestoneMaintainers } from '../../milestone-maintainers.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';

const command = new CommandRegex('(?m)^/status\\s+(.+)$');
const LABELS: Readonly<Record<string, string>> = {
  'approved-for-milestone': 'status/approved-for-milestone',
  'in-progress': 'status/in-progress',
  'in-review': 'status/in-review',
};

/** Labels that say how far work for a milestone is. */
export async function handleMilestoneStatus(comment: GenericComment, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  if (comment.action !== 'created') return;
  const wanted = command.matchAll(comment.body, 20).map(({ groups }) => (groups[1] ?? '').trim());
  if (wanted.length === 0) return;
  const thread = threadOf(comment);
  const maintainers = milestoneMaintainers(plugins, thread.org, thread.repo);
  if (!(await isMilestoneMaintainer(github, maintainers, { org: thread.org, login: comment.user.login }))) {
    decide('not a maintainer of milestones', { by: comment.user.login });
    await github.createComment({ ...thread, body: maintainersOnlyMessage(maintainers, thread.org, 'use `/status`') });
    return;
  }
  const present = await labelsOn(github, thread);
  const labels = wanted.flatMap((status) => (Object.hasOwn(LABELS, status) ? [LABELS[status] ?? ''] : [])).filter((label) => !present.has(label));
  if (labels.length === 0) return;
  decide('milestone status set', { labels });
  await github.addLabels({ ...thread, labels: [...new Set(labels)] });
}
