import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { askService, pictureMarkdown, textAt } from '../../random-picture.ts';
import { formatReply } from '../../text.ts';

const command = new CommandRegex('(?mi)^/pony(?: +(.+?))?\\s*$');
const maxTagChars = 100;

/** A picture of a pony, of a tag if asked so. */
export async function handleComment(comment: GenericComment, { github, decide, signal }: Pick<PluginContext, 'github' | 'decide' | 'signal'>): Promise<void> {
  if (comment.action !== 'created') return;
  const match = command.match(comment.body);
  if (match === null) return;
  const tag = match[1]?.slice(0, maxTagChars);
  const query = tag === undefined ? '' : `?${new URLSearchParams({ q: tag }).toString()}`;
  const answer = await askService(`https://theponyapi.com/api/v1/pony/random${query}`, { signal });
  const picture = pictureMarkdown('pony', textAt(answer, 'pony', 'representations', 'full') ?? textAt(answer, 'pony', 'representations', 'small'));
  decide(picture === undefined ? 'no pony was found' : 'a pony was found', { tag });
  await github.createComment({ ...threadOf(comment), body: formatReply(comment, picture ?? 'No pony of that kind was found.') });
}
