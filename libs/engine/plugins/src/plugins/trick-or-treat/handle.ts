import type { GenericComment } from '@prow/model-github-events';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { bareCommand, formatReply } from '../../text.ts';

const isAsked = bareCommand('trick-or-treat');
const TREATS = ['🍬', '🍭', '🍫', '🎃', '👻', '🍪', '🦇', '🕷️'];

/** Sweets, the same for the same delivery. */
export async function handleComment(comment: GenericComment, { github }: Pick<PluginContext, 'github'>): Promise<void> {
  if (comment.action !== 'created' || !isAsked(comment.body)) return;
  const sum = Buffer.from(comment.guid).reduce((total, byte) => total + byte, 0);
  await github.createComment({ ...threadOf(comment), body: formatReply(comment, TREATS[sum % TREATS.length] ?? '') });
}
