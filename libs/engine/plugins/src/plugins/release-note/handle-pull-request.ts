import { compileRegex } from '@prow/base-regex';
import type { PullRequestEvent } from '@prow/model-github-events';
import { labelNames, LabelSet, labelsOn } from '../../labels.ts';
import { type PluginContext, pullOf } from '../../plugin.ts';
import { labelForNote, noteLabels } from './note.ts';
import { neededMessage, setNoteLabel } from './set-labels.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins'>;

const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'edited', 'ready_for_review', 'labeled']);
const cherryPickOf = compileRegex('(?i)cherry[- ]?pick of #(\\d+)');
const maxParents = 20;

/** Labels say whether the description has a release note. upstream: pkg/plugins/releasenote */
export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  if (!ACTIONS.has(event.action)) return;
  if (event.action === 'labeled' && !noteLabels.some((label) => label === event.label?.toLowerCase())) return;
  const { github, decide, plugins } = context;
  const pull = pullOf(event);
  const present = event.action === 'opened' ? new LabelSet(event.pullRequest.labels) : await labelsOn(github, pull);
  const label = labelForNote(event.pullRequest.body, present);
  if (label !== labelNames.releaseNoteNeeded) return setNoteLabel(pull, label, present, context);
  if (present.has(label)) return undefined;
  if (await isInherited(event, context)) {
    decide('a cherry-pick has the release note of what it picks');
    return undefined;
  }
  await github.createComment({ ...pull, body: neededMessage(plugins.release_note.guidelines_url, label) });
  return setNoteLabel(pull, label, present, context);
}

/** A cherry-pick to another branch needs no note when all it picks have one. */
async function isInherited(event: PullRequestEvent, { github }: Context): Promise<boolean> {
  const { base, body } = event.pullRequest;
  if (base.ref === event.repository.defaultBranch || base.ref === 'master' || base.ref === 'main') return false;
  const parents = [...new Set(cherryPickOf.matchAll(body, maxParents).map(({ groups }) => Number(groups[1])))];
  if (parents.length === 0) return false;
  const { org, repo } = event.repository;
  const labels = await Promise.all(parents.map((number) => labelsOn(github, { org, repo, number })));
  return labels.every((each) => each.has(labelNames.releaseNote) || each.has(labelNames.releaseNoteActionRequired));
}
