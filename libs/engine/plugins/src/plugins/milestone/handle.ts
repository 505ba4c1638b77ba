import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { isMilestoneMaintainer, maintainersOnlyMessage, milestoneMaintainers } from '../../milestone-maintainers.ts';
import { nameOf, type PluginContext, threadOf } from '../../plugin.ts';
import { codeList, formatReply } from '../../text.ts';

const command = new CommandRegex('(?m)^/milestone\\s+(.+?)\\s*$');
const clearWord = 'clear';

/** Sets or clears the milestone; for those who look after milestones. */
export async function handleMilestone(comment: GenericComment, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  if (comment.action !== 'created') return;
  const title = command.match(comment.body)?.[1];
  if (title === undefined) return;
  const thread = threadOf(comment);
  const maintainers = milestoneMaintainers(plugins, thread.org, thread.repo);
  if (!(await isMilestoneMaintainer(github, maintainers, { org: thread.org, login: comment.user.login }))) {
    decide('not a maintainer of milestones', { by: comment.user.login });
    await github.createComment({ ...thread, body: formatReply(comment, maintainersOnlyMessage(maintainers, thread.org, 'set milestones with `/milestone`')) });
    return;
  }
  const issue = await github.getIssue(thread);
  if (title === clearWord) {
    if (issue.milestone === null) return;
    decide('milestone cleared', { by: comment.user.login });
    await github.updateIssue({ ...thread, milestone: null });
    return;
  }
  const milestones = await github.listMilestones(nameOf(comment.repository));
  const found = milestones.find((each) => each.title === title);
  if (found === undefined) {
    decide('no such milestone', { title });
    const known = milestones.length === 0 ? 'It has none.' : `It has: ${codeList(milestones.slice(0, 100).map((each) => each.title))}.`;
    await github.createComment({ ...thread, body: formatReply(comment, `The repository has no open milestone of that name. ${known}\n\n\`/milestone ${clearWord}\` removes the milestone.`) });
    return;
  }
  if (issue.milestone?.number === found.number) return;
  decide('milestone set', { title, by: comment.user.login });
  await github.updateIssue({ ...thread, milestone: found.number });
}
