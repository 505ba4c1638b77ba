/** A cluster of the pool, as cimaster tells of it. Times are RFC 3339. */
export interface PooledCluster {
  name: string;
  region: string;
  administrator: string;
  labels?: Record<string, string>;
  /** finished is vacant. */
  state: 'finished' | 'testing' | 'held' | 'cleaning' | 'disabled';
  since: string;
  /** `holder`: whose token took it. */
  lease?: { build: string; job: string; since: string; holder?: string; prowjob?: string; until?: string };
  hold?: { user: string; reason: string; since: string; until: string };
  cleaning?: { since: string; prowjob?: string; url?: string };
  /** Why it is disabled. */
  reason?: string;
}

/** Who holds a cluster: asked again by the same, the pool gives the same cluster. */
export interface LeaseHolder {
  build: string;
  job: string;
}

export interface LeaseRequest extends LeaseHolder {
  region?: string;
  labels?: Readonly<Record<string, string>>;
  /** How long to wait in the queue while nothing is vacant. Default: not at all. */
  waitMs?: number;
  /** When the lease ends by itself. Default: with its ProwJob, if it has one. */
  ttlMs?: number;
}

/** A place in the queue. */
export interface QueuePlace {
  place: number;
  waiting: number;
  /** Undefined: not known yet. */
  expectedMs: number | undefined;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface PoolList {
  clusters: PooledCluster[];
  waiting: number;
  /** Edits of the ConfigMap that are refused. */
  broken?: { key: string; problem: string }[];
}

/**
 * Every call is tried again on trouble on the way, and safely: what was done already counts as done.
 * @throws PoolRefusal for what cimaster answers (rejects)
 * @throws ProwError PROW_CLUSTER_POOL_CLIENT_UNREACHABLE when no answer comes (rejects)
 */
export interface ClusterPoolClient {
  /** `onQueued` is told the place while the request waits. */
  lease(request: LeaseRequest, options?: CallOptions & { onQueued?: (place: QueuePlace) => void }): Promise<PooledCluster>;
  /** A lease that is over already is no error when the answer to an earlier try may have been lost. */
  return(request: LeaseHolder & { cluster: string }, options?: CallOptions): Promise<void>;
  hold(request: { cluster: string; user: string; reason?: string; forMs?: number }, options?: CallOptions): Promise<PooledCluster>;
  release(request: { cluster: string; user?: string }, options?: CallOptions): Promise<PooledCluster>;
  list(options?: CallOptions): Promise<PoolList>;
  /** Any call by its name, once, without another try: its JSON answer. */
  call(name: string, fields?: Readonly<Record<string, string>>, options?: CallOptions): Promise<unknown>;
}
