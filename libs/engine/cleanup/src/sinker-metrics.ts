// sinker's metrics, under upstream's names. upstream: cmd/sinker/main.go
import { Counter, Gauge, type Registry } from 'prom-client';
import type { CleanupResult } from './sinker.ts';

export class SinkerMetrics {
  readonly #podsExisting: Gauge;
  readonly #podsRemoved: Counter<'reason'>;
  readonly #prowJobsExisting: Gauge;
  readonly #prowJobsCleaned: Counter<'reason'>;
  readonly #failures: Gauge;
  readonly #seconds: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#podsExisting = new Gauge({ name: 'sinker_pods_existing', help: 'Number of the existing pods in each sinker cleaning.', registers });
    this.#podsRemoved = new Counter({ name: 'sinker_pods_removed', help: 'Number of pods removed by reason.', labelNames: ['reason'], registers });
    this.#prowJobsExisting = new Gauge({ name: 'sinker_prow_jobs_existing', help: 'Number of the existing prow jobs in each sinker cleaning.', registers });
    this.#prowJobsCleaned = new Counter({ name: 'sinker_prow_jobs_cleaned', help: 'Number of prow jobs cleaned by reason.', labelNames: ['reason'], registers });
    this.#failures = new Gauge({ name: 'sinker_removal_errors', help: 'Removals and lists that failed in the last cleaning.', registers });
    this.#seconds = new Gauge({ name: 'sinker_loop_duration_seconds', help: 'Time used in each cleaning.', registers });
  }

  observeRound(result: CleanupResult, durationMs: number): void {
    this.#podsExisting.set(result.podsSeen);
    this.#prowJobsExisting.set(result.prowJobsSeen);
    this.#failures.set(result.failures);
    this.#seconds.set(durationMs / 1000);
  }

  countPod(reason: string): void {
    this.#podsRemoved.inc({ reason });
  }

  countProwJob(reason: string): void {
    this.#prowJobsCleaned.inc({ reason });
  }
}
