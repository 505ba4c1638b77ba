// A job's runs over time, and a pull request's. upstream: pkg/deck job_history.go, pr_history.go
import type { Storage } from '@prow/clients-storage';
import { finishedFile, historyPath, prowJobFile, repositorySegment, startedFile, type LayoutConfiguration } from '@prow/model-artifact-layout';
import type { HistoryPage, HistoryRun, PullHistory } from '@prow/model-deck-api';
import { readJson, textOf, timestampMs } from './read-json.ts';

const maxBuilds = 10_000;
const atOnce = 8;
const maxPullRuns = 200;

export interface HistoryPlace {
  storage: Storage;
  /** `gs/bucket`, `file/artifacts`: what a run's key begins with. */
  rootKey: string;
}

/** Build ids grow with time: as numbers where they are, newest first. */
function newestFirst(a: string, b: string): number {
  return b.length - a.length || (a < b ? 1 : a > b ? -1 : 0);
}

async function inParallel<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (let at = 0; at < items.length; at += atOnce) results.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  return results;
}

async function readHistoryRun({ storage, rootKey }: HistoryPlace, folder: string, buildId: string): Promise<HistoryRun> {
  const [started, finished, prowJob] = await Promise.all([startedFile, finishedFile, prowJobFile].map((file) => readJson(storage, `${folder}/${file}`)));
  const startedAt = timestampMs(started);
  const finishedAt = timestampMs(finished);
  const status = prowJob?.['status'];
  const state = typeof status === 'object' && status !== null ? textOf((status as Record<string, unknown>)['state']) : '';
  return {
    buildId,
    key: `${rootKey}/${folder}`,
    state: textOf(finished?.['result']).toLowerCase() || state || (started === undefined ? 'unknown' : 'pending'),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    revision: textOf(finished?.['revision']) || textOf(started?.['repo-commit']),
  };
}

/** One page of a job's runs, newest first, `before` a build id. Undefined when this place has none. */
export async function readJobHistory(place: HistoryPlace, { job, type, before, limit = 20 }: { job: string; type: string; before?: string; limit?: number }): Promise<HistoryPage | undefined> {
  const { storage, rootKey } = place;
  const folder = historyPath({ job, type } as Parameters<typeof historyPath>[0]);
  const found: { buildId: string; pointer?: string }[] = [];
  for await (const entry of storage.list(`${folder}/`, { delimiter: '/' })) {
    const name = entry.path.slice(folder.length + 1);
    const buildId = /^(\d{1,30})(?:\/|\.txt)$/.exec(name)?.[1];
    if (buildId !== undefined) found.push({ buildId, ...(entry.kind === 'object' ? { pointer: entry.path } : {}) });
    if (found.length >= maxBuilds) break;
  }
  if (found.length === 0) return undefined;
  const builds = found.toSorted((a, b) => newestFirst(a.buildId, b.buildId)).filter(({ buildId }) => before === undefined || newestFirst(before, buildId) < 0);
  const page = builds.slice(0, limit);
  const runs = await inParallel(page, async ({ buildId, pointer }) => {
    if (pointer === undefined) return readHistoryRun(place, `${folder}/${buildId}`, buildId);
    // The pointer holds the run's address with its bucket; ours is all that comes after the bucket's root.
    const address = (await storage.readAll(pointer, { maxBytes: 4096 })).toString('utf8').trim().replace(/^[a-z0-9]+:\/\/\/?/, '');
    const root = rootKey.split('/').slice(1).join('/');
    return readHistoryRun(place, address.startsWith(`${root}/`) ? address.slice(root.length + 1) : address, buildId);
  });
  const last = page.at(-1)?.buildId;
  return { job, runs, ...(builds.length > limit && last !== undefined ? { older: last } : {}) };
}

/** All runs of a pull request in this place, a row a job. Undefined when there are none. */
export async function readPullHistory(place: HistoryPlace, { org, repo, number, layout }: { org: string; repo: string; number: number; layout: LayoutConfiguration }): Promise<PullHistory | undefined> {
  const { storage } = place;
  const folder = `pr-logs/pull/${repositorySegment(layout, { org, repo })}/${number}`;
  const runsOf = new Map<string, string[]>();
  let count = 0;
  for await (const jobEntry of storage.list(`${folder}/`, { delimiter: '/' })) {
    if (jobEntry.kind !== 'folder') continue;
    const builds: string[] = [];
    for await (const entry of storage.list(jobEntry.path, { delimiter: '/' })) if (entry.kind === 'folder') builds.push(entry.path.slice(jobEntry.path.length, -1));
    runsOf.set(jobEntry.path.slice(folder.length + 1, -1), builds.toSorted(newestFirst));
    count += builds.length;
    if (count > maxPullRuns) break;
  }
  if (runsOf.size === 0) return undefined;
  const rows = [];
  for (const [job, builds] of runsOf) rows.push({ job, runs: await inParallel(builds.slice(0, maxPullRuns), (buildId) => readHistoryRun(place, `${folder}/${job}/${buildId}`, buildId)) });
  const newestOf = new Map<string, number>();
  for (const { runs } of rows) for (const { revision, startedAt = 0 } of runs) newestOf.set(revision, Math.max(startedAt, newestOf.get(revision) ?? 0));
  const commits = [...newestOf].toSorted((a, b) => b[1] - a[1]).map(([revision]) => revision).filter((revision) => revision !== '');
  return { org, repo, number, commits, rows };
}
