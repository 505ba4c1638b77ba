import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { labelsOn } from '../../labels.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { formatReply } from '../../text.ts';

const command = new CommandRegex('(?mi)^/(remove-)?lifecycle (active|frozen|stale|rotten)\\s*$');

/** One `lifecycle/*` label at a time; pull requests cannot be frozen. */
export async function handleLifecycleLabels(comment: GenericComment, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  const thread = threadOf(comment);
  for (const match of command.matchAll(comment.body, 20)) {
    const isRemoval = (match.groups[1] ?? '') !== '';
    const label = `lifecycle/${(match.groups[2] ?? '').toLowerCase()}`;
    const present = await labelsOn(github, thread);
    if (isRemoval) {
      if (present.has(label)) await github.removeLabel({ ...thread, label });
      continue;
    }
    if (label === 'lifecycle/frozen' && comment.isPullRequest) {
      decide('pull requests cannot be frozen');
      await github.createComment({ ...thread, body: formatReply(comment, `\`${label}\` is for issues, not for pull requests.`) });
      continue;
    }
    if (present.has(label)) continue;
    decide('lifecycle changed', { label });
    for (const other of present.withPrefix('lifecycle/')) await github.removeLabel({ ...thread, label: other });
    await github.addLabels({ ...thread, labels: [label] });
  }
}
