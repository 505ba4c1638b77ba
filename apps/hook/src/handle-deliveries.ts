import type { Clock } from '@prow/base-time';
import type { Delivery, DeliveryHandlers, DeliveryRecord } from '@prow/engine-inbox';
import { callExternalPlugin, externalPluginsWanting, externalPrefix, type EventRunner, type EventSession } from '@prow/engine-plugins';
import { type GitHubEvent, parseEvent } from '@prow/model-github-events';
import type { PluginConfig } from '@prow/model-plugin-config';

export interface HandleDeliveriesOptions {
  readonly runner: EventRunner;
  readonly plugins: () => PluginConfig;
  readonly isHandled: (repository: { org: string; repo: string }) => boolean;
  readonly clock: Clock;
}

/** After this, what a payload tells of its pull request is asked again. */
const lateAfterMs = 60_000;

/** Joins the inbox, which knows deliveries, with the plugins, which know events. */
export function handleDeliveries({ runner, plugins, isHandled, clock }: HandleDeliveriesOptions): DeliveryHandlers {
  const events = new WeakMap<Delivery, GitHubEvent>();
  const sessions = new WeakMap<Delivery, { session: EventSession; attempt: number }>();

  const eventOf = (delivery: Delivery): GitHubEvent => {
    const known = events.get(delivery);
    if (known !== undefined) return known;
    const { eventType, guid } = delivery.record;
    const event = parseEvent({ eventType, guid, payload: delivery.payload() });
    events.set(delivery, event);
    return event;
  };

  /** Shared by the handlers of one attempt: another attempt looks anew. */
  const sessionOf = (delivery: Delivery, attempt: number): EventSession => {
    const known = sessions.get(delivery);
    if (known !== undefined && known.attempt >= attempt) return known.session;
    const session = runner.openSession(eventOf(delivery), { isLate: isLate(delivery.record, clock.now()) });
    sessions.set(delivery, { session, attempt });
    return session;
  };

  return {
    plan: (delivery) => {
      const event = eventOf(delivery);
      if (event.repository === undefined) return { handlers: [], note: 'not about a repository' };
      if (!isHandled(event.repository)) return { handlers: [], note: 'events of this repository are switched off by flags' };
      const external = externalPluginsWanting(plugins(), event).map(({ name }) => `${externalPrefix}${name ?? ''}`);
      const handlers = [...runner.pluginsWanting(event), ...external];
      return handlers.length === 0 ? { handlers, note: 'no plugin of this repository wants it' } : { handlers };
    },
    handle: async (delivery, run) => {
      if (run.handler.startsWith(externalPrefix)) {
        const plugin = externalPluginsWanting(plugins(), eventOf(delivery)).find(({ name }) => `${externalPrefix}${name ?? ''}` === run.handler);
        if (plugin === undefined) return run.decide({ reason: 'no longer configured' });
        const { status } = await callExternalPlugin({ plugin, body: delivery.body(), headers: delivery.record.headers, signal: run.signal });
        return run.decide({ reason: 'handed over', fields: { endpoint: plugin.endpoint, status } });
      }
      const areOthersPending = (): boolean =>
        Object.entries(delivery.record.handlers).some(([name, { state, error, nextAttemptAt }]) => name !== run.handler && state === 'waiting' && error === undefined && nextAttemptAt === undefined);
      return runner.run(sessionOf(delivery, run.attempt), { ...run, plugin: run.handler, guid: delivery.record.guid, areOthersPending });
    },
  };
}

function isLate(record: DeliveryRecord, nowMs: number): boolean {
  return record.source === 'recovery' || (record.replays ?? []).length > 0 || nowMs - record.receivedAt > lateAfterMs;
}
