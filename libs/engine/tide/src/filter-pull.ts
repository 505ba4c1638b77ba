// Why a pull request that meets a query is not in the pool all the same. upstream: pkg/tide/tide.go, filterPR
import type { MergeMethod, Repository } from '@prow/clients-github';
import { unsuccessfulContexts, type ContextPolicy } from './context-policy.ts';
import type { TidePull } from './types.ts';

export interface MethodLabels {
  squash?: string;
  rebase?: string;
  merge?: string;
}

/** A label's word, else the configured method. Undefined: labels that contradict one another. */
export function methodOf(pull: TidePull, labels: MethodLabels, configured: MergeMethod): MergeMethod | undefined {
  const named = (['squash', 'rebase', 'merge'] as const).filter((method) => {
    const label = labels[method];
    return label !== undefined && label !== '' && pull.labels.includes(label);
  });
  return named.length > 1 ? undefined : (named[0] ?? configured);
}

export function isMethodAllowed(method: MergeMethod, repository: Pick<Repository, 'allow_merge_commit' | 'allow_squash_merge' | 'allow_rebase_merge'>): boolean {
  const allowed = { merge: repository.allow_merge_commit, squash: repository.allow_squash_merge, rebase: repository.allow_rebase_merge };
  return allowed[method] !== false;
}

export interface FilterQuestion {
  pull: TidePull;
  policy: ContextPolicy;
  /** Contexts of jobs that tide itself can start. */
  jobContexts: ReadonlySet<string>;
  method: MergeMethod | undefined;
  isMethodAllowed: boolean;
  mergeBlocksPolicy: 'ignore' | 'permit' | 'block';
}

/** Undefined when it belongs in the pool; else the reason, to be read after "Not mergeable." */
export function whyNotInPool({ pull, policy, jobContexts, method, isMethodAllowed: isAllowed, mergeBlocksPolicy }: FilterQuestion): string | undefined {
  if (pull.mergeable === 'conflicting') return 'PR has a merge conflict.';
  if (pull.isDraft) return 'PR is a draft.';
  if (method === undefined) return 'PR has conflicting merge method override labels.';
  if (method === 'rebase' && !pull.canBeRebased) return "PR can't be rebased.";
  if (!isAllowed) return `Merge type "${method}" disallowed by repo settings.`;
  if (mergeBlocksPolicy === 'block' && pull.mergeState === 'BLOCKED') return 'PR is blocked from merging by GitHub.';
  const bad = unsuccessfulContexts(policy, pull.contexts ?? []).filter(({ context, state, description: _description, ...rest }) => !(state === 'pending' && !('isAbsent' in rest) && jobContexts.has(context)));
  if (bad.length > 0) {
    const names = bad.map(({ context }) => context);
    return names.length === 1 ? `Job ${names[0] ?? ''} has not succeeded.` : `Jobs ${names.join(', ')} have not succeeded.`;
  }
  return undefined;
}
