// What must be true once the world has been kind for a while.
import type { Pod } from '@prow/model-kube-types';
import { isComplete, isFinalState, type ProwJob } from '@prow/model-prowjob';
import type { Invariants } from './invariants.ts';
import type { SimulatedApi } from './simulated-api.ts';
import type { SimulatedClusters } from './simulated-clusters.ts';
import type { SimulatedGitHub } from './simulated-github.ts';
import { podType } from './simulated-kubelet.ts';
import { namespace, prowJobType } from './world.ts';

export interface EndState {
  main: SimulatedApi;
  clusters: SimulatedClusters;
  github: SimulatedGitHub;
  invariants: Invariants;
  /** Names of the jobs that people made. */
  created: readonly string[];
  /** Somebody looked all the time: no process died, none stood still, no cluster was cut off. */
  isUnbroken: () => boolean;
}

/** Over, reported, and cleaned up. */
export function isSettled({ main, clusters }: EndState): boolean {
  if ([...clusters.apis.values()].some((api) => api.list(podType).length > 0)) return false;
  return (main.list(prowJobType, namespace) as ProwJob[]).every((prowJob) => isComplete(prowJob) && (!isToBeReported(prowJob) || isReported(prowJob)));
}

export function checkEnd(end: EndState): void {
  const { main, clusters, invariants } = end;
  const runsByStatus = new Map<string, ProwJob[]>();
  for (const prowJob of main.list(prowJobType, namespace) as ProwJob[]) {
    const name = prowJob.metadata.name ?? '';
    if (!isComplete(prowJob) || !isFinalState(prowJob.status.state)) invariants.note('every job ends', `${name}: ${JSON.stringify(prowJob.status)} ${JSON.stringify(prowJob.metadata.annotations)}`);
    if (prowJob.status.description?.includes('unknown cluster alias "far"') === true) invariants.note('the scheduler places every job', name);
    if (!isToBeReported(prowJob)) continue;
    if (!isReported(prowJob)) invariants.note('every end is reported', `${name}: ${JSON.stringify(prowJob.status)}`);
    const key = keyOf(prowJob);
    runsByStatus.set(key, [...(runsByStatus.get(key) ?? []), prowJob]);
  }
  for (const [key, runs] of runsByStatus) checkStatus(end, key, runs);
  for (const prowJob of end.isUnbroken() ? invariants.deleted : []) {
    const key = keyOf(prowJob);
    if (!runsByStatus.has(key) && end.github.statuses.get(key)?.state === 'pending') invariants.note('the status of a deleted job has an end', `${prowJob.metadata.name ?? ''}: ${key}`);
  }
  for (const api of clusters.apis.values()) {
    for (const pod of api.list(podType) as Pod[]) {
      if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') invariants.note('no pod outlives its job', `${pod.metadata.name ?? ''}: ${JSON.stringify(pod.metadata)} ${JSON.stringify(pod.status)}`);
    }
  }
}

function keyOf({ spec: { refs, context = '' } }: ProwJob): string {
  return `${refs?.pulls?.[0]?.sha ?? refs?.base_sha ?? ''} ${context}`;
}

function isToBeReported({ spec }: ProwJob): boolean {
  return spec.report === true && spec.refs !== undefined;
}

function isReported({ status }: ProwJob): boolean {
  return status.prev_report_states?.['github-reporter'] === status.state;
}

function checkStatus({ main, github, invariants, created }: EndState, key: string, runs: readonly ProwJob[]): void {
  const status = github.statuses.get(key);
  if (created.some((name) => invariants.meddledWith.has(name) && main.find(prowJobType, namespace, name) === undefined)) return;
  const latest = runs.reduce((best, each) => ((each.metadata.creationTimestamp ?? '') > (best.metadata.creationTimestamp ?? '') ? each : best));
  const candidates = runs.filter((run) => run.metadata.creationTimestamp === latest.metadata.creationTimestamp);
  const expected: string[] = candidates.map((run) => (run.status.state === 'success' || run.status.state === 'error' ? run.status.state : 'failure'));
  if (status === undefined || !expected.includes(status.state)) invariants.note('GitHub knows the newest end', `${key}: ${status?.state ?? 'nothing'}, expected ${expected.join(' or ')}`);
}
