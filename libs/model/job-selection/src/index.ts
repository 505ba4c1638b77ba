export { branchersIntersect, runsAgainstAllBranches, runsAgainstBranch } from './brancher.ts';
export { decisiveFile, hasChangeMatcher } from './changes.ts';
export type { ChangedFiles } from './changes.ts';
export {
  anyFilter, commandFilter, commentFilter, defaultRerunCommandFor, defaultTriggerFor, manualRequiredFilter, needsContexts,
  retestFilter, retestRequiredFilter, testAllFilter,
} from './filters.ts';
export type { CommentContexts, FilterDecision, PresubmitFilter } from './filters.ts';
export { decidePresubmit, selectPostsubmits, selectPresubmits } from './select.ts';
export type { JobDecision, JobSelection } from './select.ts';
export { jobsRequiredBy } from './required-jobs.ts';
export type { RequiredJob } from './required-jobs.ts';
export { branchRequirements } from './requirements.ts';
export type { BranchRequirements } from './requirements.ts';
