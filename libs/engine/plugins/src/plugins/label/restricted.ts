import type { GitHubClient } from '@prow/clients-github';
import type { RestrictedLabel } from '@prow/model-plugin-config';

/** By name in lower case. */
export type RestrictedLabels = ReadonlyMap<string, RestrictedLabel>;

/** Undefined when the user may set and remove the label; else what to tell them. */
export async function whyNotAllowed(
  github: Pick<GitHubClient, 'isTeamMember'>,
  restricted: RestrictedLabels,
  { org, login, label }: { org: string; login: string; label: string },
): Promise<string | undefined> {
  const rule = restricted.get(label.toLowerCase());
  if (rule === undefined) return undefined;
  const users = rule.allowed_users ?? [];
  const teams = rule.allowed_teams ?? [];
  if (users.some((user) => user.toLowerCase() === login.toLowerCase())) return undefined;
  for (const slug of teams) if (await github.isTeamMember({ org, slug, login })) return undefined;
  const who = [...teams.map((team) => `the team ${team}`), ...users.slice(0, 20)];
  return `\`${label}\` is restricted. It may be set and removed by ${who.length === 0 ? 'nobody' : who.join(', ')}.`;
}
