import type { GenericComment } from '@prow/model-github-events';
import { type PluginContext } from '../../plugin.ts';
import { handleClose, handleReopen } from './open-and-close.ts';
import { handleLifecycleLabels } from './labels.ts';

/** `/close`, `/reopen` and the labels that say how alive an issue is. */
export async function handleLifecycle(comment: GenericComment, context: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  if (comment.action !== 'created') return;
  await handleReopen(comment, context);
  await handleClose(comment, context);
  await handleLifecycleLabels(comment, context);
}
