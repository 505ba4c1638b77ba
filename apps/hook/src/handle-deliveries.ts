import type { Clock } from '@prow/base-time';
import { traceparentOf, type SpanDescription, type Tracing } from '@prow/base-tracing';
import type { Delivery, DeliveryHandlers, DeliveryRecord } from '@prow/engine-inbox';
import { callExternalPlugin, externalPluginsWanting, externalPrefix, type EventRunner, type EventSession } from '@prow/engine-plugins';
import type { PluginConfig } from '@prow/model-plugin-config';

export interface HandleDeliveriesOptions {
  readonly runner: EventRunner;
  readonly plugins: () => PluginConfig;
  readonly isHandled: (repository: { org: string; repo: string }) => boolean;
  readonly clock: Clock;
  readonly tracing: Tracing;
}

/** After this, what a payload tells of its pull request is asked again. */
const lateAfterMs = 60_000;

/** Joins the inbox, which knows deliveries, with the plugins, which know events. */
export function handleDeliveries({ runner, plugins, isHandled, clock, tracing }: HandleDeliveriesOptions): DeliveryHandlers {
  const sessions = new WeakMap<Delivery, { session: EventSession; attempt: number }>();

  /** Shared by the handlers of one attempt: another attempt looks anew. */
  const sessionOf = (delivery: Delivery, attempt: number): EventSession => {
    const known = sessions.get(delivery);
    if (known !== undefined && known.attempt >= attempt) return known.session;
    const session = runner.openSession(delivery.event(), { isLate: isLate(delivery.record, clock.now()) });
    sessions.set(delivery, { session, attempt });
    return session;
  };

  const traceDelivery = ({ guid, eventType, source, receivedAt }: DeliveryRecord): void =>
    tracing.record({ name: 'hook delivery', traceparent: traceparentOf(guid), kind: 'server', attributes: { 'github.delivery': guid, 'github.event': eventType, source }, startedAtMs: receivedAt, endedAtMs: clock.now() });

  return {
    plan: (delivery) => {
      const event = delivery.event();
      traceDelivery(delivery.record);
      if (event.repository === undefined) return { handlers: [], note: 'not about a repository' };
      if (!isHandled(event.repository)) return { handlers: [], note: 'events of this repository are switched off by flags' };
      const external = externalPluginsWanting(plugins(), event).map(({ name }) => `${externalPrefix}${name ?? ''}`);
      const handlers = [...runner.pluginsWanting(event), ...external];
      return handlers.length === 0 ? { handlers, note: 'no plugin of this repository wants it' } : { handlers };
    },
    handle: async (delivery, run) => tracing.span(pluginSpan(delivery.record, run), async () => {
      if (run.handler.startsWith(externalPrefix)) {
        const plugin = externalPluginsWanting(plugins(), delivery.event()).find(({ name }) => `${externalPrefix}${name ?? ''}` === run.handler);
        if (plugin === undefined) return run.decide({ reason: 'no longer configured' });
        const { status } = await callExternalPlugin({ plugin, body: delivery.body(), headers: delivery.record.headers, signal: run.signal });
        return run.decide({ reason: 'handed over', fields: { endpoint: plugin.endpoint, status } });
      }
      const areOthersPending = (): boolean =>
        Object.entries(delivery.record.handlers).some(([name, { state, error, nextAttemptAt }]) => name !== run.handler && state === 'waiting' && error === undefined && nextAttemptAt === undefined);
      const session = sessionOf(delivery, run.attempt);
      try {
        return await runner.run(session, { ...run, plugin: run.handler, guid: delivery.record.guid, areOthersPending });
      } catch (error) {
        // What waits to be run again keeps nothing in memory.
        if (sessions.get(delivery)?.session === session) sessions.delete(delivery);
        throw error;
      }
    }),
  };
}

/** All that a delivery causes lies in the trace that bears its GUID. */
function pluginSpan({ guid, eventType }: DeliveryRecord, { handler, attempt }: { handler: string; attempt: number }): SpanDescription {
  return { name: 'hook plugin', parent: traceparentOf(guid), kind: 'consumer', attributes: { plugin: handler, attempt, 'github.event': eventType } };
}

function isLate(record: DeliveryRecord, nowMs: number): boolean {
  return record.source === 'recovery' || (record.replays ?? []).length > 0 || nowMs - record.receivedAt > lateAfterMs;
}
