// Tells the world of the states of ProwJobs, until it knows.
export { indexByReportKey, ReportController, reportIndex } from './report-controller.ts';
export type { ReportControllerOptions } from './report-controller.ts';
export type { Reporter, ReportOutcome } from './reporter.ts';
export { GitHubReporter, githubReporterName } from './github-reporter.ts';
export type { GitHubReporterOptions, GitHubReportSettings } from './github-reporter.ts';
export { planComment, renderComment, reportMarker } from './report-comment.ts';
export type { BotComment, CommentPlan } from './report-comment.ts';
export { statusDescription } from './status-description.ts';
export { StorageReporter, storageReporterName } from './storage-reporter.ts';
export type { StorageReporterOptions } from './storage-reporter.ts';
export { SlackReporter, slackReporterName } from './slack-reporter.ts';
export type { SlackReporterOptions, SlackSettings } from './slack-reporter.ts';
export { PubsubReporter, pubsubReporterName } from './pubsub-reporter.ts';
export type { PubsubReporterOptions } from './pubsub-reporter.ts';
export { ReportMetrics } from './report-metrics.ts';
