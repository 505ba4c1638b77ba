import type { HookOwner, Hooks } from '../roles/hooks.ts';
import type { Hook, HookDelivery, HookDeliveryDetail } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';

/** Webhooks of an App, an organisation and a repository differ in their path only. */
function placeOf({ org, repo, hookId }: HookOwner & { hookId?: number | undefined }): { path: string; parameters: Record<string, unknown> } {
  const hook = hookId === undefined ? '' : '/{hook_id}';
  const id = hookId === undefined ? {} : { hook_id: hookId };
  if (org === undefined) return { path: '/app/hook', parameters: {} };
  if (repo === undefined) return { path: `/orgs/{org}/hooks${hook}`, parameters: { org, ...id } };
  return { path: `/repos/{owner}/{repo}/hooks${hook}`, parameters: { owner: org, repo, ...id } };
}

export function hooks(ask: Asker): Hooks {
  return {
    listHooks: (owner) => {
      const { path, parameters } = placeOf(owner);
      return ask.list<Hook>(`GET ${path}`, parameters);
    },
    createHook: ({ url, secret, events, ...owner }) => {
      const { path, parameters } = placeOf(owner);
      const config = { url, secret, content_type: 'json', insecure_ssl: '0' };
      return ask.write<Hook>(`POST ${path}`, { ...parameters, name: 'web', active: true, events, config }, { dryRun: { id: 0, active: true, events: [...events], config } });
    },
    updateHook: ({ url, secret, events, active, ...owner }) => {
      const { path, parameters } = placeOf(owner);
      const config = url === undefined && secret === undefined ? {} : { config: { ...(url === undefined ? {} : { url }), ...(secret === undefined ? {} : { secret }), content_type: 'json' } };
      const change = { ...config, ...(events === undefined ? {} : { events }), ...(active === undefined ? {} : { active }) };
      const dryRun = { id: owner.hookId, active: active ?? true, events: [...(events ?? [])], config: {} };
      return ask.write<Hook>(`PATCH ${path}`, { ...parameters, ...change }, { repeatable: true, dryRun });
    },
    deleteHook: (owner) => {
      const { path, parameters } = placeOf(owner);
      return ask.remove(`DELETE ${path}`, parameters);
    },
    listDeliveries: async ({ since, ...owner }) => {
      const { path, parameters } = placeOf(owner);
      const until = (page: HookDelivery[]): boolean => page.some((delivery) => delivery.delivered_at < since);
      const found = await ask.list<HookDelivery>(`GET ${path}/deliveries`, parameters, { until });
      return found.filter((delivery) => delivery.delivered_at >= since);
    },
    getDelivery: ({ deliveryId, ...owner }) => {
      const { path, parameters } = placeOf(owner);
      return ask.get<HookDeliveryDetail>(`GET ${path}/deliveries/{delivery_id}`, { ...parameters, delivery_id: deliveryId });
    },
    redeliver: async ({ deliveryId, ...owner }) => {
      const { path, parameters } = placeOf(owner);
      await ask.write(`POST ${path}/deliveries/{delivery_id}/attempts`, { ...parameters, delivery_id: deliveryId }, { repeatable: true, dryRun: undefined });
    },
  };
}
