import { GitHubError } from '../github-error.ts';
import type { Organizations } from '../roles/organizations.ts';
import type { Membership, Organization, Team, User } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';

export function organizations(ask: Asker): Organizations {
  const members = async (route: string, parameters: Record<string, unknown>): Promise<User[]> => {
    try {
      return await ask.list<User>(route, parameters);
    } catch (error) {
      if (error instanceof GitHubError && error.isNotFound) return [];
      throw error;
    }
  };
  return {
    getOrganization: ({ org }) => ask.get<Organization>('GET /orgs/{org}', { org }),
    isMember: ({ org, login }) => ask.exists('GET /orgs/{org}/members/{username}', { org, username: login }),
    getMembership: ({ org, login }) => ask.find<Membership>('GET /orgs/{org}/memberships/{username}', { org, username: login }),
    listMembers: ({ org, role }) => ask.list<User>('GET /orgs/{org}/members', { org, ...(role === undefined ? {} : { role }) }),
    setMembership: ({ org, login, role }) =>
      ask.write<Membership>('PUT /orgs/{org}/memberships/{username}', { org, username: login, role }, { repeatable: true, dryRun: { state: 'pending', role } }),
    listTeams: ({ org }) => ask.list<Team>('GET /orgs/{org}/teams', { org }),
    getTeam: ({ org, slug }) => ask.find<Team>('GET /orgs/{org}/teams/{team_slug}', { org, team_slug: slug }),
    listTeamMembersById: ({ org, teamId, role }) => members('GET /teams/{team_id}/members', { team_id: teamId, ...installation(org), ...(role === undefined ? {} : { role }) }),
    listTeamMembers: ({ org, slug, role }) => members('GET /orgs/{org}/teams/{team_slug}/members', { org, team_slug: slug, ...(role === undefined ? {} : { role }) }),
    isTeamMember: async ({ org, slug, login }) => {
      const found = await ask.find<Membership>('GET /orgs/{org}/teams/{team_slug}/memberships/{username}', { org, team_slug: slug, username: login });
      return found?.state === 'active';
    },
  };
}

/** The route has no organisation in it, but the installation must be known. GitHub ignores what it does not know. */
function installation(org: string): Record<string, unknown> {
  return { org };
}
