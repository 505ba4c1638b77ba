// Waits for the tests, then puts logs, artifacts and the result into storage. upstream: pkg/sidecar/run.go
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { buildLogFile, finishedFile, sidecarLogsFile } from '@prow/model-artifact-layout';
import { readJobSpec, revision } from '../job-spec.ts';
import type { JobSpec } from '../job-spec.ts';
import type { OptionSource } from '../options/source.ts';
import { openDestination } from '../upload/destination.ts';
import type { Destination } from '../upload/destination.ts';
import { uploadAll } from '../upload/uploader.ts';
import type { Upload, UploadFailure } from '../upload/uploader.ts';
import { createUtilityLog } from '../utility-log.ts';
import { abortedErrorCode } from '../wrapper.ts';
import type { WrapperOptions } from '../wrapper.ts';
import { artifactFiles } from './artifact-files.ts';
import { includes } from './artifact-globs.ts';
import { LiveLog } from './live-log.ts';
import type { Matcher } from './matcher.ts';
import { preferSmallHeap } from './memory.ts';
import { combineMetadata } from './metadata.ts';
import { readSidecarOptions } from './options.ts';
import type { SidecarOptions } from './options.ts';
import { Secrets } from './secrets.ts';
import { artifactUpload, logUpload, rootOf } from './uploads.ts';
import { waitForTests } from './wait.ts';
import type { TestCode } from './wait.ts';

const maxLogLines = 10_000;
const maxFailuresShown = 20;

/** How the tests ended; `interrupted`: they have not, but the pod is being stopped. */
type Outcome = { codes: readonly TestCode[] } | 'interrupted';

/**
 * @returns 0; 1 if a log or the result could not be uploaded, or (entry_error) a test failed
 * @throws ProwError PROW_POD_UTILS_OPTION, PROW_POD_UTILS_FLAG; of storage and layout
 */
export async function runSidecar(source: OptionSource, sink: (line: string) => void): Promise<number> {
  preferSmallHeap();
  const lines: string[] = [];
  const log = createUtilityLog('sidecar', (line) => {
    if (lines.length < maxLogLines) lines.push(line);
    sink(line);
  });
  const options = readSidecarOptions(source);
  const spec = readJobSpec(source.env);
  const destination = await openDestination(options.upload, spec);
  return await new Sidecar({ options, spec, destination, log, ownLog: () => lines.join('') }).run();
}

class Sidecar {
  readonly #options: SidecarOptions;
  readonly #spec: JobSpec;
  readonly #destination: Destination;
  readonly #log: Logger;
  readonly #ownLog: () => string;
  readonly #secrets: Secrets;
  readonly #liveLogs: LiveLog[];

