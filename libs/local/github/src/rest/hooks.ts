import { ApiError, invalid, notFound } from '../api-error.ts';
import { newDelivery, type DeliveryRecord } from '../hooks/deliveries.ts';
import { apiPath, repositoryApi, time, type Json } from '../render/rendering.ts';
import { repositoryById } from '../state/queries.ts';
import type { HookRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { json, noContent, oneOf, type ApiRequest, type Body, type Reply } from './api-request.ts';
import { appOf } from './apps.ts';
import { organizationFor } from './people.ts';
import type { RouteTable } from './router.ts';

export const hookRoutes: RouteTable = {
  ...appHookRoutes(),
  ...routesFor('/repos/{owner}/{repo}/hooks'),
  ...routesFor('/orgs/{org}/hooks'),
};

interface Owner {
  org: string | null;
  repoId: number | null;
  group: string;
}

/** Whose webhooks the path is about; only for their administrators. */
function ownerOf(request: ApiRequest): Owner {
  if (request.params['org'] !== undefined) {
    const { login } = organizationFor(request);
    return { org: login, repoId: null, group: `org/${login.toLowerCase()}` };
  }
  const { id } = request.repositoryFor('admin');
  return { org: null, repoId: id, group: `repo/${id}` };
}

function hookOf(request: ApiRequest): HookRecord {
  const owner = ownerOf(request);
  const hook = request.forge.database.get(tables.hooks, tables.padded(request.numberParam('hook_id')));
  if (hook === undefined || tables.hooks.groupOf(hook) !== owner.group) throw notFound();
  return hook;
}

function routesFor(path: string): RouteTable {
  const one = `${path}/{hook_id}`;
  return {
    [`GET ${path}`]: (request) => request.paged(request.forge.database.list(tables.hooks, ownerOf(request).group), (hook) => renderHook(request, hook)),
    [`POST ${path}`]: async (request) => {
      const owner = ownerOf(request);
      const config = request.body.optionalObject('config');
      const now = request.forge.clock.now();
      const settings = settingsIn(config, undefined);
      if (request.forge.database.list(tables.hooks, owner.group).some((hook) => hook.url === settings.url)) throw new ApiError(422, 'Validation Failed', [{ resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' }]);
      const hook = await request.forge.database.change((change) =>
        change.put(tables.hooks, { id: change.nextId(), org: owner.org, repoId: owner.repoId, ...settings, events: request.body.optionalStrings('events') ?? ['push'], isActive: request.body.optionalBoolean('active') ?? true, createdAt: now, updatedAt: now }),
      );
      await ping(request, hook);
      return json(renderHook(request, hook), 201);
    },
    [`GET ${one}`]: (request) => json(renderHook(request, hookOf(request))),
    [`PATCH ${one}`]: async (request) => {
      const hook = hookOf(request);
      const changed = {
        ...hook,
        ...settingsIn(request.body.optionalObject('config'), hook),
        events: request.body.optionalStrings('events') ?? hook.events,
        isActive: request.body.optionalBoolean('active') ?? hook.isActive,
        updatedAt: request.forge.clock.now(),
      };
      await request.forge.database.change((change) => change.put(tables.hooks, changed));
      return json(renderHook(request, changed));
    },
    [`DELETE ${one}`]: async (request) => {
      const hook = hookOf(request);
      await request.forge.database.change((change) => change.delete(tables.hooks, hook));
      return noContent;
    },
    [`POST ${one}/pings`]: async (request) => {
      await ping(request, hookOf(request));
      return noContent;
    },
    ...deliveryRoutes(one, hookOf),
  };
}

function deliveryRoutes(one: string, find: (request: ApiRequest) => HookRecord): RouteTable {
  return {
    [`GET ${one}/deliveries`]: (request) => deliveries(request, find(request)),
    [`GET ${one}/deliveries/{delivery_id}`]: (request) => {
      const hook = find(request);
      const delivery = deliveryOf(request, hook);
      const payload = request.forge.deliverer.payload(delivery.id);
      return json({
        ...renderDelivery(delivery),
        url: hook.url,
        request: { headers: delivery.requestHeaders, payload: payload === undefined ? null : (JSON.parse(payload) as Json) },
        response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
      });
    },
    [`POST ${one}/deliveries/{delivery_id}/attempts`]: async (request) => {
      const hook = find(request);
      await redeliver(request, hook, deliveryOf(request, hook));
      return json({}, 202);
    },
  };
}

/** An App has one webhook, and asks for it in its own name. */
function appHookRoutes(): RouteTable {
  const find = (request: ApiRequest): HookRecord => {
    const hook = request.forge.database.list(tables.hooks, `app/${appOf(request).id}`)[0];
    if (hook === undefined) throw notFound();
    return hook;
  };
  return {
    'GET /app/hook/config': (request) => json(renderConfig(find(request))),
    'PATCH /app/hook/config': async (request) => {
      const hook = find(request);
      const changed = { ...hook, ...settingsIn(request.body, hook), updatedAt: request.forge.clock.now() };
      await request.forge.database.change((change) => change.put(tables.hooks, changed));
      return json(renderConfig(changed));
    },
    ...deliveryRoutes('/app/hook', find),
  };
}

function settingsIn(config: Body | undefined, previous: HookRecord | undefined): Pick<HookRecord, 'url' | 'secret' | 'contentType'> {
  const url = config?.optionalString('url') ?? previous?.url;
  if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url)) throw invalid('Hook', 'url', 'url must be an http or https address', 'invalid');
  const contentType = config?.optionalString('content_type') ?? previous?.contentType ?? 'form';
  return { url, secret: config?.optionalString('secret') ?? previous?.secret ?? '', contentType: oneOf('Hook', 'content_type', contentType, ['json', 'form']) };
}

function renderHook(request: ApiRequest, hook: HookRecord): Json {
  const repository = repositoryById(request.forge.database, hook.repoId);
  const owner = repository === undefined ? `${request.rendering.base}${apiPath}/orgs/${hook.org}` : repositoryApi(request.rendering, repository);
  const url = `${owner}/hooks/${hook.id}`;
  const last = request.forge.deliverer.list(hook.id, { limit: 1 })[0];
  return {
    type: repository === undefined ? 'Organization' : 'Repository',
    id: hook.id,
    name: 'web',
    active: hook.isActive,
    events: hook.events,
    config: renderConfig(hook),
    updated_at: time(hook.updatedAt),
    created_at: time(hook.createdAt),
    url,
    test_url: `${url}/tests`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: { code: last === undefined || last.statusCode === 0 ? null : last.statusCode, status: last === undefined ? 'unused' : last.status === 'OK' ? 'active' : last.status, message: null },
  };
}

function renderConfig({ contentType, url, secret }: HookRecord): Json {
  return { content_type: contentType, insecure_ssl: '0', url, ...(secret === '' ? {} : { secret: '********' }) };
}

function renderDelivery(delivery: DeliveryRecord): Json {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: time(delivery.deliveredAt ?? delivery.createdAt),
    redelivery: delivery.isRedelivery,
    duration: delivery.durationMs / 1000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: null,
    repository_id: delivery.repoId,
    throttled_at: null,
  };
}

function deliveryOf(request: ApiRequest, hook: HookRecord): DeliveryRecord {
  const delivery = request.forge.deliverer.read(hook.id, request.numberParam('delivery_id'));
  if (delivery === undefined) throw notFound();
  return delivery;
}

/** Pages by cursor, as GitHub does here: the link names the next one. */
function deliveries(request: ApiRequest, hook: HookRecord): Reply {
  const { perPage } = request.page;
  const cursor = request.query.get('cursor');
  const before = cursor === null || !/^\d{1,15}$/.test(cursor) ? undefined : Number(cursor);
  const found = request.forge.deliverer.list(hook.id, { limit: perPage + 1, ...(before === undefined ? {} : { before }) });
  const shown = found.slice(0, perPage);
  const last = shown.at(-1);
  const query = new URLSearchParams(request.query);
  if (last !== undefined) query.set('cursor', String(last.id));
  return { ...json(shown.map((delivery) => renderDelivery(delivery))), headers: found.length > perPage ? { link: `<${request.url}?${query.toString()}>; rel="next"` } : {} };
}

async function ping(request: ApiRequest, hook: HookRecord): Promise<void> {
  const payload = JSON.stringify({ zen: 'Keep it logically awesome.', hook_id: hook.id, hook: renderHook(request, hook) });
  await request.forge.database.change((change) => {
    const delivery = newDelivery(change, { hook, guid: crypto.randomUUID(), event: 'ping', action: null, repoId: hook.repoId, payload, isRedelivery: false, now: request.forge.clock.now() });
    change.afterwards(() => request.forge.deliverer.enqueue(delivery));
  });
}

async function redeliver(request: ApiRequest, hook: HookRecord, { id, guid, event, action, repoId }: DeliveryRecord): Promise<void> {
  const payload = request.forge.deliverer.payload(id) ?? '{}';
  await request.forge.database.change((change) => {
    const delivery = newDelivery(change, { hook, guid, event, action, repoId, payload, isRedelivery: true, now: request.forge.clock.now() });
    change.afterwards(() => request.forge.deliverer.enqueue(delivery));
  });
}
