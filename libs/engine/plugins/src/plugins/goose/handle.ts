import { readFile } from 'node:fs/promises';
import type { GenericComment } from '@prow/model-github-events';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { askService, pictureMarkdown, textAt } from '../../random-picture.ts';
import { bareCommand, formatReply } from '../../text.ts';

const isHonk = bareCommand('honk');

/** A picture of a goose; the service wants a key. */
export async function handleComment(comment: GenericComment, { github, decide, plugins, signal }: Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'signal'>): Promise<void> {
  if (comment.action !== 'created' || !isHonk(comment.body)) return;
  const keyPath = plugins.goose?.key_path;
  if (!keyPath) return decide('no key is configured for the service of geese');
  const key = (await readFile(keyPath, 'utf8')).trim();
  const answer = await askService('https://api.unsplash.com/photos/random?query=goose', { signal, headers: { authorization: `Client-ID ${key}` } });
  const picture = pictureMarkdown('goose', textAt(answer, 'urls', 'small'));
  if (picture !== undefined) await github.createComment({ ...threadOf(comment), body: formatReply(comment, picture) });
}
