import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { askService, pictureMarkdown, textAt } from '../../random-picture.ts';
import { formatReply } from '../../text.ts';

const command = new CommandRegex('(?mi)^/(?:(woof|bark)|this-is-(fine|not-fine|unbearable))\\s*$');
const STATES: Readonly<Record<string, string>> = {
  fine: 'https://storage.googleapis.com/this-is-fine-images/this_is_fine.png',
  'not-fine': 'https://storage.googleapis.com/this-is-fine-images/this_is_not_fine.png',
  unbearable: 'https://storage.googleapis.com/this-is-fine-images/this_is_unbearable.jpg',
};
const maxTries = 5;

/** A picture of a dog; of one in flames if that is how it is. */
export async function handleComment(comment: GenericComment, { github, decide, signal }: Pick<PluginContext, 'github' | 'decide' | 'signal'>): Promise<void> {
  if (comment.action !== 'created') return;
  const match = command.match(comment.body);
  if (match === null) return;
  const state = match[2]?.toLowerCase();
  const url = state === undefined ? await findDog(signal) : STATES[state];
  const picture = pictureMarkdown('dog', url);
  decide(picture === undefined ? 'no dog was found' : 'a dog was found');
  if (picture !== undefined) await github.createComment({ ...threadOf(comment), body: formatReply(comment, picture) });
}

/** The service has films among its pictures, which GitHub does not show. */
async function findDog(signal: AbortSignal): Promise<string | undefined> {
  for (let attempt = 0; attempt < maxTries; attempt += 1) {
    const url = textAt(await askService('https://random.dog/woof.json', { signal }), 'url');
    if (url !== undefined && !/\.(mp4|webm)$/i.test(url)) return url;
  }
  return undefined;
}
