import type { IssueName } from '@prow/clients-github';
import type { Lgtm } from '@prow/model-plugin-config';
import type { PluginContext } from '../../plugin.ts';

/** Whether the author's pull requests keep their LGTM through pushes: a member of the trusted team, which is named by name. */
export async function isSticky({ org }: Pick<IssueName, 'org'>, author: string, settings: Lgtm, { github }: Pick<PluginContext, 'github'>): Promise<boolean> {
  const name = settings.trusted_team_for_sticky_lgtm ?? '';
  if (name === '') return false;
  const team = (await github.listTeams({ org })).find((each) => each.name === name);
  return team !== undefined && (await github.isTeamMember({ org, slug: team.slug, login: author }));
}
