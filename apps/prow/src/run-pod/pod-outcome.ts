// What a pod's status means for the one who waits for it. Pure.
import type { Container, ContainerStatus, Pod } from '@prow/model-kube-types';

/** How it ended; undefined while it may still run. */
export interface PodOutcome {
  /** The first failed test container's, else that of what failed instead of it; 0 for success. 1 to 255 otherwise. */
  exitCode: number;
  /** For people, where the test's own log does not say it. */
  message?: string;
  /** Of the containers whose logs tell what happened, when it was not the test. */
  guilty: readonly string[];
}

const failure = 1;
const maxExitCode = 255;
/** What does not pass by itself on one machine. */
const hopeless = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** Containers that are the job, not what decoration put beside them. */
export function testContainers(pod: Pod): Container[] {
  return pod.spec.containers.filter(({ env = [] }) => !env.some(({ name }) => name === 'SIDECAR_OPTIONS'));
}

export function outcomeOf(pod: Pod): PodOutcome | undefined {
  const { phase, reason, message, conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  if (phase === 'Succeeded') return { exitCode: 0, guilty: [] };
  if (phase === 'Failed') return failed(pod);
  const stuck = [...initContainerStatuses, ...containerStatuses].find(({ state }) => hopeless.has(state?.waiting?.reason ?? ''));
  if (stuck !== undefined) return { exitCode: failure, guilty: [], message: `container ${stuck.name} cannot start: ${stuck.state?.waiting?.reason}: ${stuck.state?.waiting?.message ?? ''}` };
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined) return { exitCode: failure, guilty: [], message: `the pod finds no place on this machine: ${unscheduled.message ?? unscheduled.reason ?? ''}` };
  // Only a pod that was never begun fails so: not while it waits for its first container.
  return reason === undefined ? undefined : { exitCode: failure, guilty: [], message: `${reason}: ${message ?? ''}` };
}

function failed(pod: Pod): PodOutcome {
  const { reason, message, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const tests = new Set(testContainers(pod).map(({ name }) => name));
  const isBad = ({ state }: ContainerStatus): boolean => (state?.terminated?.exitCode ?? 0) !== 0;
  const code = (status: ContainerStatus): number => {
    const exitCode = status.state?.terminated?.exitCode ?? failure;
    return exitCode > 0 && exitCode <= maxExitCode ? exitCode : failure;
  };
  const init = initContainerStatuses.find(isBad);
  const ended = initContainerStatuses.filter(({ state }) => state?.terminated !== undefined).map(({ name }) => name);
  if (init !== undefined) return { exitCode: code(init), guilty: ended, message: `the job did not start: init container ${init.name} ended with ${code(init)}` };
  const test = containerStatuses.find((status) => tests.has(status.name) && isBad(status));
  const why = reason === undefined || reason === '' ? undefined : `${reason}: ${message ?? ''}`;
  if (test !== undefined) {
    const killed = test.state?.terminated?.reason === 'OOMKilled' ? `container ${test.name} was killed: it used more memory than its limit` : why;
    return { exitCode: code(test), guilty: [], ...(killed === undefined ? {} : { message: killed }) };
  }
  const other = containerStatuses.find(isBad);
  if (other !== undefined) return { exitCode: code(other), guilty: [other.name], message: `the tests passed, but ${other.name} ended with ${code(other)}` };
  return { exitCode: failure, guilty: [], message: why ?? 'the pod failed' };
}
