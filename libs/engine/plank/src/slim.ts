// What caches keep: jobs that are over and pods are many, and most of their bytes are never read again.
import type { KubeResource } from '@prow/clients-kube';
import type { Container, Pod } from '@prow/model-kube-types';
import { isComplete, type ProwJob } from '@prow/model-prowjob';

const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * A ProwJob without what nobody reads from a cache: of all jobs the managed fields, of those that are over also the pod's
 * specification and most of the decoration. Not to be written back.
 */
export function slimProwJob(prowJob: ProwJob): ProwJob {
  const { managedFields: _managed, ...metadata } = prowJob.metadata;
  if (metadata.annotations?.[lastAppliedAnnotation] !== undefined) {
    const { [lastAppliedAnnotation]: _applied, ...annotations } = metadata.annotations;
    metadata.annotations = annotations;
  }
  if (!isComplete(prowJob)) return { ...prowJob, metadata };
  const { pod_spec: _pod, decoration_config: decoration, pipeline_run_spec: _run, tekton_pipeline_run_spec: _tekton, ...spec } = prowJob.spec;
  const kept = decoration?.gcs_configuration === undefined ? {} : { decoration_config: { gcs_configuration: decoration.gcs_configuration } };
  return { ...prowJob, metadata, spec: { ...spec, ...kept } };
}

/** Whether parts of a job are missing because it comes from a cache. */
export function isSlim(prowJob: ProwJob): boolean {
  return isComplete(prowJob) && prowJob.spec.pod_spec === undefined;
}

/** A pod as plank needs it: whose it is, and how it fares. */
export function slimPod(pod: Pod): Pod {
  const { managedFields: _managed, annotations: _annotations, ownerReferences: _owners, ...metadata } = pod.metadata;
  const { containers, initContainers, nodeName } = pod.spec;
  return {
    metadata,
    spec: {
      containers: containers.map((container) => slimContainer(container)),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map((container) => slimContainer(container)) }),
      ...(nodeName === undefined ? {} : { nodeName }),
    },
    ...(pod.status === undefined ? {} : { status: pod.status }),
  };
}

function slimContainer({ name, image, restartPolicy, env }: Container): Container {
  const buildId = env?.find((variable) => variable.name === 'BUILD_ID');
  return { name, ...(image === undefined ? {} : { image }), ...(restartPolicy === undefined ? {} : { restartPolicy }), ...(buildId === undefined ? {} : { env: [buildId] }) };
}

/** For `InformerOptions.transform`. */
export function slimCached(object: unknown): unknown {
  const { kind } = object as KubeResource;
  if (kind === 'ProwJob') return slimProwJob(object as ProwJob);
  return kind === 'Pod' ? slimPod(object as Pod) : object;
}
