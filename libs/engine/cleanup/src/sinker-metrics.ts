// sinker's metrics, under upstream's names: each tells of the last cleaning. upstream: cmd/sinker/main.go
import { Gauge, type Registry } from 'prom-client';
import type { CleanupResult } from './sinker.ts';

/** What is counted by reason: the reason of a removal, or the API server's for a failure. */
export type Tally = 'podsRemoved' | 'podErrors' | 'prowJobsCleaned' | 'prowJobErrors';

export class SinkerMetrics {
  readonly #podsExisting: Gauge;
  readonly #prowJobsExisting: Gauge;
  readonly #seconds: Gauge;
  readonly #byReason: Readonly<Record<Tally, Gauge<'reason'>>>;
  /** Of the cleaning that goes on: shown when it is over. */
  #counts = new Map<Tally, Map<string, number>>();

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['reason'] as const;
    this.#podsExisting = new Gauge({ name: 'sinker_pods_existing', help: 'Number of the existing pods in each sinker cleaning.', registers });
    this.#prowJobsExisting = new Gauge({ name: 'sinker_prow_jobs_existing', help: 'Number of the existing prow jobs in each sinker cleaning.', registers });
    this.#seconds = new Gauge({ name: 'sinker_loop_duration_seconds', help: 'Time used in each cleaning.', registers });
    this.#byReason = {
      podsRemoved: new Gauge({ name: 'sinker_pods_removed', help: 'Pods removed in the last cleaning, by reason.', labelNames, registers }),
      podErrors: new Gauge({ name: 'sinker_pod_removal_errors', help: 'Lists and removals of pods that failed in the last cleaning, by reason.', labelNames, registers }),
      prowJobsCleaned: new Gauge({ name: 'sinker_prow_jobs_cleaned', help: 'ProwJobs removed in the last cleaning, by reason.', labelNames, registers }),
      prowJobErrors: new Gauge({ name: 'sinker_prow_jobs_cleaning_errors', help: 'Removals of ProwJobs that failed in the last cleaning, by reason.', labelNames, registers }),
    };
  }

  beginRound(): void {
    this.#counts = new Map();
  }

  count(tally: Tally, reason: string): void {
    const counts = this.#counts.get(tally) ?? new Map<string, number>();
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    this.#counts.set(tally, counts);
  }

  endRound(result: CleanupResult, durationMs: number): void {
    this.#podsExisting.set(result.podsSeen);
    this.#prowJobsExisting.set(result.prowJobsSeen);
    this.#seconds.set(durationMs / 1000);
    for (const [tally, gauge] of Object.entries(this.#byReason)) {
      gauge.reset();
      for (const [reason, count] of this.#counts.get(tally as Tally) ?? []) gauge.set({ reason }, count);
    }
  }
}
