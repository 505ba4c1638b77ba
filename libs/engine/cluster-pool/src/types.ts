// The cluster pool's state, as it is kept: JSON in a ConfigMap, readable and editable by people. Times are RFC 3339.

/** finished is vacant. */
export type ClusterState = 'finished' | 'testing' | 'held' | 'disabled';

export interface Lease {
  /** Build id and job of whoever holds it: the same pair asking again gets the same cluster. */
  build: string;
  job: string;
  since: string;
  /** The ProwJob's name, once it is known: the lease ends when that ends. */
  prowjob?: string;
  /** When it ends by itself. */
  until?: string;
}

export interface Hold {
  user: string;
  reason: string;
  since: string;
  until: string;
}

export interface Cluster {
  name: string;
  region: string;
  /** Who answers for it. */
  administrator: string;
  labels?: Record<string, string>;
  state: ClusterState;
  /** Since when it is in this state. */
  since: string;
  lease?: Lease;
  hold?: Hold;
}

export interface PoolState {
  version: 1;
  clusters: Record<string, Cluster>;
  /** The number of the last commit of each writer, and when: how a writer whose answer was lost learns what became of it. */
  commits: Record<string, { number: number; at: string }>;
}

export interface Wanted {
  region?: string;
  labels?: Record<string, string>;
}

/** What may be asked of the pool. */
export type Move =
  | { kind: 'getvacant'; build: string; job: string; wanted?: Wanted; ttlMs?: number }
  | { kind: 'finishtest'; cluster: string; build?: string; job?: string }
  | { kind: 'holdcluster'; cluster: string; user: string; reason: string; forMs: number }
  | { kind: 'releasecluster'; cluster: string }
  | { kind: 'addcluster'; cluster: string; region: string; administrator: string; labels?: Record<string, string> }
  | { kind: 'deletecluster'; cluster: string }
  | { kind: 'disablecluster'; cluster: string }
  | { kind: 'enablecluster'; cluster: string }
  /** The pool's own: a hold or a lease has run out, a lease's ProwJob has ended or is known now. */
  | { kind: 'expirehold'; cluster: string; until: string }
  | { kind: 'endlease'; cluster: string; build: string; job: string }
  | { kind: 'knowprowjob'; cluster: string; build: string; job: string; prowjob: string }
  /** Changes nothing: answers the state as it is. */
  | { kind: 'read' };

export interface MoveOutcome {
  state: PoolState;
  /** The cluster after the move; undefined for read. */
  cluster: Cluster | undefined;
  /** Whether anything changed. */
  changed: boolean;
}
