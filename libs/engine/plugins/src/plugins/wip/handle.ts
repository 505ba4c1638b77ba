import { compileRegex } from '@prow/base-regex';
import type { PullRequestEvent } from '@prow/model-github-events';
import { labelNames, LabelSet } from '../../labels.ts';
import { type PluginContext, pullOf } from '../../plugin.ts';

const titlePattern = compileRegex('(?i)^\\W?WIP\\W');
const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'edited', 'ready_for_review', 'converted_to_draft']);

/** The label says whether the title or the draft state calls a pull request work in progress. */
export async function handleWip(event: PullRequestEvent, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  if (!ACTIONS.has(event.action)) return;
  const { isDraft, title, labels } = event.pullRequest;
  const isWip = isDraft || titlePattern.test(title);
  const present = new LabelSet(labels);
  const label = labelNames.workInProgress;
  if (present.has(label) === isWip) return;
  decide(isWip ? 'work in progress' : 'no longer work in progress', { isDraft, title });
  if (isWip) await github.addLabels({ ...pullOf(event), labels: [label] });
  else await github.removeLabel({ ...pullOf(event), label: present.spelling(label) ?? label });
}
