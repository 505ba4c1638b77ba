// How far pull requests and batches have come against one base commit. upstream: pkg/tide/tide.go, accumulate, accumulateBatch
import type { Presubmit, ProwJob } from '@prow/model-prowjob';
import type { ContextState, JobsOfBase, JudgedPull, TidePull } from './types.ts';

const rank: Record<ContextState, number> = { success: 2, pending: 1, failure: 0 };

function stateOf({ status }: ProwJob): ContextState {
  if (status.state === 'success') return 'success';
  return status.state === 'triggered' || status.state === 'pending' || status.state === 'scheduling' ? 'pending' : 'failure';
}

function bestByContext(jobs: readonly ProwJob[]): Map<string, ContextState> {
  const best = new Map<string, ContextState>();
  for (const job of jobs) {
    const context = job.spec.context ?? '';
    const state = stateOf(job);
    const before = best.get(context);
    if (before === undefined || rank[state] > rank[before]) best.set(context, state);
  }
  return best;
}

/** A description that says against which base it was made, or that it counts for every base. */
function isGoodForBase(description: string, baseSha: string): boolean {
  return description.includes('[prow:skip-retest]') || /BaseSHA:([0-9a-f]{40})$/.exec(description)?.[1] === baseSha;
}

/** Readiness of one pull request: from its own runs on this base, or statuses that were made against it. */
export function judge({ pull, required, method, baseSha, jobs }: { pull: TidePull; required: readonly Presubmit[]; method: JudgedPull['method']; baseSha: string; jobs: JobsOfBase }): JudgedPull {
  const own = jobs.presubmits.filter(({ spec }) => spec.refs?.pulls?.length === 1 && spec.refs.pulls[0]?.number === pull.number && spec.refs.pulls[0].sha === pull.headSha);
  const best = bestByContext(own);
  for (const { context, state, description } of pull.contexts ?? []) if (state === 'success' && isGoodForBase(description, baseSha)) best.set(context, 'success');
  const missing = required.filter(({ context = '' }) => (best.get(context) ?? 'failure') === 'failure');
  const isPending = required.some(({ context = '' }) => best.get(context) === 'pending');
  return { pull, required, method, missing, readiness: missing.length > 0 ? 'missing' : isPending ? 'pending' : 'success' };
}

function batchKey(job: ProwJob): string {
  return (job.spec.refs?.pulls ?? []).map(({ number, sha }) => `${number}:${sha}`).join(',');
}

/**
 * Batches of pull requests that are all still here at the tested heads. `success`: every job that any member requires has
 * succeeded.
 */
export function judgeBatches(jobs: JobsOfBase, pulls: readonly JudgedPull[]): { pulls: JudgedPull[]; state: ContextState }[] {
  const byKey = new Map<string, ProwJob[]>();
  for (const job of jobs.batches) byKey.set(batchKey(job), [...(byKey.get(batchKey(job)) ?? []), job]);
  const found: { pulls: JudgedPull[]; state: ContextState }[] = [];
  for (const members of byKey.values()) {
    const wanted = members[0]?.spec.refs?.pulls ?? [];
    const here = wanted.map(({ number, sha }) => pulls.find(({ pull }) => pull.number === number && pull.headSha === sha));
    const isWhole = here.every((pull) => pull !== undefined);
    if (!isWhole || here.length === 0) continue;
    const batch = here.filter((pull) => pull !== undefined);
    const best = bestByContext(members);
    const contexts = new Set(batch.flatMap(({ required }) => required.map(({ context = '' }) => context)));
    const states = [...contexts].map((context) => best.get(context) ?? 'failure');
    found.push({ pulls: batch, state: states.includes('failure') ? 'failure' : states.includes('pending') ? 'pending' : 'success' });
  }
  return found;
}
