// The job itself among its artifacts, and started/finished where no pod utility could write them.
// upstream: pkg/crier/reporters/gcs/reporter.go
import type { Storage } from '@prow/clients-storage';
import { isStorageError } from '@prow/clients-storage';
import { basePath, finishedFile, prowJobFile, startedFile } from '@prow/model-artifact-layout';
import { tryParseTime } from '@prow/model-kube-types';
import { isComplete, isFinalState, refsString, type GcsConfiguration, type ProwJob } from '@prow/model-prowjob';
import { stateOf, type ReportOutcome, type Reporter } from './reporter.ts';

export const storageReporterName = 'gcsreporter';
/** Says that crier wrote a file, not the job's own pod. */
const uploader = { metadata: { uploader: 'crier' } };

export interface StorageReporterOptions {
  /** Where the job's artifacts go; undefined: nowhere. */
  destinationOf: (prowJob: ProwJob) => GcsConfiguration | undefined;
  openStorage: (bucket: string) => Promise<Storage> | Storage;
  /** The job as the server has it: caches keep less. undefined: it is gone. Default: the given one. */
  wholeJob?: (prowJob: ProwJob) => Promise<ProwJob | undefined>;
  isDryRun: boolean;
}

export class StorageReporter implements Reporter {
  readonly name = storageReporterName;
  readonly #options: StorageReporterOptions;

  constructor(options: StorageReporterOptions) {
    this.#options = options;
  }

  keyOf(prowJob: ProwJob): string {
    return prowJob.metadata.name ?? '';
  }

  shouldReport(prowJob: ProwJob): boolean {
    return (prowJob.status.build_id ?? '') !== '' && (this.#options.destinationOf(prowJob)?.bucket ?? '') !== '';
  }

  async report(prowJobs: readonly ProwJob[], signal: AbortSignal): Promise<ReadonlyMap<string, ReportOutcome>> {
    const outcomes = new Map<string, ReportOutcome>();
    for (const prowJob of prowJobs) outcomes.set(prowJob.metadata.name ?? '', await this.#reportOne(prowJob, signal));
    return outcomes;
  }

  async #reportOne(prowJob: ProwJob, signal: AbortSignal): Promise<ReportOutcome> {
    const destination = this.#options.destinationOf(prowJob);
    if (destination?.bucket === undefined) return { kind: 'reported' };
    if (this.#options.isDryRun) return { kind: 'reported' };
    try {
      const folder = basePath(prowJob.spec, prowJob.status.build_id ?? '', destination);
      const storage = await this.#options.openStorage(destination.bucket);
      const state = stateOf(prowJob);
      if (state === 'triggered' || state === 'pending') await writeIfAbsent(storage, `${folder}/${startedFile}`, startedOf(prowJob), signal);
      else if (isFinalState(state) && isComplete(prowJob)) await writeIfAbsent(storage, `${folder}/${finishedFile}`, finishedOf(prowJob), signal);
      const whole = (await this.#options.wholeJob?.(prowJob)) ?? prowJob;
      await storage.write(`${folder}/${prowJobFile}`, toJson(whole), { contentType: 'application/json', signal });
      // An aborted job is reported once more when it is complete.
      return state === 'aborted' && !isComplete(prowJob) ? { kind: 'later', afterMs: 5000 } : { kind: 'reported' };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }
}

function startedOf(prowJob: ProwJob): object | undefined {
  const { refs, extra_refs: extra = [] } = prowJob.spec;
  const all = refs === undefined ? extra : [refs, ...extra];
  if (all.length === 0) return undefined;
  const pull = refs?.pulls?.[0];
  return {
    timestamp: unixSeconds(prowJob.status.startTime),
    ...(pull === undefined ? {} : { pull: String(pull.number) }),
    repos: Object.fromEntries(all.map((each) => [`${each.org}/${each.repo}`, refsString(each)])),
    ...uploader,
  };
}

function finishedOf(prowJob: ProwJob): object {
  return { timestamp: unixSeconds(prowJob.status.completionTime), passed: prowJob.status.state === 'success', ...uploader, result: stateOf(prowJob) };
}

function unixSeconds(time: string | undefined): number {
  return Math.floor((tryParseTime(time) ?? 0) / 1000);
}

async function writeIfAbsent(storage: Storage, path: string, content: object | undefined, signal: AbortSignal): Promise<void> {
  if (content === undefined) return;
  try {
    await storage.createIfAbsent(path, toJson(content), { contentType: 'application/json', signal });
  } catch (error) {
    if (!isStorageError(error, 'PROW_STORAGE_EXISTS')) throw error;
  }
}

function toJson(value: object): string {
  return JSON.stringify(value, undefined, 2);
}
