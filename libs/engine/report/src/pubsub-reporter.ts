// Messages in the shape of Google Pub/Sub's REST API, to Pub/Sub or to anything that takes the same requests.
// upstream: pkg/crier/reporters/pubsub/reporter.go
import { ProwError } from '@prow/base-errors';
import { basePath, objectUrl } from '@prow/model-artifact-layout';
import type { ProwJob, Refs } from '@prow/model-prowjob';
import { stateOf, type ReportOutcome, type Reporter } from './reporter.ts';

export const pubsubReporterName = 'pubsub-reporter';
const projectKey = 'prow.k8s.io/pubsub.project';
const topicKey = 'prow.k8s.io/pubsub.topic';
const runIdKey = 'prow.k8s.io/pubsub.runID';
const postTimeoutMs = 10_000;

export interface PubsubReporterOptions {
  /** Base of the REST API: `https://pubsub.googleapis.com` or a receiver of one's own. */
  endpoint: string;
  /** Value of the Authorization header; asked for every message. */
  authorization?: () => Promise<string | undefined>;
}

interface Message {
  project: string;
  topic: string;
  runid: string;
  status: string;
  url: string;
  gcs_path: string;
  refs: Refs[];
  job_type: string;
  job_name: string;
  message: string;
}

export class PubsubReporter implements Reporter {
  readonly name = pubsubReporterName;
  readonly #options: PubsubReporterOptions;

  constructor(options: PubsubReporterOptions) {
    this.#options = options;
  }

  keyOf(prowJob: ProwJob): string {
    return prowJob.metadata.name ?? '';
  }

  shouldReport(prowJob: ProwJob): boolean {
    return markOf(prowJob, projectKey) !== '' && markOf(prowJob, topicKey) !== '';
  }

  async report(prowJobs: readonly ProwJob[], signal: AbortSignal): Promise<ReadonlyMap<string, ReportOutcome>> {
    const outcomes = new Map<string, ReportOutcome>();
    for (const prowJob of prowJobs) {
      const outcome = await this.#publish(messageFor(prowJob), signal).then((): ReportOutcome => ({ kind: 'reported' }), (error: unknown): ReportOutcome => ({ kind: 'failed', error }));
      outcomes.set(prowJob.metadata.name ?? '', outcome);
    }
    return outcomes;
  }

  async #publish(message: Message, signal: AbortSignal): Promise<void> {
    const { endpoint, authorization } = this.#options;
    const url = `${endpoint.replace(/\/+$/, '')}/v1/projects/${encodeURIComponent(message.project)}/topics/${encodeURIComponent(message.topic)}:publish`;
    const credentials = await authorization?.();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(credentials === undefined ? {} : { authorization: credentials }) },
      body: JSON.stringify({ messages: [{ data: Buffer.from(JSON.stringify(message)).toString('base64') }] }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(postTimeoutMs)]),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new ProwError('PROW_REPORT_PUBSUB', `topic ${message.topic} of project ${message.project} refused a message: HTTP ${response.status}`, { transient: true });
  }
}

// Annotations win; labels are how older jobs say it.
function markOf(prowJob: ProwJob, key: string): string {
  return prowJob.metadata.annotations?.[key] ?? prowJob.metadata.labels?.[key] ?? '';
}

function messageFor(prowJob: ProwJob): Message {
  const { refs, extra_refs: extra = [], type, job } = prowJob.spec;
  return {
    project: markOf(prowJob, projectKey),
    topic: markOf(prowJob, topicKey),
    runid: markOf(prowJob, runIdKey),
    status: stateOf(prowJob),
    url: prowJob.status.url ?? '',
    gcs_path: pathOf(prowJob),
    refs: refs === undefined ? extra : [refs, ...extra],
    job_type: type,
    job_name: job,
    message: prowJob.status.description ?? '',
  };
}

function pathOf(prowJob: ProwJob): string {
  const destination = prowJob.spec.decoration_config?.gcs_configuration;
  const buildId = prowJob.status.build_id ?? '';
  if (destination?.bucket === undefined || buildId === '') return '';
  try {
    return objectUrl(destination.bucket, basePath(prowJob.spec, buildId, destination));
  } catch {
    return '';
  }
}
