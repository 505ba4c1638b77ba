export type {
  ArtifactEntry, ArtifactPage, HistoryPage, HistoryRun, JobQuery, JobsAnswer, JobState, JobSummary, LogState, PullHistory, PullHistoryRow,
  PullSummary, RunAnswer, TestCaseSummary, TestReport,
} from './types.ts';
export { isRunning, jobStates, summarizeJob } from './summarize-job.ts';
export { filterJobs, jobQueryFrom, matchesGlob, queryString } from './job-query.ts';
export { formatAge, formatDuration, formatSize } from './format.ts';
export { parseRunKey, runKeyFromUrl } from './run-key.ts';
export type { RunKey } from './run-key.ts';
