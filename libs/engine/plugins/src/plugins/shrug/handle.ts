import type { GenericComment } from '@prow/model-github-events';
import { setLabel } from '../../labels.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { bareCommand } from '../../text.ts';

const isShrug = bareCommand('shrug');
const isUnshrug = bareCommand('unshrug');
const label = '¯\\_(ツ)_/¯';

/** `/shrug` and `/unshrug`; taking it back wins. */
export async function handleShrug(comment: GenericComment, { github }: Pick<PluginContext, 'github'>): Promise<void> {
  if (comment.action !== 'created') return;
  const isTakenBack = isUnshrug(comment.body);
  if (isTakenBack || isShrug(comment.body)) await setLabel(github, threadOf(comment), label, !isTakenBack);
}
