// The cluster pool's state, as it is kept: JSON in a ConfigMap, readable and editable by people. Times are RFC 3339.

/** finished is vacant; cleaning is on its way there. */
export type ClusterState = 'finished' | 'testing' | 'held' | 'cleaning' | 'disabled';

export interface Lease {
  /** Build id and job of whoever holds it: the same pair asking again gets the same cluster. */
  build: string;
  job: string;
  since: string;
  /** Whose token asked for it: only they may ask for it again or end it, besides operators. Absent: nobody was asked for a name. */
  holder?: string;
  /** The ProwJob's name, once it is known: the lease ends when that ends. */
  prowjob?: string;
  /** When it ends by itself. */
  until?: string;
  /** When its holder asked again, last. */
  askedAgain?: string;
  /** How often it was asked for. Absent: once. */
  asked?: number;
  /** How many of the answers to that reached nobody: when none did, it ends. */
  unanswered?: number;
}

export interface Hold {
  user: string;
  reason: string;
  since: string;
  until: string;
}

/** The health check and clean-up before a returned cluster is vacant again. */
export interface Cleaning {
  since: string;
  /** The ProwJob that does it, once it is known. */
  prowjob?: string;
  url?: string;
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
  cleaning?: Cleaning;
  /** Why it is disabled. */
  reason?: string;
}

/** What all writers agree on besides the clusters. */
export interface PoolMeta {
  version: 2;
  /** Number of the last commit of all. */
  sequence: number;
  /** The number of the last commit of each writer, and when: how a writer whose answer was lost learns what became of it. */
  commits: Record<string, WriterMark>;
}

export interface WriterMark {
  number: number;
  at: string;
  /** Since when the longest of those waits who wait at this writer. Absent: nobody does. */
  waits?: string;
}

/** The pool at one moment. */
export interface PoolSnapshot {
  /** In order of their names. */
  clusters: Cluster[];
  /** Edits by another hand that are refused: the key and what is wrong with it. */
  broken: { key: string; problem: string }[];
}

export interface Wanted {
  region?: string;
  labels?: Record<string, string>;
}

/** Who asks for a lease or ends one. */
export interface LeaseCaller {
  name: string;
  /** May end the leases of others. */
  isOperator: boolean;
}

/** `since`: only while the cluster is in the state that it had since then, which is what the asker saw. */
interface OfCluster {
  cluster: string;
  since?: string;
}

/** What may be asked of the pool. `caller` is absent where nobody is asked for a name. */
export type Move =
  | { kind: 'getvacant'; build: string; job: string; wanted?: Wanted; ttlMs?: number; caller?: LeaseCaller }
  | ({ kind: 'finishtest'; build?: string; job?: string; caller?: LeaseCaller } & OfCluster)
  | ({ kind: 'holdcluster'; build?: string; job?: string; user: string; reason: string; forMs: number } & OfCluster)
  | ({ kind: 'releasecluster' } & OfCluster)
  | { kind: 'addcluster'; cluster: string; region: string; administrator: string; labels?: Record<string, string> }
  | ({ kind: 'deletecluster' } & OfCluster)
  | ({ kind: 'disablecluster'; reason?: string } & OfCluster)
  | ({ kind: 'enablecluster' } & OfCluster)
  /** The pool's own: a hold or a lease has run out, a lease's ProwJob has ended or is known now. `since` is the lease's: the same job may have another by then. */
  | { kind: 'expirehold'; cluster: string; until: string }
  | { kind: 'endlease'; cluster: string; build: string; job: string; since: string; why: string }
  | { kind: 'knowprowjob'; cluster: string; build: string; job: string; since: string; prowjob: string }
  /** The answer to a request reached nobody: the lease it was given ends, unless another answer has told of it, or may still do so. */
  | { kind: 'unanswered'; cluster: string; build: string; job: string; since: string }
  /** The pool's own: the clean-up of the cluster that is cleaning since then is that ProwJob; is over. */
  | { kind: 'startcleaning'; cluster: string; since: string; prowjob: string; url: string }
  | { kind: 'endcleaning'; cluster: string; since: string; problem?: string }
  /** Changes nothing: makes sure of the state as it is; with `isWhole`, answers it. */
  | { kind: 'read'; isWhole: boolean };

/** One line of the pool's history. */
export interface MoveRecord {
  /** `<number of the commit>.<number within it>.<writer>`: the order of moves, and how one told twice is known. */
  id: string;
  at: string;
  cluster: string;
  move: Move['kind'];
  /** '' for a cluster that came. */
  from: ClusterState | '';
  /** '' for a cluster that went. */
  to: ClusterState | '';
  /** A person, a `JOB BUILD`, or `pool`. */
  who: string;
  why?: string;
}

export interface PoolRules {
  /** Whether a returned cluster is cleaned before it is vacant. */
  cleans: boolean;
}

/** What a move is decided on. */
export interface PoolView {
  get(name: string): Cluster | undefined;
  leasedTo(build: string, job: string): Cluster | undefined;
  /** The one that has rested longest of those that fit. */
  firstVacant(wanted: Wanted): Cluster | undefined;
  names(): Iterable<string>;
  /** What is wrong with this cluster's text; undefined when nothing is. */
  problemOf(name: string): string | undefined;
}

export interface Decision {
  /** The cluster after the move; undefined for read. */
  cluster: Cluster | undefined;
  /** Absent when nothing changes. */
  change?: { name: string; before: Cluster | undefined; after: Cluster | undefined };
}
