// crier's metrics, under upstream's names. upstream: pkg/crier/controller.go
import { Counter, Histogram, type Registry } from 'prom-client';
import { isComplete, type ProwJob } from '@prow/model-prowjob';

const latencyBucketsS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 60, 120, 180, 300, 600];

export class ReportMetrics {
  readonly #latency: Histogram<'reporter'>;
  readonly #results: Counter<'reporter' | 'result'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#latency = new Histogram({ name: 'crier_report_latency', help: 'Seconds from the end of a job to its report.', labelNames: ['reporter'], buckets: latencyBucketsS, registers });
    this.#results = new Counter({ name: 'crier_reporting_results', help: 'Number of reports by reporter and result.', labelNames: ['reporter', 'result'], registers });
  }

  count(reporter: string, prowJob: ProwJob, outcome: 'reported' | 'later' | 'failed', nowMs: number): void {
    if (outcome === 'later') return;
    this.#results.inc({ reporter, result: outcome === 'reported' ? 'SUCCESS' : 'ERROR' });
    const endedMs = Date.parse(prowJob.status.completionTime ?? '');
    if (outcome === 'reported' && isComplete(prowJob) && !Number.isNaN(endedMs)) this.#latency.observe({ reporter }, Math.max(0, nowMs - endedMs) / 1000);
  }
}
