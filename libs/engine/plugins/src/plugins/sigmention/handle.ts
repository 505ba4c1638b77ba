import { compileRegex } from '@prow/base-regex';
import type { GenericComment } from '@prow/model-github-events';
import { labelsOfRepository, labelsOn } from '../../labels.ts';
import { nameOf, type PluginContext, threadOf } from '../../plugin.ts';
import { formatReply } from '../../text.ts';

const KINDS: Readonly<Record<string, string>> = { bugs: 'kind/bug', 'feature-requests': 'kind/feature', 'api-reviews': 'kind/api-change', proposals: 'kind/design' };
const maxMentions = 30;

/** Mentioning a team of a group of people labels the thread with it; where the commenter's mention tells nobody, the bot repeats it. */
export async function handleComment(comment: GenericComment, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  if (comment.action !== 'created') return;
  const matches = compileRegex(plugins.sigmention.regexp).matchAll(comment.body, maxMentions);
  if (matches.length === 0 || (await github.isBot(comment.user.login))) return;
  const thread = threadOf(comment);
  const [known, present] = await Promise.all([labelsOfRepository(github, nameOf(comment.repository)), labelsOn(github, thread)]);
  const wanted = matches.flatMap(({ groups }) => [`sig/${(groups[1] ?? '').toLowerCase()}`, KINDS[groups[2] ?? ''] ?? '']);
  const labels = [...new Set(wanted)].flatMap((label) => (present.has(label) ? [] : (known.spelling(label) ?? [])));
  decide('groups mentioned', { mentions: matches.map(({ groups }) => groups[0]), labels });
  if (labels.length > 0) await github.addLabels({ ...thread, labels });
  if (await github.isMember({ org: thread.org, login: comment.user.login })) return;
  const mentions = [...new Set(matches.map(({ groups }) => groups[0] ?? ''))].join(', ');
  await github.createComment({ ...thread, body: formatReply(comment, `Repeated so that it is heard: ${mentions}`) });
}
