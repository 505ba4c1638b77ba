import type { GitHubClient } from '@prow/clients-github';
import type { PluginConfig } from '@prow/model-plugin-config';

export interface MilestoneMaintainers {
  readonly id: number | undefined;
  readonly slug: string;
  readonly friendlyName: string;
}

/** Who looks after milestones in a repository; '' stands for all repositories. */
export function milestoneMaintainers(plugins: PluginConfig, org: string, repo: string): MilestoneMaintainers {
  const all = plugins.repo_milestone ?? {};
  const key = `${org}/${repo}`;
  const entry = (Object.hasOwn(all, key) ? all[key] : undefined) ?? (Object.hasOwn(all, '') ? all[''] : undefined) ?? {};
  return { id: entry.maintainers_id, slug: entry.maintainers_team ?? '', friendlyName: entry.maintainers_friendly_name ?? '' };
}

export async function isMilestoneMaintainer(
  github: Pick<GitHubClient, 'isTeamMember' | 'listTeamMembersById'>,
  { id, slug }: MilestoneMaintainers,
  { org, login }: { org: string; login: string },
): Promise<boolean> {
  if (slug !== '') return github.isTeamMember({ org, slug, login });
  if (id === undefined || id === 0) return false;
  return (await github.listTeamMembersById({ org, teamId: id })).some((user) => user.login.toLowerCase() === login.toLowerCase());
}

/** Says who may, with a link and without telling anybody. */
export function maintainersOnlyMessage({ slug, friendlyName }: MilestoneMaintainers, org: string, what: string): string {
  const name = friendlyName || slug;
  const link = slug === '' ? `the team ${name}` : `[${org}/${slug}](https://github.com/orgs/${org}/teams/${slug}/members)`;
  return `Only members of ${link} can ${what}. Ask one of them${name === '' || name === slug ? '' : ` (${name})`}.`;
}
