import type { CheckRun, CombinedStatus, RepositoryName, Status, StatusState } from './types.ts';

export interface NewCheckRun extends RepositoryName {
  name: string;
  headSha: string;
  status?: 'queued' | 'in_progress' | 'completed';
  conclusion?: 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required';
  detailsUrl?: string;
  externalId?: string;
  startedAt?: string;
  completedAt?: string;
  output?: { title: string; summary: string; text?: string; annotations?: CheckAnnotation[] };
}

/** A remark on a line of a file, in GitHub's own names; at most 50 in one request. */
export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: 'notice' | 'warning' | 'failure';
  message: string;
  title?: string;
}

/** Commit statuses and check runs. */
export interface Statuses {
  /** Sets a context's state; descriptions over 140 characters are cut in the middle. */
  createStatus(
    status: RepositoryName & { sha: string; state: StatusState; context: string; description?: string; targetUrl?: string },
  ): Promise<void>;
  /** The newest status of each context: all pages. `ref` is a SHA, a branch or a tag. */
  getCombinedStatus(query: RepositoryName & { ref: string }): Promise<CombinedStatus>;
  /** Every status ever set on the commit, newest first. */
  listStatuses(query: RepositoryName & { ref: string }): Promise<Status[]>;
  /** The newest check run of each name. */
  listCheckRuns(query: RepositoryName & { ref: string }): Promise<CheckRun[]>;
  /** GitHub accepts check runs from Apps only (403 otherwise). */
  createCheckRun(run: NewCheckRun): Promise<{ id: number }>;
  /** Changes what is given of a run of this App; annotations are added to those it has. */
  updateCheckRun(run: Omit<NewCheckRun, 'headSha'> & { id: number }): Promise<void>;
}
