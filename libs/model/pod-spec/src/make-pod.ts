// A ProwJob's pod. upstream: pkg/pod-utils/decorate/podspec.go, ProwJobToPod
import { ProwError } from '@prow/base-errors';
import type { Container, Pod, PodSpec } from '@prow/model-kube-types';
import { buildIdLabel, idLabel, labelsAndAnnotations } from '@prow/model-prowjob';
import type { ProwJob } from '@prow/model-prowjob';
import { decorate } from './decorate.ts';
import { jobEnv, sortedEnv } from './job-env.ts';

/** The name of a job's only container; more than one keep their own. */
export const testContainerName = 'test';

export interface MakePodOptions {
  /** Artifacts are copied to this folder of the node instead of being uploaded. upstream: ProwJobToPodLocal */
  outputDirectory?: string;
}

/**
 * The pod that runs `prowJob` as build `buildId`: same names, values and order as upstream's. Its name is the ProwJob's; it
 * has no namespace. The ProwJob is not changed and shares no object with the pod.
 * @throws ProwError PROW_POD_SPEC_MISSING (no pod_spec), PROW_POD_SPEC_REFS, PROW_POD_SPEC_DECORATION, PROW_TIME_DURATION
 */
export function makePod(prowJob: ProwJob, buildId: string, options: MakePodOptions = {}): Pod {
  const name = prowJob.metadata.name ?? '';
  const { pod_spec, decoration_config } = prowJob.spec;
  if (pod_spec == null) throw new ProwError('PROW_POD_SPEC_MISSING', `ProwJob "${name}" has no pod_spec`, { details: { prowjob: name, job: prowJob.spec.job } });
  const env = jobEnv(prowJob, buildId);
  const base = structuredClone(pod_spec);
  const spec = withDefaults(base);
  const whole = decoration_config == null ? undecorated(spec, env) : decorate(spec, prowJob, structuredClone(decoration_config), env, options.outputDirectory);
  const { labels, annotations } = labelsAndAnnotations(prowJob.spec, {
    labels: { ...prowJob.metadata.labels, [idLabel]: name, [buildIdLabel]: buildId },
    annotations: prowJob.metadata.annotations ?? {},
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels, annotations },
    spec: {
      ...whole,
      ...(whole.initContainers === undefined ? {} : { initContainers: whole.initContainers.map(withTerminationPolicy) }),
      containers: whole.containers.map(withTerminationPolicy),
    },
  };
}

function withDefaults(spec: PodSpec): PodSpec {
  const containers = spec.containers ?? [];
  const result: PodSpec = { ...spec, restartPolicy: 'Never', containers: containers.length === 1 ? containers.map((container) => ({ ...container, name: testContainerName })) : containers };
  // Kubernetes would mount a token where nothing is said; a job gets one only if it asks.
  if (spec.automountServiceAccountToken == null && (spec.serviceAccountName ?? '') === '') result.automountServiceAccountToken = false;
  return result;
}

function undecorated(spec: PodSpec, env: Record<string, string>): PodSpec {
  return { ...spec, containers: spec.containers.map((container) => ({ ...container, env: [...(container.env ?? []), ...sortedEnv(env)] })) };
}

/** Without a policy of its own, a failing container's last log lines become its message. */
function withTerminationPolicy(container: Container): Container {
  return container.terminationMessagePolicy == null || (container.terminationMessagePolicy as string) === '' ? { ...container, terminationMessagePolicy: 'FallbackToLogsOnError' } : container;
}
