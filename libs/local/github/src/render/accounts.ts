import { accountOf, membersOfTeam } from '../state/queries.ts';
import type { AccountRecord, OrganizationRecord, TeamRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { apiPath, nodeId, time, type Json, type Rendering } from './rendering.ts';

export function renderUser(rendering: Rendering, login: string): Json {
  return renderAccount(rendering, accountOf(rendering.view, login));
}

export function renderAccount({ base }: Rendering, account: AccountRecord): Json {
  const url = `${base}${apiPath}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type, account.id),
    avatar_url: `${base}/-/avatar/${encodeURIComponent(account.login)}.svg`,
    gravatar_id: '',
    url,
    html_url: `${base}/${encodeURIComponent(account.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** A user as its own page shows it. */
export function renderFullUser(rendering: Rendering, account: AccountRecord): Json {
  const repositories = rendering.view.list(tables.repositories, account.login.toLowerCase());
  return {
    ...renderAccount(rendering, account),
    name: account.name === '' ? null : account.name,
    company: null,
    blog: '',
    location: null,
    email: account.email === '' ? null : account.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: repositories.filter((repository) => !repository.isPrivate).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: time(account.createdAt),
    updated_at: time(account.createdAt),
  };
}

export function renderOwnAccount(rendering: Rendering, account: AccountRecord): Json {
  const repositories = rendering.view.list(tables.repositories, account.login.toLowerCase());
  const privateCount = repositories.filter((repository) => repository.isPrivate).length;
  return {
    ...renderFullUser(rendering, account),
    private_gists: 0,
    total_private_repos: privateCount,
    owned_private_repos: privateCount,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  };
}

export function renderOrganization({ base, view }: Rendering, organization: OrganizationRecord): Json {
  const account = accountOf(view, organization.login);
  const url = `${base}${apiPath}/orgs/${organization.login}`;
  return {
    login: organization.login,
    id: account.id,
    node_id: nodeId('Organization', account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${base}/-/avatar/${organization.login}.svg`,
    description: organization.description,
  };
}

export function renderFullOrganization(rendering: Rendering, organization: OrganizationRecord): Json {
  const account = accountOf(rendering.view, organization.login);
  return {
    ...renderOrganization(rendering, organization),
    name: account.name,
    blog: `${rendering.base}/${organization.login}`,
    email: account.email,
    has_organization_projects: false,
    has_repository_projects: false,
    public_repos: rendering.view.list(tables.repositories, organization.login.toLowerCase()).filter((repository) => !repository.isPrivate).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `${rendering.base}/${organization.login}`,
    type: 'Organization',
    default_repository_permission: organization.defaultPermission,
    members_can_create_repositories: true,
    created_at: time(account.createdAt),
    updated_at: time(account.createdAt),
    archived_at: null,
  };
}

export function renderTeam(rendering: Rendering, team: TeamRecord, permission = 'pull'): Json {
  const account = accountOf(rendering.view, team.org);
  const url = `${rendering.base}${apiPath}/organizations/${account.id}/team/${team.id}`;
  const parent = team.parentId === null ? undefined : rendering.view.get(tables.teams, tables.padded(team.parentId));
  return {
    id: team.id,
    node_id: nodeId('Team', team.id),
    name: team.name,
    slug: team.slug,
    description: team.description,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission,
    type: 'organization',
    url,
    html_url: `${rendering.base}/orgs/${team.org}/teams/${team.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: parent === undefined ? null : renderParent(rendering, parent),
  };
}

function renderParent(rendering: Rendering, team: TeamRecord): Json {
  const rendered: Json = { ...renderTeam(rendering, { ...team, parentId: null }) };
  delete rendered['parent'];
  return rendered;
}

export function renderFullTeam(rendering: Rendering, team: TeamRecord): Json {
  const organization = rendering.view.get(tables.organizations, team.org.toLowerCase());
  const account = accountOf(rendering.view, team.org);
  return {
    ...renderTeam(rendering, team),
    created_at: time(account.createdAt),
    updated_at: time(account.createdAt),
    members_count: membersOfTeam(rendering.view, team).size,
    repos_count: Object.keys(team.repositories).length,
    organization: organization === undefined ? {} : renderFullOrganization(rendering, organization),
  };
}
