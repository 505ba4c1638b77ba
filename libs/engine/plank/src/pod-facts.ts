// What a pod's status says, in plank's terms. Pure.
import { tryParseTime, type ContainerStateTerminated, type ContainerStatus, type Pod } from '@prow/model-kube-types';
import { buildIdLabel, idLabel } from '@prow/model-prowjob';

/** Why a pod was stopped by its cluster and not by its test. */
export type LossReason =
  | 'evicted'
  | 'unreachable'
  | 'unknown'
  | 'preempted'
  | 'node shutdown'
  | 'disrupted'
  | 'not admitted by its node'
  | 'deleted'
  | 'missing';

/** Reasons a kubelet or a controller puts on a failed pod that never got to run its test to the end. */
const lossByReason: ReadonlyMap<string, LossReason> = new Map<string, LossReason>([
  ['Evicted', 'evicted'],
  ['NodeLost', 'unreachable'],
  ['Preempting', 'preempted'],
  ['Preempted', 'preempted'],
  ['NodeShutdown', 'node shutdown'],
  ['Shutdown', 'node shutdown'],
  // Graceful node shutdown, `Pod was terminated in response to imminent node shutdown.`
  ['Terminated', 'node shutdown'],
  ['NodeAffinity', 'not admitted by its node'],
  ['NodeNotReady', 'not admitted by its node'],
  ['UnexpectedAdmissionError', 'not admitted by its node'],
  ['PodOSNotSupported', 'not admitted by its node'],
]);

/** Kinds of disruption in the condition DisruptionTarget. */
const lossByDisruption: ReadonlyMap<string, LossReason> = new Map<string, LossReason>([
  ['PreemptionByScheduler', 'preempted'],
  ['PreemptionByKubeScheduler', 'preempted'],
  ['DeletionByTaintManager', 'disrupted'],
  ['EvictionByEvictionAPI', 'evicted'],
  ['DeletionByPodGC', 'unreachable'],
  ['TerminationByKubelet', 'disrupted'],
]);

export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether a pod may still run something. */
export function isLive(pod: Pod): boolean {
  return !hasEnded(pod);
}

/** The build id a pod was made with. */
export function buildIdOfPod(pod: Pod): string {
  const label = pod.metadata.labels?.[buildIdLabel] ?? '';
  if (label !== '') return label;
  return pod.spec.containers?.[0]?.env?.find((variable) => variable.name === 'BUILD_ID')?.value ?? '';
}

/** Whether plank made the pod for this job, or an upstream plank did. */
export function belongsTo(pod: Pod, prowJobName: string): boolean {
  return pod.metadata.name === prowJobName && pod.metadata.labels?.[idLabel] === prowJobName;
}

/** Why the pod is lost; undefined while it runs, and when its own test ended it. */
export function lossOf(pod: Pod): LossReason | undefined {
  const { phase, reason = '' } = pod.status ?? {};
  if (phase === 'Succeeded') return undefined;
  if (reason === 'Evicted') return 'evicted';
  if (reason === 'NodeLost' && pod.metadata.deletionTimestamp !== undefined) return 'unreachable';
  if (phase === 'Unknown') return 'unknown';
  if (phase === 'Failed') return lossOfFailed(pod, reason);
  return pod.metadata.deletionTimestamp === undefined ? undefined : (disruptionOf(pod) ?? 'deleted');
}

function lossOfFailed(pod: Pod, reason: string): LossReason | undefined {
  const known = reason.startsWith('OutOf') ? 'not admitted by its node' : lossByReason.get(reason);
  if (known !== undefined) return known;
  if (testsEndedByThemselves(pod)) return undefined;
  return disruptionOf(pod) ?? (pod.metadata.deletionTimestamp === undefined ? undefined : 'deleted');
}

function disruptionOf(pod: Pod): LossReason | undefined {
  const condition = pod.status?.conditions?.find((each) => each.type === 'DisruptionTarget' && each.status === 'True');
  return condition === undefined ? undefined : (lossByDisruption.get(condition.reason ?? '') ?? 'disrupted');
}

