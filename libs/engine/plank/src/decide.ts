// What is to be done next for one job: a pure function of what is known. The controller does it, looks again, and so
// on until nothing is left to do. Whatever was done survives a crash, for every step is one write to an API.
// upstream: pkg/plank/reconciler.go, with the repairs that the room's README lists
import { formatTime, tryParseTime, type Pod } from '@prow/model-kube-types';
import { isComplete, isFinalState, type ProwJob } from '@prow/model-prowjob';
import { attemptOf, skippedAnnotation } from './attempt.ts';
import { decideByPod } from './decide-by-pod.ts';
import { belongsTo, buildIdOfPod, isLive } from './pod-facts.ts';
import { finish, noAttempt, replaceLost, type ClusterView, type Situation, type Step } from './step.ts';

/** A node that does not answer holds its pods for ever; then they are removed without it. */
const forceDeleteAfterMs = 60_000;
/** No step depends on a timer being early or exact; this bounds what a lost event costs. */
const safetyWakeMs = 5 * 60_000;

export function decide(situation: Situation): Step {
  const { prowJob, pod } = situation;
  const own = pod !== undefined && belongsTo(pod, prowJob.metadata.name ?? '') ? pod : undefined;
  if (isComplete(prowJob)) return decideComplete(situation, own);
  const { state } = prowJob.status;
  if (state === undefined) return begin(situation);
  // Whoever set it (deck, a plugin, a person) leaves the end to plank. The pod goes once the job is complete.
  if (isFinalState(state)) return finish(situation, isOurProgress(prowJob.status.description) ? { description: 'Aborted.' } : {}, 'final state');
  if (situation.supersededBy !== undefined) {
    return finish(situation, { state: 'aborted', description: `Aborted: superseded by the newer run ${situation.supersededBy}.` }, 'superseded');
  }
  if (pod !== undefined && own === undefined) {
    return finish(situation, { state: 'error', description: `Pod can not be created: a pod named ${prowJob.metadata.name ?? ''} exists that does not belong to this job.` }, 'foreign pod');
  }
  if (situation.cluster.kind === 'unknown') {
    return finish(situation, { state: 'error', description: `Terminal error: ${situation.cluster.because}.` }, 'unknown cluster');
  }
  return decideIncomplete(situation, own);
}

// Made by hand, without a status: it is a new one. The definition of ProwJobs refuses a status that has no state.
function begin({ prowJob, nowMs }: Situation): Step {
  const startTime = prowJob.status.startTime ?? prowJob.metadata.creationTimestamp ?? formatTime(nowMs);
  return { do: 'patch', status: { state: 'triggered', startTime }, because: 'has no state' };
}

// What we said while it was under way is no word about its end; what somebody else said is.
function isOurProgress(description = ''): boolean {
  return description === '' || description === 'Job triggered.' || description.startsWith('Waiting for ');
}

// Nothing of a job that is over may go on running.
function decideComplete({ prowJob, nowMs, cluster }: Situation, pod: Pod | undefined): Step {
  const { state } = prowJob.status;
  if (!isFinalState(state)) return finish({ nowMs }, { state: 'error', description: `The state was set to ${JSON.stringify(state ?? '')} by hand after the job had ended; how it ended is not known any more.` }, 'edited after its end');
  if (pod === undefined || !isLive(pod) || cluster.kind === 'unknown') return { do: 'nothing' };
  return removePod(pod, nowMs, cluster, 'job is over');
}

// Asks for a pod's end and then waits for it.
function removePod(pod: Pod, nowMs: number, cluster: ClusterView, because: string): Step {
  const deletionMs = tryParseTime(pod.metadata.deletionTimestamp);
  if (cluster.kind !== 'ready') return { do: 'nothing', wakeAtMs: nowMs + safetyWakeMs };
  if (deletionMs === undefined) return { do: 'deletePod', pod, force: false, because };
  const forceAtMs = deletionMs + forceDeleteAfterMs;
  if (nowMs < forceAtMs) return { do: 'nothing', wakeAtMs: forceAtMs };
  return { do: 'deletePod', pod, force: true, because };
}

function decideIncomplete(situation: Situation, pod: Pod | undefined): Step {
  const { prowJob, nowMs, cluster } = situation;
  const attempt = attemptOf(prowJob);
  if (pod === undefined) {
    if (cluster.kind !== 'ready' && prowJob.status.state === 'pending') return waitForCluster(situation);
    if (attempt.isAwaited) return createAwaited(situation, attempt.retryAtMs);
    return prowJob.status.state === 'pending' ? replaceLost(situation, 'missing') : decideWaiting(situation);
  }
  const podBuildId = buildIdOfPod(pod);
  if (attempt.isAwaited && podBuildId !== attempt.buildId) return removePod(pod, nowMs, cluster, 'lost pod makes room');
  if (attempt.isAwaited || prowJob.status.state !== 'pending') return adopt(prowJob, pod, podBuildId, nowMs);
  return decideByPod(situation, pod);
}

// Nothing is known of the pod. It cannot have run longer than it may, counted from when it was made.
function waitForCluster(situation: Situation): Step {
  const { prowJob, policy, nowMs } = situation;
  const pendingMs = tryParseTime(prowJob.status.pendingTime) ?? nowMs;
  const deadlineMs = pendingMs + policy.podUnscheduledTimeoutMs + policy.podRunningTimeoutMs;
  if (nowMs >= deadlineMs) return finish(situation, { state: 'aborted', description: 'Pod running timeout.' }, 'running timeout, cluster away');
  return { do: 'nothing', wakeAtMs: Math.min(deadlineMs, nowMs + safetyWakeMs) };
}

function createAwaited({ nowMs, cluster }: Situation, retryAtMs: number | undefined): Step {
  if (retryAtMs !== undefined && nowMs < retryAtMs) return { do: 'nothing', wakeAtMs: retryAtMs };
  if (cluster.kind !== 'ready') return { do: 'nothing', wakeAtMs: nowMs + safetyWakeMs };
  return { do: 'createPod' };
}

function decideWaiting({ prowJob, turn, cluster, nowMs }: Situation): Step {
  if (turn.kind === 'skipped') {
    return finish({ nowMs }, { state: 'aborted', description: `Skipped: ${turn.because}` }, 'skipped', { [skippedAnnotation]: turn.because });
  }
  const waitsOn = cluster.kind === 'away' ? `build cluster ${cluster.because}` : turn.kind === 'waiting' ? turn.on : undefined;
  if (waitsOn === undefined) return { do: 'reserve', because: 'its turn' };
  const description = `Waiting for ${waitsOn}.`;
  if (prowJob.status.description !== description) return { do: 'patch', status: { description }, because: 'waits' };
  const untilMs = turn.kind === 'waiting' ? turn.untilMs : undefined;
  return { do: 'nothing', wakeAtMs: Math.min(untilMs ?? Infinity, nowMs + safetyWakeMs) };
}

function adopt(prowJob: ProwJob, pod: Pod, buildId: string, nowMs: number): Step {
  return {
    do: 'patch',
    status: {
      state: 'pending',
      description: 'Job triggered.',
      pod_name: pod.metadata.name ?? '',
      build_id: buildId,
      ...(prowJob.status.pendingTime === undefined ? { pendingTime: formatTime(nowMs) } : {}),
    },
    annotations: noAttempt,
    because: 'pod exists',
  };
}
