// What ends by itself, from stored times and from ProwJobs, so that restarts make no difference: holds, leases, clean-ups.
import type { Logger } from '@prow/base-log';
import { ProwError, messageOf } from '@prow/base-errors';
import type { Clock } from '@prow/base-time';
import type { Informer } from '@prow/clients-kube';
import { isComplete, type ProwJob } from '@prow/model-prowjob';
import type { PoolWriter } from './pool-writer.ts';
import type { Cluster, Lease, Move } from './types.ts';

const leaseIndex = 'cluster-pool-build';
const retryMs = 10_000;
/** A ProwJob is looked for so long after it was made before it counts as gone. */
const appearsWithinMs = 60_000;

/** Cleans returned clusters. */
export interface Cleaner {
  /**
   * Starts the ProwJob that checks and cleans the cluster. Asked again for the same cluster and `since` it answers the
   * same ProwJob. A transient error is tried again, any other disables the cluster.
   */
  start(cluster: Cluster): Promise<{ prowjob: string; url: string }>;
  /** A clean-up that takes longer has failed. */
  timeoutMs: number;
}

export interface UpkeepOptions {
  writer: PoolWriter;
  /** ProwJobs, by which leases and clean-ups end; undefined: leases end by request and by their own time only. */
  prowJobs: Informer<ProwJob> | undefined;
  prowJobNamespace: string;
  /** How long after its ProwJob's end a lease may still be returned by hand. */
  leaseGraceMs: number;
  cleaner: Cleaner | undefined;
  clock: Clock;
  log: Logger;
}

type OwnMove = Extract<Move, { kind: 'expirehold' | 'endlease' | 'knowprowjob' | 'startcleaning' | 'endcleaning' }>;

export class Upkeep {
  readonly #options: UpkeepOptions;
  /** Clean-ups that are being started, or not before a time: by cluster and since. */
  readonly #starts = new Map<string, number>();

  constructor(options: UpkeepOptions) {
    this.#options = options;
    options.prowJobs?.addIndex(leaseIndex, ({ spec, status }) => [`${status.build_id ?? ''} ${spec.job}`]);
  }

  /** Looks at all clusters once. */
  async run(): Promise<void> {
    const { writer, clock } = this.#options;
    const now = clock.now();
    // Each of its moves is decided anew when it is committed.
    await writer.refresh();
    const moves: OwnMove[] = [];
    const cleaning = new Set<string>();
    for (const cluster of writer.stored.index.all()) {
      const { name, state, hold, lease } = cluster;
      if (state === 'held' && hold !== undefined && Date.parse(hold.until) <= now) moves.push({ kind: 'expirehold', cluster: name, until: hold.until });
      else if (state === 'testing' && lease !== undefined) moves.push(...this.#forLease(name, lease, now));
      else if (state === 'cleaning') {
        cleaning.add(startKey(cluster));
        moves.push(...this.#forCleaning(cluster, now));
      }
    }
    for (const key of this.#starts.keys()) if (!cleaning.has(key)) this.#starts.delete(key);
    await Promise.allSettled(moves.map((move) => writer.submit(move)));
  }

  #forLease(cluster: string, { build, job, since, prowjob, until }: Lease, now: number): OwnMove[] {
    const { prowJobs, leaseGraceMs } = this.#options;
    if (until !== undefined && Date.parse(until) <= now) return [{ kind: 'endlease', cluster, build, job, since, why: 'its time is over' }];
    if (prowJobs === undefined || !prowJobs.isSynced()) return [];
    const found = prowJobs.byIndex(leaseIndex, `${build} ${job}`)[0];
    if (found === undefined) return prowjob === undefined ? [] : [{ kind: 'endlease', cluster, build, job, since, why: `its ProwJob ${prowjob} is gone` }];
    const name = found.metadata.name ?? '';
    const isOver = isComplete(found) && Date.parse(found.status.completionTime ?? '') + leaseGraceMs <= now;
    if (isOver) return [{ kind: 'endlease', cluster, build, job, since, why: `its ProwJob ${name} has ended` }];
    return prowjob === name ? [] : [{ kind: 'knowprowjob', cluster, build, job, since, prowjob: name }];
  }

  #forCleaning(cluster: Cluster, now: number): OwnMove[] {
    const { cleaner, prowJobs, prowJobNamespace } = this.#options;
    const { name, since, cleaning } = cluster;
    const end = (problem?: string): OwnMove[] => [{ kind: 'endcleaning', cluster: name, since, ...(problem === undefined ? {} : { problem }) }];
    const ageMs = now - Date.parse(since);
    if (cleaner === undefined) return ageMs > appearsWithinMs ? end('its clean-up was never started: none is configured') : [];
    if (ageMs > cleaner.timeoutMs) return end(`its clean-up did not end within ${Math.round(cleaner.timeoutMs / 1000)} s`);
    if (cleaning?.prowjob === undefined) {
      this.#startCleaning(cluster, cleaner, now);
      return [];
    }
    if (prowJobs === undefined || !prowJobs.isSynced()) return [];
    const found = prowJobs.get(prowJobNamespace, cleaning.prowjob);
    if (found === undefined) return ageMs > appearsWithinMs ? end(`the ProwJob ${cleaning.prowjob} of its clean-up is gone`) : [];
    if (!isComplete(found)) return [];
    return found.status.state === 'success' ? end() : end(`the ProwJob ${cleaning.prowjob} of its clean-up: ${found.status.state ?? 'unknown'}${found.status.description ? `: ${found.status.description.slice(0, 300)}` : ''}`);
  }

  #startCleaning(cluster: Cluster, cleaner: Cleaner, now: number): void {
    const { writer, log, clock } = this.#options;
    const key = startKey(cluster);
    if ((this.#starts.get(key) ?? 0) > now) return;
    this.#starts.set(key, Number.POSITIVE_INFINITY);
    const { name, since } = cluster;
    void cleaner
      .start(cluster)
      .then(
        ({ prowjob, url }) => writer.submit({ kind: 'startcleaning', cluster: name, since, prowjob, url }),
        (error: unknown) => {
          if (error instanceof ProwError && error.transient) throw error;
          return writer.submit({ kind: 'endcleaning', cluster: name, since, problem: `its clean-up could not be started: ${messageOf(error).slice(0, 500)}` });
        },
      )
      .catch((error: unknown) => log.warn('a clean-up was not started: trying again', { cluster: name, error: messageOf(error) }))
      .finally(() => this.#starts.set(key, clock.now() + retryMs));
  }
}

function startKey({ name, since }: Cluster): string {
  return `${name} ${since}`;
}
