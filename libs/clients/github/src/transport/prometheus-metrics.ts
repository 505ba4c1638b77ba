import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestMetrics } from './metrics.ts';

/** Counts every attempt in an app's registry, under upstream's names. upstream: pkg/ghmetrics */
export function prometheusMetrics(registry: Registry): RequestMetrics {
  const duration = new Histogram({
    name: 'github_request_duration',
    help: 'Seconds one attempt took, by route and status (304: nothing had changed, free of charge)',
    labelNames: ['path', 'status'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  });
  const cached = new Counter({ name: 'github_requests_from_cache', help: 'Answers that had not changed', labelNames: ['path'], registers: [registry] });
  const usage = new Gauge({ name: 'github_token_usage', help: 'Requests left in the present window', labelNames: ['ratelimit_resource'], registers: [registry] });
  const reset = new Gauge({ name: 'github_token_reset', help: 'Unix seconds at which the window ends', labelNames: ['ratelimit_resource'], registers: [registry] });
  return {
    onRequest: ({ route, outcome, durationMs, fromCache }) => {
      // GraphQL's route is a whole address; others are templates already.
      const path = route.startsWith('POST http') ? 'POST /graphql' : route;
      duration.observe({ path, status: outcome }, durationMs / 1000);
      if (fromCache) cached.inc({ path });
    },
    onBudget: ({ resource, remaining, resetsAt }) => {
      usage.set({ ratelimit_resource: resource }, remaining);
      reset.set({ ratelimit_resource: resource }, resetsAt / 1000);
    },
  };
}
