// What configuration says of one branch, asked once a round.
import { batchSizeLimitFor, contextPolicyFor, mergeBlocksPolicyFor, mergeMethodFor, type ProwConfig } from '@prow/model-config';
import type { MergeMethod } from '@prow/clients-github';
import { isRequiredForMerge, needsExplicitTrigger, type Presubmit } from '@prow/model-prowjob';
import { decidePresubmit } from '@prow/model-job-selection';
import type { ContextPolicy } from './context-policy.ts';
import type { TidePull } from './types.ts';

export interface BranchSettings {
  policy: ContextPolicy;
  /** Set when configuration contradicts itself; then nothing merges. */
  error: string | undefined;
  method: MergeMethod;
  batchSizeLimit: number;
  mergeBlocksPolicy: 'ignore' | 'permit' | 'block';
}

export function branchSettings(config: ProwConfig, { org, repo, branch }: { org: string; repo: string; branch: string }, presubmits: readonly Presubmit[]): BranchSettings {
  const { policy = {}, error } = contextPolicyFor(config, org, repo, branch, presubmits);
  const blocks = mergeBlocksPolicyFor(config, org, repo);
  return {
    policy,
    error,
    method: mergeMethodFor(config, org, repo, branch),
    batchSizeLimit: batchSizeLimitFor(config, org, repo),
    mergeBlocksPolicy: blocks === 'ignore' || blocks === 'block' ? blocks : 'permit',
  };
}

/** Jobs that must succeed on the merge of this pull request. upstream: pkg/tide/tide.go, presubmitsForBatch, presubmitsByPull */
export async function requiredJobs(pull: TidePull, presubmits: readonly Presubmit[], policy: ContextPolicy, changedFiles: () => Promise<readonly string[]>): Promise<Presubmit[]> {
  let files: Promise<readonly string[]> | undefined;
  const readFiles = (): Promise<readonly string[]> => (files ??= changedFiles());
  const required: Presubmit[] = [];
  for (const job of presubmits) {
    const isForced = job.run_before_merge === true || (needsExplicitTrigger(job) && policy['required-contexts']?.includes(job.context ?? '') === true);
    if (!isForced && (!isRequiredForMerge(job) || needsExplicitTrigger(job))) continue;
    const { runs } = await decidePresubmit(job, pull.base, readFiles, { forced: isForced, defaultRun: false });
    if (runs) required.push(job);
  }
  return required;
}
