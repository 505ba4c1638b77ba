// Which statuses a branch's jobs ask for. upstream: BranchRequirements in pkg/config/branch_protection.go
import type { Presubmit } from '@prow/model-prowjob';
import { isContextRequired, needsExplicitTrigger, runsConditionally } from '@prow/model-prowjob';
import { runsAgainstBranch } from './brancher.ts';

export interface BranchRequirements {
  /** Must be green. */
  readonly required: string[];
  /** Must be green where they are: of jobs that run on some changes or on request only. */
  readonly requiredIfPresent: string[];
  /** Do not count. */
  readonly optional: string[];
}

export function branchRequirements(presubmits: readonly Presubmit[], branch: string, requireManuallyTriggeredJobs = false): BranchRequirements {
  const result: BranchRequirements = { required: [], requiredIfPresent: [], optional: [] };
  for (const job of presubmits) {
    if (!runsAgainstBranch(job, branch)) continue;
    const context = job.context ?? '';
    if (!isContextRequired(job)) result.optional.push(context);
    else if (needsExplicitTrigger(job)) (requireManuallyTriggeredJobs ? result.required : result.requiredIfPresent).push(context);
    else (runsConditionally(job) ? result.requiredIfPresent : result.required).push(context);
  }
  return result;
}
