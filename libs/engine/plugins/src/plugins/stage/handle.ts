import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { labelsOn } from '../../labels.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';

const command = new CommandRegex('(?mi)^/(remove-)?stage (alpha|beta|stable)\\s*$');

/** One `stage/*` label at a time. */
export async function handleStage(comment: GenericComment, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  if (comment.action !== 'created') return;
  const thread = threadOf(comment);
  for (const { groups } of command.matchAll(comment.body, 20)) {
    const label = `stage/${(groups[2] ?? '').toLowerCase()}`;
    const present = await labelsOn(github, thread);
    const isRemoval = (groups[1] ?? '') !== '';
    if (present.has(label) === !isRemoval) continue;
    decide(isRemoval ? 'stage removed' : 'stage set', { label });
    if (isRemoval) {
      await github.removeLabel({ ...thread, label });
      continue;
    }
    for (const other of present.withPrefix('stage/')) await github.removeLabel({ ...thread, label: other });
    await github.addLabels({ ...thread, labels: [label] });
  }
}
