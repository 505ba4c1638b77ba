import type { PullRequestEvent } from '@prow/model-github-events';
import { baseTip } from '../../base-tip.ts';
import { changedPaths } from '../../changed-paths.ts';
import { labelsOfRepository, LabelSet } from '../../labels.ts';
import { nameOf, type PluginContext, pullOf } from '../../plugin.ts';

const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);

/** Sets the labels that OWNERS of changed files name, where the repository has them. */
export async function handleOwnersLabel(event: PullRequestEvent, context: Pick<PluginContext, 'github' | 'decide' | 'owners'>): Promise<void> {
  if (!ACTIONS.has(event.action)) return;
  const { github, decide } = context;
  const { pullRequest } = event;
  const name = nameOf(event.repository);
  const [paths, baseSha] = await Promise.all([changedPaths(github, pullOf(event)), baseTip({ ...name, pullRequest }, context)]);
  const owners = await context.owners.load({ ...name, baseRef: pullRequest.base.ref, baseSha });
  const present = new LabelSet(pullRequest.labels);
  const wanted = [...new Set(paths.flatMap((path) => [...owners.labels(path)]))].filter((label) => !present.has(label));
  if (wanted.length === 0) return;
  const known = await labelsOfRepository(github, name);
  const labels = wanted.flatMap((label) => known.spelling(label) ?? []);
  decide('labels of OWNERS', { labels, unknown: wanted.filter((label) => !known.has(label)) });
  if (labels.length > 0) await github.addLabels({ ...pullOf(event), labels });
}
