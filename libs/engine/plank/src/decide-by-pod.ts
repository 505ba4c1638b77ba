// What a pending job's pod means for the job. upstream: pkg/plank/reconciler.go, syncPendingJob
import { tryParseTime, type Pod } from '@prow/model-kube-types';
import { allContainersSucceeded, deadContainer, lossOf, outOfMemoryContainer } from './pod-facts.ts';
import { finish, replaceLost, type Situation, type Step } from './step.ts';

/** A pod without readable times is looked at again this soon. */
const unreadableTimeWakeMs = 60_000;

export function decideByPod(situation: Situation, pod: Pod): Step {
  const loss = lossOf(pod);
  if (loss !== undefined) return replaceLost(situation, loss);
  switch (pod.status?.phase) {
    case 'Succeeded':
      return allContainersSucceeded(pod)
        ? finish(situation, { state: 'success', description: 'Job succeeded.' }, 'pod succeeded')
        : finish(situation, { state: 'error', description: "Pod was in succeeded phase but some containers didn't finish" }, 'pod succeeded in part');
    case 'Failed':
      return finish(situation, { state: 'failure', description: describeFailure(pod) }, 'pod failed');
    case 'Running':
      return decideRunning(situation, pod);
    default:
      return decidePending(situation, pod);
  }
}

function describeFailure(pod: Pod): string {
  const container = outOfMemoryContainer(pod);
  return container === undefined ? 'Job failed.' : `Job failed: container ${container} ran out of memory.`;
}

function decideRunning(situation: Situation, pod: Pod): Step {
  const { nowMs, policy } = situation;
  if (outOfMemoryContainer(pod) !== undefined) {
    return finish(situation, { state: 'error', description: 'Job pod was OOM killed by the cluster.' }, 'out of memory');
  }
  const dead = deadContainer(pod);
  if (dead !== undefined && nowMs >= dead.patienceEndsAtMs) {
    return finish(situation, { state: 'error', description: `Container ${dead.name} died (${dead.cause}) and its pod did not end.` }, 'dead container');
  }
  const startedAtMs = tryParseTime(pod.status?.startTime) ?? tryParseTime(pod.metadata.creationTimestamp);
  if (startedAtMs === undefined) return { do: 'nothing', wakeAtMs: nowMs + unreadableTimeWakeMs };
  const deadlineMs = startedAtMs + policy.podRunningTimeoutMs;
  if (nowMs >= deadlineMs) return finish(situation, { state: 'aborted', description: 'Pod running timeout.' }, 'running timeout');
  return { do: 'nothing', wakeAtMs: Math.min(deadlineMs, dead?.patienceEndsAtMs ?? deadlineMs) };
}

function decidePending(situation: Situation, pod: Pod): Step {
  const { nowMs, policy } = situation;
  const hopeless = hopelessContainer(pod);
  if (hopeless !== undefined) return finish(situation, { state: 'error', description: hopeless }, 'image that never comes');
  const startedAtMs = tryParseTime(pod.status?.startTime);
  const createdAtMs = tryParseTime(pod.metadata.creationTimestamp);
  if (startedAtMs === undefined && createdAtMs === undefined) return { do: 'nothing', wakeAtMs: nowMs + unreadableTimeWakeMs };
  if (startedAtMs === undefined) {
    const deadlineMs = (createdAtMs ?? nowMs) + policy.podUnscheduledTimeoutMs;
    return nowMs >= deadlineMs ? finish(situation, { state: 'error', description: 'Pod scheduling timeout.' }, 'scheduling timeout') : { do: 'nothing', wakeAtMs: deadlineMs };
  }
  const deadlineMs = startedAtMs + policy.podPendingTimeoutMs;
  return nowMs >= deadlineMs ? finish(situation, { state: 'error', description: 'Pod pending timeout.' }, 'pending timeout') : { do: 'nothing', wakeAtMs: deadlineMs };
}

/** What kubelets say of images that no waiting will bring. (Upstream waits for its pending timeout.) */
const hopelessReasons: ReadonlySet<string> = new Set(['ErrImageNeverPull', 'InvalidImageName']);

function hopelessContainer(pod: Pod): string | undefined {
  for (const { name, state } of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
    const waiting = state?.waiting;
    if (waiting?.reason !== undefined && hopelessReasons.has(waiting.reason)) return `Container ${name} cannot start: ${waiting.message ?? waiting.reason}`;
  }
  return undefined;
}
