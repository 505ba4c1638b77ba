import { readFile } from 'node:fs/promises';
import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { askService, pictureMarkdown, textAt } from '../../random-picture.ts';
import { formatReply } from '../../text.ts';

const command = new CommandRegex('(?mi)^/meow(vie)?(?:\\s+([a-z]{2,12}))?\\s*$');

/** A picture of a cat, moving or of a breed if asked so; the key of the service is read anew each time. */
export async function handleComment(comment: GenericComment, { github, decide, plugins, signal }: Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'signal'>): Promise<void> {
  if (comment.action !== 'created') return;
  const match = command.match(comment.body);
  if (match === null) return;
  const keyPath = plugins.cat?.key_path;
  const key = keyPath ? (await readFile(keyPath, 'utf8')).trim() : '';
  const query = new URLSearchParams({ limit: '1', mime_types: match[1] ? 'gif' : 'jpg,png' });
  if (match[2]) query.set('breed_ids', match[2].slice(0, 4));
  const answer = await askService(`https://api.thecatapi.com/v1/images/search?${query.toString()}`, { signal, ...(key === '' ? {} : { headers: { 'x-api-key': key } }) });
  const picture = pictureMarkdown('cat', textAt(answer, 0, 'url'));
  decide(picture === undefined ? 'no cat was found' : 'a cat was found');
  await github.createComment({ ...threadOf(comment), body: formatReply(comment, picture ?? 'No cat of that kind was found.') });
}
