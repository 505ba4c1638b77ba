import { ApiError, notFound } from '../api-error.ts';
import { renderAccount, renderFullOrganization, renderFullTeam, renderFullUser, renderOrganization, renderOwnAccount, renderTeam, renderUser } from '../render/accounts.ts';
import { apiPath } from '../render/rendering.ts';
import { renderPermissions, renderRepository } from '../render/repositories.ts';
import { findAccount, findRepository, findTeam, membersOfTeam, orgRole, own, repositoryById } from '../state/queries.ts';
import type { OrganizationRecord, TeamRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { json, noContent, oneOf, type ApiRequest, type Reply } from './api-request.ts';
import { permissionIn } from './repositories.ts';
import type { RouteTable } from './router.ts';

export const peopleRoutes: RouteTable = {
  'GET /user': (request) => json(renderOwnAccount(request.rendering, request.actor)),
  'GET /user/orgs': (request) => {
    const mine = request.forge.database.all(tables.organizations).filter((org) => own(org.members, request.actor.login.toLowerCase()) !== undefined);
    return request.paged(mine, (org) => renderOrganization(request.rendering, org));
  },
  'GET /user/teams': (request) => {
    const mine = request.forge.database.all(tables.teams).filter((team) => membersOfTeam(request.forge.database, team).has(request.actor.login.toLowerCase()));
    return request.paged(mine, (team) => renderFullTeam(request.rendering, team));
  },
  'GET /user/repository_invitations': (request) => request.paged(invitationsOf(request.actor.login), (invitation) => invitation),
  'GET /users': (request) => request.paged(request.forge.database.all(tables.accounts), (account) => renderAccount(request.rendering, account)),
  'GET /users/{username}': (request) => {
    const account = findAccount(request.forge.database, request.param('username'));
    if (account === undefined) throw notFound();
    return json(renderFullUser(request.rendering, account));
  },
  'GET /users/{username}/orgs': (request) => {
    const login = request.param('username').toLowerCase();
    const found = request.forge.database.all(tables.organizations).filter((org) => own(org.members, login) !== undefined);
    return request.paged(found, (org) => renderOrganization(request.rendering, org));
  },
  'GET /organizations': (request) => request.paged(request.forge.database.all(tables.organizations), (org) => renderOrganization(request.rendering, org)),
  'GET /orgs/{org}': (request) => json(renderFullOrganization(request.rendering, organizationOf(request))),
  'GET /orgs/{org}/members': (request) => {
    const org = organizationOf(request);
    const role = oneOf('Organization', 'role', request.query.get('role') ?? 'all', ['all', 'admin', 'member']);
    const logins = Object.entries(org.members).filter(([, each]) => role === 'all' || each === role).map(([login]) => login).toSorted();
    return request.paged(logins, (login) => renderUser(request.rendering, login));
  },
  'GET /orgs/{org}/members/{username}': (request) => {
    if (own(organizationOf(request).members, request.param('username').toLowerCase()) === undefined) throw new ApiError(404, 'User does not exist or is not a member of the organization');
    return noContent;
  },
  'GET /orgs/{org}/public_members/{username}': (request) => {
    if (own(organizationOf(request).members, request.param('username').toLowerCase()) === undefined) throw new ApiError(404, 'Not Found');
    return noContent;
  },
  'DELETE /orgs/{org}/members/{username}': (request) => removeMember(request),
  'GET /orgs/{org}/memberships/{username}': (request) => membership(request),
  'PUT /orgs/{org}/memberships/{username}': async (request) => {
    const org = organizationFor(request);
    const account = findAccount(request.forge.database, request.param('username'));
    if (account === undefined || account.type === 'Organization') throw notFound();
    const role = oneOf('Organization', 'role', request.body.optionalString('role') ?? 'member', ['admin', 'member']);
    await request.forge.database.change((change) => change.put(tables.organizations, { ...org, members: { ...org.members, [account.login.toLowerCase()]: role } }));
    return membership(request);
  },
  'DELETE /orgs/{org}/memberships/{username}': (request) => removeMember(request),
  ...teamRoutes(),
};

/** None: an invitation is accepted at once here. */
function invitationsOf(_login: string): never[] {
  return [];
}

export function organizationOf(request: ApiRequest): OrganizationRecord {
  const org = request.forge.database.get(tables.organizations, request.param('org').toLowerCase());
  if (org === undefined) throw notFound();
  return org;
}

/** The organisation, for its owners. */
export function organizationFor(request: ApiRequest): OrganizationRecord {
  const org = organizationOf(request);
  if (orgRole(request.forge.database, org.login, request.actor.login) !== 'admin') throw new ApiError(403, 'You must be an admin of this organization.');
  return org;
}

async function removeMember(request: ApiRequest): Promise<Reply> {
  const org = organizationFor(request);
  const login = request.param('username').toLowerCase();
  if (own(org.members, login) === undefined) throw notFound();
  await request.forge.database.change((change) => change.put(tables.organizations, { ...org, members: Object.fromEntries(Object.entries(org.members).filter(([each]) => each !== login)) }));
  return noContent;
}

function membership(request: ApiRequest): Reply {
  const org = organizationOf(request);
  const role = orgRole(request.forge.database, org.login, request.param('username'));
  if (role === undefined) throw notFound();
  const url = `${request.rendering.base}${apiPath}/orgs/${org.login}`;
  return json({ url: `${url}/memberships/${request.param('username')}`, state: 'active', role, organization_url: url, organization: renderOrganization(request.rendering, org), user: renderUser(request.rendering, request.param('username')) });
}

function teamRoutes(): RouteTable {
  const path = '/orgs/{org}/teams/{team_slug}';
  return {
    'GET /orgs/{org}/teams': (request) => request.paged(request.forge.database.list(tables.teams, organizationOf(request).login.toLowerCase()), (team) => renderTeam(request.rendering, team)),
    'POST /orgs/{org}/teams': async (request) => {
      const org = organizationFor(request);
      const { body } = request;
      const name = body.string('name');
      const slug = name.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '-').replaceAll(/^-+|-+$/g, '');
      if (slug === '' || findTeam(request.forge.database, org.login, slug) !== undefined) throw new ApiError(422, 'Validation Failed', [{ resource: 'Team', code: 'already_exists', field: 'name' }]);
      const team = await request.forge.database.change((change) =>
        change.put(tables.teams, { id: change.nextId(), org: org.login, slug, name, description: body.optionalString('description') ?? '', parentId: body.optionalNumber('parent_team_id') ?? null, members: { [request.actor.login.toLowerCase()]: 'maintainer' as const }, repositories: {} }),
      );
      return json(renderFullTeam(request.rendering, team), 201);
    },
    [`GET ${path}`]: (request) => json(renderFullTeam(request.rendering, teamOf(request))),
    [`DELETE ${path}`]: async (request) => {
      organizationFor(request);
      const team = teamOf(request);
      await request.forge.database.change((change) => change.delete(tables.teams, team));
      return noContent;
    },
    [`GET ${path}/members`]: (request) => members(request, teamOf(request)),
    'GET /teams/{team_id}': (request) => json(renderFullTeam(request.rendering, teamById(request))),
    'GET /teams/{team_id}/members': (request) => members(request, teamById(request)),
    [`GET ${path}/teams`]: (request) => {
      const team = teamOf(request);
      return request.paged(request.forge.database.list(tables.teams, team.org.toLowerCase()).filter((each) => each.parentId === team.id), (each) => renderTeam(request.rendering, each));
    },
    [`GET ${path}/memberships/{username}`]: (request) => {
      const team = teamOf(request);
      const role = membersOfTeam(request.forge.database, team).get(request.param('username').toLowerCase());
      if (role === undefined) throw notFound();
      return json({ url: `${request.rendering.base}${apiPath}/organizations/0/team/${team.id}/memberships/${request.param('username')}`, role, state: 'active' });
    },
    [`PUT ${path}/memberships/{username}`]: async (request) => {
      organizationFor(request);
      const team = teamOf(request);
      const account = findAccount(request.forge.database, request.param('username'));
      if (account === undefined) throw notFound();
      const role = oneOf('Team', 'role', request.body.optionalString('role') ?? 'member', ['member', 'maintainer']);
      await request.forge.database.change((change) => change.put(tables.teams, { ...team, members: { ...team.members, [account.login.toLowerCase()]: role } }));
      return json({ url: `${request.rendering.base}${apiPath}/organizations/0/team/${team.id}/memberships/${account.login}`, role, state: 'active' });
    },
    [`DELETE ${path}/memberships/{username}`]: async (request) => {
      organizationFor(request);
      const team = teamOf(request);
      const login = request.param('username').toLowerCase();
      await request.forge.database.change((change) => change.put(tables.teams, { ...team, members: Object.fromEntries(Object.entries(team.members).filter(([each]) => each !== login)) }));
      return noContent;
    },
    [`GET ${path}/repos`]: (request) => {
      const team = teamOf(request);
      const found = Object.entries(team.repositories).flatMap(([id, permission]) => {
        const repository = repositoryById(request.forge.database, Number(id));
        return repository === undefined ? [] : [{ repository, permission }];
      });
      return request.paged(found, ({ repository, permission }) => ({ ...renderRepository(request.rendering, repository), permissions: renderPermissions(permission), role_name: permission }));
    },
    [`PUT ${path}/repos/{owner}/{repo}`]: async (request) => {
      organizationFor(request);
      const team = teamOf(request);
      const repository = findRepository(request.forge.database, request.param('owner'), request.param('repo'));
      if (repository === undefined) throw notFound();
      const permission = permissionIn(request.body.optionalString('permission') ?? 'push');
      await request.forge.database.change((change) => change.put(tables.teams, { ...team, repositories: { ...team.repositories, [String(repository.id)]: permission } }));
      return noContent;
    },
  };
}

function teamOf(request: ApiRequest): TeamRecord {
  const team = findTeam(request.forge.database, organizationOf(request).login, request.param('team_slug'));
  if (team === undefined) throw notFound();
  return team;
}

function teamById(request: ApiRequest): TeamRecord {
  const team = request.forge.database.get(tables.teams, tables.padded(request.numberParam('team_id')));
  if (team === undefined) throw notFound();
  return team;
}

function members(request: ApiRequest, team: TeamRecord): Reply {
  const role = oneOf('Team', 'role', request.query.get('role') ?? 'all', ['all', 'member', 'maintainer']);
  const logins = [...membersOfTeam(request.forge.database, team)].filter(([, each]) => role === 'all' || each === role).map(([login]) => login);
  return request.paged(logins, (login) => renderUser(request.rendering, login));
}
