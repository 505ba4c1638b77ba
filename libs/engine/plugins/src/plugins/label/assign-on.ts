import type { PullRequestEvent } from '@prow/model-github-events';
import { restrictedLabelsFor } from '@prow/model-plugin-config';
import { type PluginContext, pullOf } from '../../plugin.ts';

/** When a label comes that a restricted one waits for, those who may set the latter are assigned. */
export async function handleAssignOn(event: PullRequestEvent, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  if (event.action !== 'labeled' || event.label === undefined) return;
  const added = event.label.toLowerCase();
  const { org, repo } = event.repository;
  const logins = new Set<string>();
  for (const rule of restrictedLabelsFor(plugins, org, repo).values()) {
    if (!(rule.assign_on ?? []).some(({ label }) => label?.toLowerCase() === added)) continue;
    for (const user of rule.allowed_users ?? []) logins.add(user);
  }
  if (logins.size === 0) return;
  decide('assigned for a restricted label', { label: event.label });
  await github.assign({ ...pullOf(event), logins: [...logins] });
}
