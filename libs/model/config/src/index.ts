export type { Finding, Source } from './finding.ts';
export { Findings, fromShapeFinding } from './finding.ts';
export { ConfigAssembler, decodeConfigFile, decodeJobFile } from './assemble.ts';
export type { AssembledConfig, ConfigFiles, DecodedFile, JobFile } from './assemble.ts';
export { assembleInRepoJobs, decodeInRepoFile } from './in-repo.ts';
export type { InRepoFile, InRepoJobs } from './in-repo.ts';
export { componentsShape, configFileShape, encodeComponents } from './prow-config.ts';
export type { ComponentsConfig, ConfigFile, ProwConfig } from './prow-config.ts';
export {
  allPeriodics, allRepos, batchSizeLimitFor, branchProtectionFor, contextPolicyFor, isClusterAllowedInRepo,
  isInRepoConfigEnabled, mergeBlocksPolicyFor, mergeMethodFor, postsubmitsFor, presubmitsFor, prioritizesExistingBatches,
  prStatusBaseUrlFor, tideTargetUrlFor,
} from './queries.ts';
export type { BranchProtectionResult, ContextPolicyResult } from './queries.ts';
export { inRepoFile, jobFile, periodic, postsubmit, presubmit } from './shapes/job.ts';
export type { Preset } from './shapes/job.ts';
export { podSpec } from './shapes/pod.ts';
export { artifactBuckets } from './artifact-buckets.ts';
export { sourceOf } from './jobs/default-jobs.ts';
export type { BranchProtection, Policy } from './sections/branch-protection.ts';
export { browserPrefixFor, rerunAuthFor } from './sections/deck.ts';
export type { Deck, Spyglass } from './sections/deck.ts';
export type { Plank } from './sections/plank.ts';
export { decorationEntries, reportTemplateFor } from './sections/plank.ts';
export { ignoredOwnersDirs } from './sections/simple.ts';
export type { GithubReporter, InRepoConfig, Sinker } from './sections/simple.ts';
export { slackReporterFor } from './sections/slack.ts';
export type { SlackReporter } from './sections/slack.ts';
export type { MergeMethod, Tide, TideContextPolicy } from './sections/tide.ts';
export { queryIsForRepo, tideQueryOrgSearches, tideQuerySearch } from './sections/tide-query.ts';
export type { TideQuery } from './sections/tide-query.ts';
export { checkRegex, narrowest } from './sections/checks.ts';
