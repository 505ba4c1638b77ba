import type { GenericComment } from '@prow/model-github-events';
import { baseTip } from '../../base-tip.ts';
import { nameOf, type PluginContext, threadOf } from '../../plugin.ts';

type Context = Pick<PluginContext, 'github' | 'plugins' | 'owners' | 'pullRequest'>;

/** Administrators, members of the allowed teams, and where configured approvers of the root OWNERS. */
export async function mayOverride(comment: GenericComment, context: Context): Promise<boolean> {
  const { github, plugins } = context;
  const { org, repo } = comment.repository;
  const { login } = comment.user;
  if (await github.hasPermission({ org, repo, login, levels: ['admin'] })) return true;
  for (const slug of teamsFor(plugins, org, repo)) if (await github.isTeamMember({ org, slug, login })) return true;
  if (!plugins.override?.allow_top_level_owners) return false;
  const pullRequest = await context.pullRequest(threadOf(comment));
  const baseSha = await baseTip({ ...nameOf(comment.repository), pullRequest }, context);
  const owners = await context.owners.load({ org, repo, baseRef: pullRequest.base.ref, baseSha });
  return owners.topLevelApprovers().has(login.toLowerCase());
}

export function whoMayOverride(plugins: PluginContext['plugins'], org: string, repo: string): string {
  const teams = teamsFor(plugins, org, repo);
  const parts = ['administrators of the repository'];
  if (plugins.override?.allow_top_level_owners) parts.push('approvers of its root OWNERS');
  if (teams.length > 0) parts.push(`the teams ${teams.join(', ')}`);
  return parts.join(', ');
}

function teamsFor(plugins: PluginContext['plugins'], org: string, repo: string): string[] {
  const teams = plugins.override?.allowed_github_teams ?? {};
  return [...new Set([`${org}/${repo}`, org].flatMap((key) => (Object.hasOwn(teams, key) ? (teams[key] ?? []) : [])))];
}