  constructor(parts: { options: SidecarOptions; spec: JobSpec; destination: Destination; log: Logger; ownLog: () => string }) {
    this.#options = parts.options;
    this.#spec = parts.spec;
    this.#destination = parts.destination;
    this.#log = parts.log;
    this.#ownLog = parts.ownLog;
    this.#secrets = new Secrets(parts.options.censoring, parts.options.entries.map(({ markerFile }) => markerFile), parts.log);
    this.#liveLogs = parts.options.upload.isDryRun ? [] : parts.options.entries.map((entry) => new LiveLog({
      storage: parts.destination.storage, logPath: this.#logPath(entry), file: entry.processLog, secrets: () => this.#secrets.current(), log: parts.log,
    }));
  }

  async run(): Promise<number> {
    for (const live of this.#liveLogs) live.start();
    const interrupted = this.#onInterrupt();
    const codes = await waitForTests(this.#options.entries, new AbortController().signal);
    // From here on the pod's end is awaited with the upload; the kubelet's grace period decides.
    await interrupted.finish();
    const isUploaded = await this.#upload({ codes });
    if (!isUploaded) return 1;
    return this.#options.entryError && codes.some((code) => code !== 0) ? 1 : 0;
  }

  /** Once, a stop signal causes an upload of what there is; `finish` waits for it and ignores further signals. */
  #onInterrupt(): { finish: () => Promise<void> } {
    let running: Promise<unknown> | undefined;
    let isOver = false;
    const interrupt = (name: NodeJS.Signals): void => {
      if (isOver || running !== undefined) return;
      if (this.#options.ignoreInterrupts) {
        this.#log.warn('Received a signal, but upload ignores interrupts', { signal: name });
        return;
      }
      this.#log.error('Received a signal, uploading what there is', { signal: name });
      running = this.#upload('interrupted').catch((error: unknown) => this.#log.error('Could not upload', { error: messageOf(error) }));
    };
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt);
    return {
      finish: async () => {
        isOver = true;
        await running;
      },
    };
  }

  /** @returns whether logs and result are in storage */
  async #upload(outcome: Outcome): Promise<boolean> {
    for (const live of this.#liveLogs) await live.stop();
    const { storage } = this.#destination;
    const isDryRun = this.#options.upload.isDryRun;
    const first = await uploadAll(storage, this.#artifactsAndPointers(), { log: this.#log, isDryRun });
    this.#log.info('Uploaded artifacts', { count: first.done, failed: first.failed });
    const logs = this.#options.entries.map((entry, index) => logUpload(entry.processLog, {
      path: this.#logPath(entry), options: this.#options.upload, secrets: this.#matcher, lastWords: outcome === 'interrupted' ? '' : lastWords(entry, outcome.codes[index]),
    }));
    const second = await uploadAll(storage, logs, { log: this.#log, isDryRun });
    const failures = [...first.failures, ...second.failures];
    const result = this.#file(finishedFile, this.#finished(outcome, failures, first.failed + second.failed));
    const third = await uploadAll(storage, [this.#file(sidecarLogsFile, this.#ownLog()), result], { log: this.#log, isDryRun });
    if (second.failed > 0) return false;
    // Not before the result is there: until then, the parts are what a reader has.
    if (outcome !== 'interrupted') for (const live of this.#liveLogs) await live.remove();
    return third.failed === 0;
  }

  get #matcher(): Matcher | undefined {
    const matcher = this.#secrets.current();
    return matcher.isEmpty ? undefined : matcher;
  }

  #logPath({ containerName }: WrapperOptions): string {
    return `${this.#destination.prefix}${buildLogFile(this.#options.entries.length > 1 ? containerName : undefined)}`;
  }

  #file(name: string, content: string): Upload {
    return { path: `${this.#destination.prefix}${name}`, open: () => ({ body: content, options: { contentType: 'application/json' } }) };
  }

  async *#artifactsAndPointers(): AsyncIterable<Upload> {
    const { prefix, pointers } = this.#destination;
    for (const { path, content, metadata, when } of pointers) {
      yield { path, ifAbsent: when === 'start', open: () => ({ body: content, options: { contentType: 'text/plain; charset=utf-8', ...(metadata === undefined ? {} : { metadata }) } }) };
    }
    const { upload: options, censoring } = this.#options;
    const matcher = this.#matcher;
    for (const item of options.items) {
      let root: string | undefined;
      for await (const file of artifactFiles(item, this.#log)) {
        const secrets = matcher !== undefined && includes(file.name.replace(/^[^/]*\//, ''), censoring) ? matcher : undefined;
        root ??= rootOf(item);
        yield artifactUpload(file, { prefix, root, options, secrets });
      }
    }
  }

  #finished(outcome: Outcome, failures: readonly UploadFailure[], failed: number): string {
    const codes = outcome === 'interrupted' ? [] : outcome.codes;
    const isPassed = outcome !== 'interrupted' && codes.every((code) => code === 0);
    const isAborted = outcome === 'interrupted' || codes.includes(abortedErrorCode);
    const metadata = combineMetadata(this.#options.entries);
    if (failed > 0) metadata['upload-errors'] = { failed, first: failures.slice(0, maxFailuresShown).map(({ path, message }) => `${path}: ${message}`) };
    const tested = revision(this.#spec);
    return JSON.stringify({
      timestamp: Math.floor(Date.now() / 1000),
      passed: isPassed,
      ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
      result: isPassed ? 'SUCCESS' : isAborted ? 'ABORTED' : 'FAILURE',
      ...(tested === '' ? {} : { revision: tested }),
    });
  }
}

/** What the log itself cannot say. */
function lastWords({ containerName }: WrapperOptions, code: TestCode): string {
  if (code !== undefined) return '';
  let line = '';
  createUtilityLog('sidecar', (written) => {
    line = written;
  }).error(`Container ${containerName === '' ? 'test' : containerName} ended without a result: it was killed (out of memory, evicted) or could not write its marker`);
  return line;
}