// A test that failed before anybody asked the pod to stop has failed, whatever happened to the pod afterwards.
function testsEndedByThemselves(pod: Pod): boolean {
  const stoppedAtMs = stopRequestedAt(pod);
  if (stoppedAtMs === undefined) return true;
  const tests = (pod.status?.containerStatuses ?? []).filter((status) => status.name !== sidecarName);
  if (tests.length === 0) return false;
  return tests.every((status) => {
    const finishedAtMs = tryParseTime(status.state?.terminated?.finishedAt);
    return finishedAtMs !== undefined && finishedAtMs < stoppedAtMs;
  });
}

function stopRequestedAt(pod: Pod): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const deletionMs = tryParseTime(deletionTimestamp);
  const deletionAskedMs = deletionMs === undefined ? undefined : deletionMs - deletionGracePeriodSeconds * 1000;
  const condition = pod.status?.conditions?.find((each) => each.type === 'DisruptionTarget' && each.status === 'True');
  const disruptedMs = condition === undefined ? undefined : (tryParseTime(condition.lastTransitionTime) ?? 0);
  if (deletionAskedMs === undefined || disruptedMs === undefined) return deletionAskedMs ?? disruptedMs;
  return Math.min(deletionAskedMs, disruptedMs);
}

const sidecarName = 'sidecar';

/** Containers and init containers that have ended for good, with their ends. */
function terminated(pod: Pod): { status: ContainerStatus; end: ContainerStateTerminated }[] {
  const restarting = new Set((pod.spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always').map((each) => each.name));
  const ends = [];
  for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
    if (restarting.has(status.name)) continue;
    const end = status.state?.terminated;
    if (end !== undefined) ends.push({ status, end });
  }
  return ends;
}

/** Name of a container that ran out of memory. */
export function outOfMemoryContainer(pod: Pod): string | undefined {
  return terminated(pod).find(({ end }) => end.reason === 'OOMKilled')?.status.name;
}

/** Ends after which the wrapper in a container cannot have told the sidecar that the test is over. */
const deadReasons: ReadonlySet<string> = new Set(['ContainerStatusUnknown', 'StartError', 'ContainerCannotRun', 'RunContainerError']);
/** Exit codes of a process that was killed by a signal: perhaps the wrapper itself, perhaps only its child. */
const killedExitCodes = { from: 129, to: 159 };
/** What the sidecar may need to upload what a test left. */
const uploadPatienceMs = 10 * 60_000;

export interface DeadContainer {
  name: string;
  cause: string;
  /** The pod gets until then to end by itself. */
  patienceEndsAtMs: number;
}

/**
 * A test container that ended in a way its sidecar may never hear of, so that the pod would run until its timeout.
 * Undefined in pods without a sidecar: those end with their containers.
 */
export function deadContainer(pod: Pod): DeadContainer | undefined {
  const sidecar = pod.status?.containerStatuses?.find((status) => status.name === sidecarName);
  if (sidecar === undefined || sidecar.state?.terminated !== undefined) return undefined;
  const dead = terminated(pod).flatMap(({ status, end }) => {
    const endedAtMs = tryParseTime(end.finishedAt) ?? 0;
    if (deadReasons.has(end.reason ?? '')) return [{ name: status.name, cause: end.reason ?? '', patienceEndsAtMs: 0 }];
    const isKilled = end.exitCode >= killedExitCodes.from && end.exitCode <= killedExitCodes.to;
    return isKilled ? [{ name: status.name, cause: `exit code ${end.exitCode}`, patienceEndsAtMs: endedAtMs + uploadPatienceMs }] : [];
  });
  return dead.toSorted((left, right) => left.patienceEndsAtMs - right.patienceEndsAtMs)[0];
}

/** Whether every container and init container has ended with 0. */
export function allContainersSucceeded(pod: Pod): boolean {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const restarting = new Set((pod.spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always').map((each) => each.name));
  return statuses.every((status) => restarting.has(status.name) || status.state?.terminated?.exitCode === 0);
}
