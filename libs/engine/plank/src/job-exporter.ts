// What dashboards ask of jobs rather than of components. upstream: cmd/exporter/collector.go, pkg/metrics/prowjobs/prowjobs.go
import { Gauge, Histogram, type Registry } from 'prom-client';
import { tryParseTime } from '@prow/model-kube-types';
import { buildIdLabel, createdByProwLabel, idLabel, isComplete, jobLabel, orgLabel, pullLabel, repoLabel, traceparentAnnotation, typeLabel, type ProwJob } from '@prow/model-prowjob';
import { awaitedBuildIdAnnotation } from './attempt.ts';

/** Labels that every job has, or that differ at every run. */
const unshownLabels: ReadonlySet<string> = new Set([createdByProwLabel, typeLabel, idLabel, buildIdLabel, jobLabel, orgLabel, repoLabel, pullLabel]);
/** Annotations that upstream does not have and that differ at every run: each would make a new series. */
const unshownAnnotations: ReadonlySet<string> = new Set([traceparentAnnotation, awaitedBuildIdAnnotation, 'prow.k8s.io/cron-fire-time']);
/** An annotation may have 256 KiB; a value in a series has at most this many characters. */
const maxValueLength = 1024;
const minute = 60;
const hour = 60 * minute;
/** Seconds. */
const runtimeBuckets = [0.5 * minute, minute, 2 * minute, 5 * minute, 10 * minute, 0.5 * hour, ...Array.from({ length: 10 }, (_, index) => (index + 1) * hour)];
const runtimeLabels = ['job_namespace', 'job_name', 'type', 'last_state', 'state', 'org', 'repo', 'base_ref'] as const;

type Labels = Record<string, string>;
type GaugeValues = Awaited<ReturnType<Gauge['get']>>;

/**
 * `prow_job_labels` and `prow_job_annotations`: one series for each job's name, from its newest run; read anew at every
 * scrape. `prow_job_runtime_seconds`: triggered → pending → end, from the times in the ProwJobs.
 */
export class JobExporter {
  readonly #runtime: Histogram<(typeof runtimeLabels)[number]>;

  /** @param prowJobs the jobs that are known when the metrics are read */
  constructor(registry: Registry, prowJobs: () => Iterable<ProwJob>) {
    const registers = [registry];
    new SeriesGauge(registry, 'prow_job_labels', 'Kubernetes labels converted to Prometheus labels.', () => seriesOf(prowJobs(), 'label_', (prowJob) => prowJob.metadata.labels, unshownLabels));
    new SeriesGauge(registry, 'prow_job_annotations', 'Kubernetes annotations converted to Prometheus labels.', () => seriesOf(prowJobs(), 'annotation_', (prowJob) => prowJob.metadata.annotations, unshownAnnotations));
    this.#runtime = new Histogram({ name: 'prow_job_runtime_seconds', help: 'Seconds from one state of a job to the next, by the times in the job.', labelNames: runtimeLabels, buckets: runtimeBuckets, registers });
  }

  /** A job is seen in another version. */
  countTransition(previous: ProwJob, current: ProwJob): void {
    const [last, state] = [previous.status.state ?? '', current.status.state ?? ''];
    if (last === state) return;
    const fromMs = tryParseTime(last === 'triggered' ? previous.metadata.creationTimestamp : last === 'pending' ? previous.status.pendingTime : undefined);
    const toMs = tryParseTime(state === 'pending' ? current.status.pendingTime : isComplete(current) ? current.status.completionTime : undefined);
    if (fromMs === undefined || toMs === undefined) return;
    const refs = current.spec.refs ?? current.spec.extra_refs?.[0];
    this.#runtime.observe(
      { job_namespace: current.metadata.namespace ?? '', job_name: current.spec.job, type: current.spec.type, last_state: last, state, org: refs?.org ?? '', repo: refs?.repo ?? '', base_ref: refs?.base_ref ?? '' },
      (toMs - fromMs) / 1000,
    );
  }
}

/** A gauge whose series have labels of their own: the names are not known before the jobs are. */
class SeriesGauge extends Gauge {
  readonly #about: { name: string; help: string };
  readonly #read: () => Labels[];

  constructor(registry: Registry, name: string, help: string, read: () => Labels[]) {
    super({ name, help, registers: [registry] });
    this.#about = { name, help };
    this.#read = read;
  }

  override async get(): Promise<GaugeValues> {
    const known = await super.get();
    return { ...known, ...this.#about, values: this.#read().map((labels) => ({ value: 1, labels })) };
  }
}

function seriesOf(prowJobs: Iterable<ProwJob>, prefix: string, marksOf: (prowJob: ProwJob) => Labels | undefined, unshown: ReadonlySet<string>): Labels[] {
  const newest = new Map<string, ProwJob>();
  for (const prowJob of prowJobs) {
    const known = newest.get(prowJob.spec.job);
    if (known === undefined || (prowJob.status.startTime ?? '') > (known.status.startTime ?? '')) newest.set(prowJob.spec.job, prowJob);
  }
  return [...newest.values()].map((prowJob) => ({
    job_name: prowJob.spec.job,
    job_namespace: prowJob.metadata.namespace ?? '',
    job_agent: prowJob.spec.agent ?? '',
    ...toMetricLabels(marksOf(prowJob) ?? {}, prefix, unshown),
  }));
}

// As kube-state-metrics names them; names that fall together get a number, since a label may not come twice.
function toMetricLabels(marks: Labels, prefix: string, unshown: ReadonlySet<string>): Labels {
  const labels: Labels = {};
  for (const key of Object.keys(marks).toSorted()) {
    if (unshown.has(key)) continue;
    const name = `${prefix}${key.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`;
    let free = name;
    for (let count = 1; Object.hasOwn(labels, free); count += 1) free = `${name}_conflict${count}`;
    labels[free] = (marks[key] ?? '').slice(0, maxValueLength);
  }
  return labels;
}
