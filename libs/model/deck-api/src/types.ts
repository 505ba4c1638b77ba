// What deck's own JSON API answers (`/api/…`), shared by the server and the pages. Times are unix milliseconds.

export type JobState = 'scheduling' | 'triggered' | 'pending' | 'success' | 'failure' | 'aborted' | 'error';

export interface PullSummary {
  number: number;
  author: string;
  sha: string;
  title?: string;
  link?: string;
}

/** A ProwJob, as a row of the list. */
export interface JobSummary {
  /** The ProwJob's name. */
  name: string;
  job: string;
  type: string;
  state: JobState;
  description: string;
  cluster: string;
  context: string;
  /** `org/repo`; '' for a periodic without refs. */
  repo: string;
  repoLink?: string;
  baseRef: string;
  baseSha: string;
  pulls: PullSummary[];
  buildId: string;
  podName: string;
  startedAt: number;
  pendingAt?: number;
  finishedAt?: number;
  /** Path of the run's page on this deck: `/view/file/…`; '' while there is none. */
  viewPath: string;
  /** What the commit status links to. */
  url: string;
}

/** Filters of the job list; also the parameters of the page's address. */
export interface JobQuery {
  type?: string;
  repo?: string;
  pull?: number;
  author?: string;
  /** A glob: `tessops-*`. */
  job?: string;
  state?: string;
  cluster?: string;
}

export interface JobsAnswer {
  /** Newest first, at most `limit` of those that match. */
  jobs: JobSummary[];
  /** How many match. */
  total: number;
  /** How many there are of each state among those that match all filters but the state. */
  byState: Partial<Record<JobState, number>>;
  /** Values to choose from. */
  choices: { repos: string[]; jobs: string[]; authors: string[]; types: string[]; clusters: string[] };
}

export interface LogState {
  /** Container's name; '' where a run has one log. */
  container: string;
  /** Artifact's path below the run, `build-log.txt`. */
  path: string;
  /** Bytes; undefined while it grows. */
  sizeBytes?: number;
  isLive: boolean;
}

export interface ArtifactEntry {
  kind: 'object' | 'folder';
  /** Below the run's folder; a folder's ends in `/`. */
  path: string;
  sizeBytes?: number;
}

export interface ArtifactPage {
  entries: ArtifactEntry[];
  /** Give it as `after` for the next page. */
  next?: string;
}

export interface TestCaseSummary {
  suite: string;
  name: string;
  /** Seconds. */
  seconds: number;
  result: 'passed' | 'failed' | 'skipped' | 'flaky';
  message?: string;
}

export interface TestReport {
  passed: number;
  failed: number;
  skipped: number;
  flaky: number;
  /** Failed and flaky ones first; at most 2,000. */
  cases: TestCaseSummary[];
  /** Files that could not be read, each with the reason. */
  unreadable: { path: string; reason: string }[];
}

/** All that a run's page shows at first. */
export interface RunAnswer {
  key: string;
  job: string;
  buildId: string;
  /** Absent when the ProwJob is gone; then storage tells the rest. */
  prowJob?: JobSummary;
  state: JobState | 'unknown';
  startedAt?: number;
  finishedAt?: number;
  /** Why it is as it is: the ProwJob's description, or the newest trouble of its pod. */
  hint: string;
  revision: string;
  metadata: Record<string, string>;
  logs: LogState[];
  artifacts: ArtifactPage;
  tests?: TestReport;
  links: { name: string; href: string }[];
}

export interface HistoryRun {
  buildId: string;
  key: string;
  state: string;
  startedAt?: number;
  finishedAt?: number;
  revision: string;
}

export interface HistoryPage {
  job: string;
  runs: HistoryRun[];
  /** Give it as `before` for older runs. */
  older?: string;
}

export interface PullHistoryRow {
  job: string;
  runs: HistoryRun[];
}

export interface PullHistory {
  org: string;
  repo: string;
  number: number;
  /** Newest first. */
  commits: string[];
  rows: PullHistoryRow[];
}
