import type { GenericComment } from '@prow/model-github-events';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { askService, textAt } from '../../random-picture.ts';
import { bareCommand, formatReply } from '../../text.ts';

const isJoke = bareCommand('joke');
const maxJokeChars = 1000;

/** A joke, as the service tells it, without letting it mention people or mark up text. */
export async function handleComment(comment: GenericComment, { github, signal }: Pick<PluginContext, 'github' | 'signal'>): Promise<void> {
  if (comment.action !== 'created' || !isJoke(comment.body)) return;
  const joke = textAt(await askService('https://icanhazdadjoke.com', { signal }), 'joke');
  if (joke === undefined) return;
  const harmless = joke.slice(0, maxJokeChars).replaceAll(/[^\p{L}\p{N}\p{P}\p{Zs}]/gu, '').replaceAll(/[@<>[\]`*_#|\\]/g, '');
  await github.createComment({ ...threadOf(comment), body: formatReply(comment, harmless) });
}
