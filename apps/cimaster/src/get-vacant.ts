// getvacant: a cluster at once, or a place in the queue until one is vacant.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { nearestNames, ProwError } from '@prow/base-errors';
import { describeWanted, fits, type Cluster, type ClusterPool, type LeaseOptions, type LeaseRequest, type Place, type Wanted } from '@prow/engine-cluster-pool';
import type { Callers } from './caller.ts';
import { answer } from './answer.ts';
import type { Parameters } from './parameters.ts';
import type { CallHandler } from './pool-calls.ts';

const maxWaitMs = 24 * 3_600_000;
const maxTtlMs = 30 * 24 * 3_600_000;
/** A client that asked for news of its place gets them this often. */
const newsMs = 10_000;

export const getVacantTakes = ['build', 'job', 'region', 'label', 'ttl', 'wait'] as const;

export function getVacant(pool: ClusterPool, callers: Callers): CallHandler {
  return (parameters, request, response) => answerLease(pool, askedFor(parameters, callers, request), request, response);
}

interface Asked {
  lease: LeaseRequest;
  waitMs: number;
  note: { who: string };
}

function askedFor(parameters: Parameters, callers: Callers, request: IncomingMessage): Asked {
  const build = parameters.required('build');
  const job = parameters.required('job', 300);
  // One that came out empty in a script is not "any".
  for (const name of ['region', 'label', 'ttl', 'wait']) parameters.mustNotBeEmpty(name);
  const region = parameters.optionalName('region');
  const labels = parameters.labels('label');
  const ttlMs = parameters.duration('ttl', maxTtlMs);
  const waitMs = parameters.duration('wait', maxWaitMs) ?? 0;
  const caller = callers.leaseCallerOf(request);
  const wanted = region === undefined && labels === undefined ? undefined : { ...(region === undefined ? {} : { region }), ...(labels === undefined ? {} : { labels }) };
  const lease = { build, job, ...(wanted === undefined ? {} : { wanted }), ...(ttlMs === undefined ? {} : { ttlMs }), ...(caller === undefined ? {} : { caller }) };
  return { lease, waitMs, note: { who: callers.nameOf(request, `${job} ${build}`) } };
}

async function answerLease(pool: ClusterPool, { lease, waitMs, note }: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { build, job, wanted = {} } = lease;
  const isChoosy = wanted.region !== undefined || wanted.labels !== undefined;
  const canLeave = leavesWith(response);
  let cluster: Cluster;
  try {
    // Before a long wait for what never comes; else once it is known that nothing is vacant.
    if (isChoosy && waitMs > 0) await mustBeThere(pool, wanted);
    cluster = await (waitMs > 0 ? waitFor((options) => pool.lease(lease, { ...options, canLeave, waitMs, note }), response, () => pool.placeOf(build, job), wantsNews(request.headers.prefer)) : pool.lease(lease, { canLeave, note }));
  } catch (error) {
    if (isChoosy && error instanceof ProwError && error.code === 'PROW_CLUSTER_POOL_NOTHING_VACANT') await mustBeThere(pool, wanted);
    if (error instanceof ProwError && error.httpStatus === 503) describeQueue(response, error.code === 'PROW_CLUSTER_POOL_NOTHING_VACANT' ? pool.nextPlace(wanted) : undefined);
    throw error;
  }
  if (response.destroyed || response.socket?.destroyed === true) {
    await pool.giveBack(cluster);
    return;
  }
  answer(request, response, { text: `${cluster.name}\n`, json: cluster });
}

/** @throws ProwError PROW_CIMASTER_REGION or _LABEL (404): no cluster of the pool is such a one (rejects) */
async function mustBeThere(pool: ClusterPool, wanted: Wanted): Promise<void> {
  const { clusters } = await pool.read();
  if (wanted.region !== undefined) mustBeRegion(clusters, wanted.region);
  if (clusters.length === 0 || clusters.some((cluster) => fits(cluster, wanted))) return;
  throw new ProwError('PROW_CIMASTER_LABEL', `no cluster of the pool is one${describeWanted(wanted)}`, { httpStatus: 404, details: { parameter: 'label' } });
}

function mustBeRegion(clusters: readonly Cluster[], region: string): void {
  const regions = new Set(clusters.map((cluster) => cluster.region));
  if (regions.size === 0 || regions.has(region)) return;
  const near = nearestNames(region, [...regions]);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there are clusters in ${[...regions].toSorted().slice(0, 20).join(', ')}`;
  throw new ProwError('PROW_CIMASTER_REGION', `no cluster of the pool is in region ${JSON.stringify(region)}; ${hint}`, { httpStatus: 404, details: { parameter: 'region', near } });
}

/** A request whose client goes away is taken back. After the answer it has no effect. */
function leavesWith(response: ServerResponse): NonNullable<LeaseOptions['canLeave']> {
  return (leave) => {
    const onClose = (): void => leave(new ProwError('PROW_CIMASTER_GONE', 'the client went away', { httpStatus: 499 }));
    if (response.destroyed) onClose();
    else response.once('close', onClose);
  };
}

interface WaitOptions {
  onQueued: NonNullable<LeaseOptions['onQueued']>;
}

async function waitFor(lease: (options: WaitOptions) => Promise<Cluster>, response: ServerResponse, placeNow: () => Place | undefined, isNewsWanted: boolean): Promise<Cluster> {
  const startedMs = performance.now();
  let first: Place | undefined;
  let news: NodeJS.Timeout | undefined;
  try {
    return await lease({
      onQueued: (place) => {
        first = place;
        if (!isNewsWanted) return;
        sendNews(response, place);
        news = setInterval(() => sendNews(response, placeNow()), newsMs);
        news.unref();
      },
    });
  } finally {
    clearInterval(news);
    if (first !== undefined && !response.headersSent) {
      setHeaders((name, value) => response.setHeader(name, value), first);
      response.setHeader('Queue-Waited-Seconds', String(Math.round((performance.now() - startedMs) / 1000)));
    }
  }
}

function wantsNews(prefer: string | string[] | undefined): boolean {
  return typeof prefer === 'string' && prefer.split(',').some((part) => part.trim().toLowerCase() === 'queue-news');
}

/** An answer before the answer: 102 with the place, for clients that said they can take it. */
function sendNews(response: ServerResponse, place: Place | undefined): void {
  if (place === undefined || response.headersSent || response.socket?.writable !== true) return;
  const lines = ['HTTP/1.1 102 Processing'];
  setHeaders((name, value) => lines.push(`${name}: ${value}`), place);
  response.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

function describeQueue(response: ServerResponse, place: Place | undefined): void {
  const seconds = place?.expectedMs === undefined ? 5 : Math.min(60, Math.max(1, Math.ceil(place.expectedMs / 1000)));
  response.setHeader('Retry-After', String(seconds));
  if (place !== undefined && !response.hasHeader('Queue-Place')) setHeaders((name, value) => response.setHeader(name, value), place);
}

function setHeaders(set: (name: string, value: string) => void, { place, waiting, expectedMs }: Place): void {
  set('Queue-Place', String(place));
  set('Queue-Length', String(waiting));
  if (expectedMs !== undefined) set('Queue-Expected-Seconds', String(Math.max(1, Math.ceil(expectedMs / 1000))));
}
