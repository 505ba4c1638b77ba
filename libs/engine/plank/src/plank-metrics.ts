// plank's metrics, under upstream's names where it has them. upstream: pkg/kube/metrics.go
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { ProwJob } from '@prow/model-prowjob';

const jobLabels = ['job_namespace', 'job_name', 'type', 'state', 'org', 'repo', 'base_ref', 'cluster', 'retest'] as const;
const transitionLabels = ['job_namespace', 'job_name', 'type', 'last_state', 'state', 'org', 'repo', 'base_ref', 'cluster', 'retest'] as const;
/** Seconds; jobs take from moments to a day. */
const transitionBuckets = [1, 5, 15, 30, 60, 150, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400];

export class PlankMetrics {
  readonly #prowJobs: Gauge<(typeof jobLabels)[number]>;
  readonly #transitions: Histogram<(typeof transitionLabels)[number]>;
  readonly #looks: Histogram;
  readonly #clusters: Gauge<'cluster'>;

  /** @param snapshot the jobs that are known when the metrics are read */
  constructor(registry: Registry, snapshot: { prowJobs: () => Iterable<ProwJob>; waiting: () => number; clusters: () => Iterable<readonly [alias: string, isReady: boolean]> }) {
    const registers = [registry];
    this.#prowJobs = new Gauge({
      name: 'prowjobs',
      help: 'Number of prowjobs in the system.',
      labelNames: jobLabels,
      registers,
      collect: () => this.#collectJobs(snapshot.prowJobs()),
    });
    this.#transitions = new Histogram({ name: 'prowjob_state_transitions', help: 'Seconds a job was in its last state.', labelNames: transitionLabels, buckets: transitionBuckets, registers });
    this.#looks = new Histogram({ name: 'plank_reconcile_duration_seconds', help: 'Seconds taken by one look at one job.', buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60], registers });
    this.#clusters = new Gauge({
      name: 'plank_build_cluster_ready',
      help: '1 while the build cluster answers, 0 while it does not.',
      labelNames: ['cluster'],
      registers,
      collect: () => {
        this.#clusters.reset();
        for (const [cluster, isReady] of snapshot.clusters()) this.#clusters.set({ cluster }, isReady ? 1 : 0);
      },
    });
    new Gauge({ name: 'plank_waiting_prowjobs', help: 'Jobs that wait for a free slot.', registers, collect() { this.set(snapshot.waiting()); } });
  }

  observeLook(durationMs: number): void {
    this.#looks.observe(durationMs / 1000);
  }

  /** A job went from one state to another. */
  countTransition(previous: ProwJob, current: ProwJob, nowMs: number): void {
    const [last, state] = [previous.status.state ?? '', current.status.state ?? ''];
    if (last === state) return;
    const sinceMs = Date.parse((last === 'pending' ? previous.status.pendingTime : undefined) ?? previous.status.startTime ?? '');
    this.#transitions.observe({ ...labelsOf(current), last_state: last }, Number.isNaN(sinceMs) ? 0 : Math.max(0, nowMs - sinceMs) / 1000);
  }

  #collectJobs(prowJobs: Iterable<ProwJob>): void {
    this.#prowJobs.reset();
    for (const prowJob of prowJobs) this.#prowJobs.inc(labelsOf(prowJob));
  }
}

function labelsOf(prowJob: ProwJob): Record<(typeof jobLabels)[number], string> {
  const refs = prowJob.spec.refs ?? prowJob.spec.extra_refs?.[0];
  return {
    job_namespace: prowJob.metadata.namespace ?? '',
    job_name: prowJob.spec.job,
    type: prowJob.spec.type,
    state: prowJob.status.state ?? '',
    org: refs?.org ?? '',
    repo: refs?.repo ?? '',
    base_ref: refs?.base_ref ?? '',
    cluster: prowJob.spec.cluster ?? '',
    retest: String(prowJob.metadata.labels?.['prow.k8s.io/retest'] === 'true'),
  };
}
