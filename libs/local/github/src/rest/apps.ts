import { ApiError, notFound } from '../api-error.ts';
import { appBotLogin, makeInstallationToken } from '../ops/apps.ts';
import { renderUser } from '../render/accounts.ts';
import { apiPath, nodeId, time, type Json } from '../render/rendering.ts';
import { renderRepository } from '../render/repositories.ts';
import { accountOf, repositoryById } from '../state/queries.ts';
import type { AppRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { json, noContent, type ApiRequest, type Reply } from './api-request.ts';
import type { RouteTable } from './router.ts';

const permissions = { actions: 'write', administration: 'read', checks: 'write', contents: 'write', issues: 'write', members: 'read', metadata: 'read', pull_requests: 'write', statuses: 'write' };

/** What a GitHub App asks in its own name (with a token it signs itself) or as one of its installations. */
export const appRoutes: RouteTable = {
  'GET /app': (request) => json(renderApp(request, appOf(request))),
  'GET /app/installations': (request) => {
    const app = appOf(request);
    return request.paged(Object.entries(app.installations), ([login, id]) => renderInstallation(request, app, login, id));
  },
  'GET /app/installations/{installation_id}': (request) => {
    const app = appOf(request);
    const [login, id] = installationOf(request, app);
    return json(renderInstallation(request, app, login, id));
  },
  'POST /app/installations/{installation_id}/access_tokens': async (request) => {
    const app = appOf(request);
    const [owner] = installationOf(request, app);
    const { token, expiresAt } = await makeInstallationToken(request.forge, app, owner);
    return json({ token, expires_at: time(expiresAt), permissions, repository_selection: 'all' }, 201);
  },
  'GET /orgs/{org}/installation': (request) => installedAt(request, request.param('org')),
  'GET /users/{username}/installation': (request) => installedAt(request, request.param('username')),
  'GET /repos/{owner}/{repo}/installation': (request) => installedAt(request, request.param('owner')),
  'GET /installation/repositories': (request) => {
    const { actor, forge } = request;
    const app = forge.database.all(tables.apps).find((each) => appBotLogin(each) === actor.login);
    if (app === undefined) throw new ApiError(403, 'You must authenticate with an installation access token in order to list repositories for an installation.');
    const found = Object.keys(app.installations).flatMap((login) => forge.database.list(tables.repositories, login));
    const { from, to } = request.page;
    return { ...json({ total_count: found.length, repositories: found.slice(from, to).map((each) => renderRepository(request.rendering, repositoryById(forge.database, each.id) ?? each)) }), headers: request.links(found.length) };
  },
  'DELETE /installation/token': async (request) => {
    const { token } = request;
    const record = token === undefined ? undefined : request.forge.database.get(tables.tokens, token);
    if (record === undefined || record.expiresAt === undefined) throw notFound();
    await request.forge.database.change((change) => change.delete(tables.tokens, record));
    return noContent;
  },
};

export function appOf(request: ApiRequest): AppRecord {
  if (request.app === undefined) throw new ApiError(401, 'A JSON web token could not be decoded');
  return request.app;
}

function installationOf(request: ApiRequest, app: AppRecord): [login: string, id: number] {
  const id = request.numberParam('installation_id');
  const found = Object.entries(app.installations).find(([, each]) => each === id);
  if (found === undefined) throw notFound();
  return found;
}

function installedAt(request: ApiRequest, login: string): Reply {
  const app = appOf(request);
  const found = Object.entries(app.installations).find(([each]) => each === login.toLowerCase());
  if (found === undefined) throw notFound();
  return json(renderInstallation(request, app, found[0], found[1]));
}

function renderApp({ rendering }: ApiRequest, app: AppRecord): Json {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('App', app.id),
    owner: renderUser(rendering, appBotLogin(app)),
    name: app.name,
    description: null,
    external_url: rendering.base,
    html_url: `${rendering.base}/apps/${app.slug}`,
    created_at: time(app.createdAt),
    updated_at: time(app.createdAt),
    permissions,
    events: ['*'],
    installations_count: Object.keys(app.installations).length,
  };
}

function renderInstallation({ rendering, forge }: ApiRequest, app: AppRecord, login: string, id: number): Json {
  const account = accountOf(forge.database, login);
  const url = `${rendering.base}${apiPath}/app/installations/${id}`;
  return {
    id,
    account: renderUser(rendering, account.login),
    repository_selection: 'all',
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${rendering.base}${apiPath}/installation/repositories`,
    html_url: `${rendering.base}/apps/${app.slug}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions,
    events: ['*'],
    created_at: time(app.createdAt),
    updated_at: time(app.createdAt),
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}
