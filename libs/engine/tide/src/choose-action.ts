// The one thing to do for a branch now. Pure. upstream: pkg/tide/tide.go, takeAction, pickHighestPriorityPR
import type { ContextState, JudgedPull, TideAction, Blocker } from './types.ts';

export interface ActionQuestion {
  pulls: readonly JudgedPull[];
  batches: readonly { pulls: readonly JudgedPull[]; state: ContextState }[];
  blockers: readonly Blocker[];
  /** Label sets; pull requests with all labels of the first set go first. */
  priority: readonly (readonly string[])[];
  /** 0 no bound, -1 no batches. */
  batchSizeLimit: number;
  /** Pull requests that GitHub refused to merge at this head, not to be tried for a while: they must not starve the others. */
  isExcluded: (pull: JudgedPull) => boolean;
}

/** Lowest number of the first priority that has any. */
function pick(pulls: readonly JudgedPull[], priority: readonly (readonly string[])[]): JudgedPull | undefined {
  const byNumber = pulls.toSorted((a, b) => a.pull.number - b.pull.number);
  for (const labels of priority) {
    const found = byNumber.find(({ pull }) => labels.every((label) => pull.labels.includes(label)));
    if (found !== undefined) return found;
  }
  return byNumber[0];
}

export function chooseAction({ pulls, batches, blockers, priority, batchSizeLimit, isExcluded }: ActionQuestion): TideAction {
  if (blockers.length > 0) return { kind: 'BLOCKED', blockers };
  const able = pulls.filter((pull) => !isExcluded(pull));
  const goodBatch = batches.filter(({ state, pulls: members }) => state === 'success' && members.every((pull) => able.includes(pull))).toSorted((a, b) => b.pulls.length - a.pulls.length)[0];
  if (goodBatch !== undefined && goodBatch.pulls.length > 1) return { kind: 'MERGE_BATCH', pulls: goodBatch.pulls };
  const isBatchPending = batches.some(({ state }) => state === 'pending');
  const passing = able.filter(({ readiness }) => readiness === 'success');
  if (passing.length > 0 && !isBatchPending) {
    const pull = pick(passing, priority);
    if (pull !== undefined) return { kind: 'MERGE', pull };
  }
  if (able.every(({ required }) => required.length === 0)) return { kind: 'WAIT', reason: 'no job is required' };
  const candidates = able.toSorted((a, b) => a.pull.number - b.pull.number);
  // A set that has failed as a batch is not tried again: its members are tested one by one.
  const failed = batches.filter(({ state }) => state === 'failure').map(({ pulls: members }) => members.map(({ pull }) => pull.number).toSorted((a, b) => a - b).join());
  const isNew = !failed.includes(candidates.map(({ pull }) => pull.number).join());
  if (batchSizeLimit >= 0 && candidates.length > 1 && !isBatchPending && isNew && passing.length === 0) return { kind: 'TRIGGER_BATCH', candidates };
  const missing = able.filter(({ readiness }) => readiness === 'missing');
  const isPending = able.some(({ readiness }) => readiness === 'pending');
  if (missing.length > 0 && !isPending && passing.length === 0) {
    const pull = pick(missing, priority);
    if (pull !== undefined) return { kind: 'TRIGGER', pull };
  }
  return { kind: 'WAIT', reason: isPending || isBatchPending ? 'jobs are running' : 'nothing can be merged' };
}
