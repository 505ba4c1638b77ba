// All that a run's page shows, from storage and from the ProwJob while there is one. upstream: cmd/deck/main.go, renderSpyglass
import type { ProwJob } from '@prow/model-prowjob';
import { buildLogFile, finishedFile, prowJobFile, startedFile } from '@prow/model-artifact-layout';
import { isRunning, summarizeJob, type ArtifactEntry, type JobState, type LogState, type RunAnswer } from '@prow/model-deck-api';
import { listArtifacts } from './list-artifacts.ts';
import { findLog } from './read-log.ts';
import { readJson, textOf, timestampMs } from './read-json.ts';
import { readTests } from './read-tests.ts';
import type { RunStorage } from './bucket-gate.ts';

const firstArtifacts = 500;
const maxMetadata = 100;

export interface RunQuestion {
  key: string;
  /** Where the run's files are; undefined for a job that stores none. */
  run: RunStorage | undefined;
  /** The ProwJob while it exists. */
  prowJob: ProwJob | undefined;
}

/** Undefined when there is neither a ProwJob nor any file. */
export async function readRun({ key, run, prowJob: live }: RunQuestion): Promise<RunAnswer | undefined> {
  const [started, finished, stored, artifacts] = run === undefined ? [undefined, undefined, undefined, { entries: [] }] : await Promise.all([
    readJson(run.storage, run.folder + startedFile),
    readJson(run.storage, run.folder + finishedFile),
    live === undefined ? readJson(run.storage, run.folder + prowJobFile) : undefined,
    listArtifacts(run, { limit: firstArtifacts, isDeep: true }),
  ]);
  const prowJob = live ?? (stored as ProwJob | undefined);
  if (prowJob === undefined && artifacts.entries.length === 0) return undefined;
  const summary = prowJob?.spec === undefined || prowJob.status === undefined ? undefined : summarizeJob(prowJob);
  const [buildId = '', job = ''] = key.split('/').toReversed();
  const startedAt = summary?.startedAt ?? timestampMs(started);
  const finishedAt = summary?.finishedAt ?? timestampMs(finished);
  const tests = run === undefined ? undefined : await readTests(run, artifacts.entries);
  return {
    key,
    job: summary?.job ?? job,
    buildId: summary?.buildId ?? buildId,
    ...(summary === undefined ? {} : { prowJob: summary }),
    state: summary?.state ?? stateOf(finished, started),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    hint: summary?.description ?? '',
    revision: textOf(finished?.['revision']) || textOf(started?.['repo-commit']) || summary?.pulls[0]?.sha || summary?.baseSha || '',
    metadata: metadataOf(started, finished),
    logs: await withChunks(run, logsOf(artifacts.entries, live !== undefined && summary !== undefined && isRunning(summary), prowJob), prowJob),
    artifacts,
    ...(tests === undefined ? {} : { tests }),
    links: linksOf(started),
  };
}

/** From finished.json's result when no ProwJob tells. */
function stateOf(finished: Record<string, unknown> | undefined, started: Record<string, unknown> | undefined): JobState | 'unknown' {
  const result = textOf(finished?.['result']).toLowerCase();
  if (result === 'success' || result === 'failure' || result === 'aborted' || result === 'error') return result;
  if (typeof finished?.['passed'] === 'boolean') return finished['passed'] ? 'success' : 'failure';
  return started === undefined ? 'unknown' : 'pending';
}

/** Strings of both files' metadata, inner objects flattened with dots. */
function metadataOf(...files: (Record<string, unknown> | undefined)[]): Record<string, string> {
  const flat: Record<string, string> = {};
  const add = (prefix: string, value: unknown, depth: number): void => {
    if (Object.keys(flat).length >= maxMetadata || depth > 5) return;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') flat[prefix] = String(value).slice(0, 2000);
    else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) add(prefix === '' ? key : `${prefix}.${key}`, inner, depth + 1);
  };
  for (const file of files) add('', file?.['metadata'], 0);
  return flat;
}

/** One log a test container: those in storage, and of a running job those to come. */
function logsOf(entries: readonly ArtifactEntry[], isLive: boolean, prowJob: ProwJob | undefined): LogState[] {
  const names = testNames(prowJob);
  const logs = new Map<string, LogState>();
  for (const name of names) {
    const path = buildLogFile(name);
    const stored = entries.find((entry) => entry.path === path);
    if (stored !== undefined || isLive) logs.set(path, { container: name, path, isLive: isLive && stored === undefined, ...(stored?.sizeBytes === undefined ? {} : { sizeBytes: stored.sizeBytes }) });
  }
  for (const { path, sizeBytes } of entries) {
    if (!/^(?:[^/]+-)?build-log\.txt$/.test(path) || logs.has(path)) continue;
    logs.set(path, { container: path === 'build-log.txt' ? '' : path.slice(0, -'-build-log.txt'.length), path, isLive: false, ...(sizeBytes === undefined ? {} : { sizeBytes }) });
  }
  return [...logs.values()];
}

/** Names as logs have them: '' where there is only one test container. */
function testNames(prowJob: ProwJob | undefined): string[] {
  const containers = prowJob?.spec?.pod_spec?.containers ?? [];
  return containers.length > 1 ? containers.map(({ name }) => name ?? '') : [''];
}

/** With what is left of logs that were never finished: their node was lost. Asked only where a log is missing. */
async function withChunks(run: RunStorage | undefined, logs: LogState[], prowJob: ProwJob | undefined): Promise<LogState[]> {
  if (run === undefined) return logs;
  const missing = testNames(prowJob).filter((name) => !logs.some(({ path }) => path === buildLogFile(name)));
  const found = await Promise.all(missing.map(async (container): Promise<LogState[]> => {
    const path = buildLogFile(container);
    const log = await findLog(run, path);
    return log === undefined ? [] : [{ container, path, isLive: false, sizeBytes: log.sizeBytes }];
  }));
  return [...logs, ...found.flat()];
}

/** `metadata.links.NAME.url` of started.json, http addresses only. */
function linksOf(started: Record<string, unknown> | undefined): RunAnswer['links'] {
  const metadata = started?.['metadata'];
  const links = typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>)['links'] : undefined;
  if (typeof links !== 'object' || links === null) return [];
  return Object.entries(links as Record<string, unknown>).flatMap(([name, link]) => {
    const href = typeof link === 'object' && link !== null ? textOf((link as Record<string, unknown>)['url']) : '';
    return /^https?:\/\//.test(href) ? [{ name, href }] : [];
  });
}
