import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Metrics under upstream's names (pkg/hook/server.go, pkg/plugins/plugins.go), and a few of the inbox. */
export interface HookMetrics {
  readonly webhooks: Counter<'event_type'>;
  readonly answers: Counter<'response_code'>;
  readonly handleSeconds: Histogram<'event_type' | 'action' | 'plugin' | 'took_action'>;
  readonly handleErrors: Counter<'event_type' | 'action' | 'plugin' | 'took_action'>;
  readonly givenUp: Counter<'handler'>;
}

export function createHookMetrics(registry: Registry, { depth }: { depth: () => number }): HookMetrics {
  const registers = [registry];
  const labelNames = ['event_type', 'action', 'plugin', 'took_action'] as const;
  new Gauge({ name: 'prow_hook_inbox_unfinished', help: 'Deliveries not finished yet.', registers, collect() { this.set(depth()); } });
  return {
    webhooks: new Counter({ name: 'prow_webhook_counter', help: 'Webhooks taken in, by type of event.', labelNames: ['event_type'], registers }),
    answers: new Counter({ name: 'prow_webhook_response_codes', help: 'Answers to webhook calls, by HTTP status.', labelNames: ['response_code'], registers }),
    handleSeconds: new Histogram({
      name: 'prow_plugin_handle_duration_seconds',
      help: 'How long plugins took, in seconds.',
      labelNames,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 160, 320, 640],
      registers,
    }),
    handleErrors: new Counter({ name: 'prow_plugin_handle_errors', help: 'Runs of plugins that failed.', labelNames, registers }),
    givenUp: new Counter({ name: 'prow_hook_handlers_given_up', help: 'Handlers given up after repeated failures; their deliveries wait for replay.', labelNames: ['handler'], registers }),
  };
}
