// What tide knows of a pull request and what it makes of many. upstream: pkg/tide/codereview.go, tide.go
import type { MergeMethod } from '@prow/clients-github';
import type { Presubmit, ProwJob } from '@prow/model-prowjob';

export type ContextState = 'success' | 'pending' | 'failure';

export interface StatusContext {
  context: string;
  state: ContextState;
  description: string;
}

/** A pull request as found by a search, at the head it had then. */
export interface TidePull {
  org: string;
  repo: string;
  number: number;
  title: string;
  body: string;
  author: string;
  /** Branch it is to be merged into, without `refs/heads/`. */
  base: string;
  headRef: string;
  headSha: string;
  labels: readonly string[];
  milestone: string | undefined;
  isDraft: boolean;
  /** What GitHub says: 'unknown' while it computes. */
  mergeable: 'mergeable' | 'conflicting' | 'unknown';
  canBeRebased: boolean;
  /** CLEAN, BLOCKED, BEHIND…: whether GitHub itself would merge now. */
  mergeState: string;
  isApproved: boolean;
  updatedAt: string;
  /** Statuses and check runs at the head. Undefined when the search did not bring them. */
  contexts: readonly StatusContext[] | undefined;
}

/** Pull requests of one branch, at one commit of it. */
export interface Subpool {
  org: string;
  repo: string;
  branch: string;
  baseSha: string;
  pulls: readonly TidePull[];
}

/** How the required jobs of one pull request stand against the branch's present commit. */
export type Readiness = 'success' | 'pending' | 'missing';

export interface JudgedPull {
  pull: TidePull;
  readiness: Readiness;
  /** Jobs that must have succeeded on the merge of this head and base. */
  required: readonly Presubmit[];
  /** Of them, those with no run that is good or under way. */
  missing: readonly Presubmit[];
  method: MergeMethod;
}

export type TideAction =
  | { kind: 'WAIT'; reason: string }
  | { kind: 'BLOCKED'; blockers: readonly Blocker[] }
  | { kind: 'TRIGGER'; pull: JudgedPull }
  | { kind: 'TRIGGER_BATCH'; candidates: readonly JudgedPull[] }
  | { kind: 'MERGE'; pull: JudgedPull }
  | { kind: 'MERGE_BATCH'; pulls: readonly JudgedPull[] };

export interface Blocker {
  number: number;
  title: string;
  url: string;
}

/** What the page shows of a subpool. upstream's wire names: pkg/tide/tide.go, Pool */
export interface PoolReport {
  Org: string;
  Repo: string;
  Branch: string;
  SuccessPRs: PullReport[];
  PendingPRs: PullReport[];
  MissingPRs: PullReport[];
  BatchPending: PullReport[];
  Action: string;
  Target: PullReport[];
  Blockers: { Number: number; Title: string; URL: string }[];
  Error: string;
  TenantIDs: string[];
}

export interface PullReport {
  Number: number;
  Title: string;
  Org: string;
  Repo: string;
  AuthorLogin: string;
  HeadRefOID: string;
  HeadRefName: string;
  BaseRefName: string;
  Mergeable: string;
}

export interface HistoryRecord {
  time: string;
  action: string;
  baseSHA?: string;
  target?: { number: number; author: string; sha: string; title: string }[];
  err?: string;
  tenantids: string[];
}

/** Jobs of one base commit, by who they test. */
export interface JobsOfBase {
  presubmits: readonly ProwJob[];
  batches: readonly ProwJob[];
}
