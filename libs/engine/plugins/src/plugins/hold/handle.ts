import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { labelNames, setLabel } from '../../labels.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';

const addCommand = new CommandRegex('(?mi)^/hold(\\s.*)?$');
const removeCommand = new CommandRegex('(?mi)^/(remove-hold|hold\\s+cancel|unhold)(\\s.*)?$');

/** `/hold` keeps a pull request from merging; taking it back wins over it in the same comment. */
export async function handleHold(comment: GenericComment, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest) return;
  const isRemoved = removeCommand.test(comment.body);
  if (!isRemoved && !addCommand.test(comment.body)) return;
  decide(isRemoved ? 'hold taken back' : 'hold asked for', { by: comment.user.login });
  await setLabel(github, threadOf(comment), labelNames.hold, !isRemoved);
}
