import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { ProwError, systemCodeOf } from '@prow/base-errors';
import { backoffMs, systemClock, type Clock } from '@prow/base-time';
import type { CallOptions, ClusterPoolClient, LeaseRequest, PooledCluster, PoolList, QueuePlace } from './api.ts';
import { exchange } from './exchange.ts';
import { PoolRefusal } from './pool-refusal.ts';

/** cimaster itself tries its storage for 20 s before it tells of the trouble. */
const answerMs = 30_000;
/** cimaster's longest. */
const maxWaitMs = 24 * 3_600_000;
const maxPauseMs = 60_000;

export interface ClusterPoolClientOptions {
  /** cimaster's address. */
  url: string;
  /** Holds the bearer token; read at each try, for Kubernetes changes it. Not there: none is sent. */
  tokenFile?: string;
  /** Tries of each call in all. Default 6. */
  attempts?: number;
  /** First wait between tries, each further one is twice as long. Default 300. */
  retryBaseMs?: number;
  clock?: Clock;
}

interface Ask extends CallOptions {
  waitMs?: number;
  onQueued?: ((place: QueuePlace) => void) | undefined;
}

/** @throws ProwError PROW_CLUSTER_POOL_CLIENT_URL */
export function clusterPoolClient({ url, tokenFile, attempts = 6, retryBaseMs = 300, clock = systemClock }: ClusterPoolClientOptions): ClusterPoolClient {
  const base = addressOf(url);

  async function once(name: string, fields: Readonly<Record<string, string>>, { signal, waitMs = 0, onQueued }: Ask): Promise<unknown> {
    const token = readToken(tokenFile);
    const { status, headers, text } = await exchange({
      url: new URL(name, base),
      fields,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(onQueued === undefined ? {} : { prefer: 'queue-news' }) },
      timeoutMs: waitMs + answerMs,
      signal,
      ...(onQueued === undefined ? {} : { onNews: (news: IncomingHttpHeaders) => tell(onQueued, news) }),
    });
    if (status < 200 || status > 299) throw new PoolRefusal({ status, text, retryAfter: headers['retry-after'], nowMs: clock.now() });
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new ProwError('PROW_CLUSTER_POOL_CLIENT_ANSWER', `cimaster answered ${JSON.stringify(text.slice(0, 80))}, expected JSON`, { httpStatus: 502, cause });
    }
  }

  /** `settled` says what a refusal means after a try whose outcome is not known; undefined: a refusal it is. */
  async function again<T>(ask: () => Promise<T>, { signal }: CallOptions, settled?: (refusal: PoolRefusal) => Promise<T | undefined>): Promise<T> {
    let isInDoubt = false;
    for (let attempt = 0; ; attempt += 1) {
      let pauseMs = backoffMs(attempt, { baseMs: retryBaseMs, maxMs: 10_000, jitter: 0.3 });
      try {
        return await ask();
      } catch (error) {
        if (isInDoubt && settled !== undefined && error instanceof PoolRefusal && !error.transient) {
          const value = await settled(error);
          if (value !== undefined) return value;
        }
        if (!(error instanceof ProwError) || !error.transient || attempt + 1 >= attempts) throw error;
        if (error instanceof PoolRefusal) {
          if (error.isNothingVacant) throw error;
          pauseMs = Math.min(maxPauseMs, Math.max(pauseMs, error.retryAfterMs ?? 0));
        }
        // Trouble with the storage, too: the write may have come through.
        isInDoubt = true;
      }
      await clock.sleep(pauseMs, signal);
    }
  }

  return {
    async lease({ build, job, region, labels, waitMs = 0, ttlMs }: LeaseRequest, { onQueued, ...options } = {}) {
      const deadline = clock.now() + Math.min(waitMs, maxWaitMs);
      const fixed = { build, job, ...(region === undefined ? {} : { region }), ...(labels === undefined ? {} : { label: Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',') }), ...(ttlMs === undefined ? {} : { ttl: seconds(ttlMs) }) };
      for (;;) {
        try {
          return (await again(() => {
            const leftMs = deadline - clock.now();
            return once('getvacant', { ...fixed, ...(leftMs >= 1000 ? { wait: seconds(leftMs) } : {}) }, { ...options, waitMs: Math.max(0, leftMs), onQueued });
          }, options)) as PooledCluster;
        } catch (error) {
          // A replica that is being stopped ends the waiting early: another goes on with it.
          if (!(error instanceof PoolRefusal) || !error.isNothingVacant || deadline - clock.now() < 1000) throw error;
          await clock.sleep(Math.min(error.retryAfterMs ?? 1000, maxPauseMs, deadline - clock.now()), options.signal);
        }
      }
    },
    async return({ cluster, build, job }, options = {}) {
      // Not ours any more: returned, or taken back since.
      await again(() => once('finishtest', { cluster, build, job }, options), options, (refusal) => Promise.resolve(refusal.status === 409 || refusal.status === 404 ? {} : undefined));
    },
    async hold({ cluster, user, reason = '', forMs }, options = {}) {
      const held = await again(() => once('holdcluster', { cluster, user, ...(reason === '' ? {} : { reason }), ...(forMs === undefined ? {} : { for: seconds(forMs) }) }, options), options, async ({ state }) => {
        if (state !== 'held') return undefined;
        const now = (await once('cluster', { cluster }, options)) as PooledCluster;
        return now.hold?.user === user && now.hold.reason === reason ? now : undefined;
      });
      return held as PooledCluster;
    },
    async release({ cluster, user }, options = {}) {
      const released = await again(() => once('releasecluster', { cluster, ...(user === undefined ? {} : { user }) }, options), options, async ({ state }) => {
        return state === 'finished' || state === 'cleaning' ? await once('cluster', { cluster }, options) : undefined;
      });
      return released as PooledCluster;
    },
    list: async (options = {}) => (await again(() => once('clusters', {}, options), options)) as PoolList,
    call: (name, fields = {}, options = {}) => once(name, fields, options),
  };
}

function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new ProwError('PROW_CLUSTER_POOL_CLIENT_URL', `cimaster's address: found ${JSON.stringify(url.slice(0, 200))}, expected http:// or https:// and a host`);
  return `${parsed.href.replace(/[?#].*$/s, '').replace(/\/+$/, '')}/`;
}

function readToken(tokenFile: string | undefined): string | undefined {
  if (tokenFile === undefined) return undefined;
  try {
    return readFileSync(tokenFile, 'utf8').trim();
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return undefined;
    throw new ProwError('PROW_CLUSTER_POOL_CLIENT_TOKEN', `the token file ${tokenFile} cannot be read`, { cause, details: { path: tokenFile } });
  }
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))}s`;
}

function tell(onQueued: (place: QueuePlace) => void, headers: IncomingHttpHeaders): void {
  const number = (name: string): number | undefined => {
    const value = headers[name];
    return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  };
  const place = number('queue-place');
  const expected = number('queue-expected-seconds');
  if (place !== undefined) onQueued({ place, waiting: number('queue-length') ?? place, expectedMs: expected === undefined ? undefined : expected * 1000 });
}
