// What an orphaned pod tells of the job that somebody deleted: enough to tell GitHub of its end.
import type { Pod } from '@prow/model-kube-types';
import { buildIdLabel, contextAnnotation, jobAnnotation, typeLabel, type ProwJob, type ProwJobSpec, type Refs } from '@prow/model-prowjob';
import { prowJobNameOf } from './select-garbage.ts';

const jobSpecVariable = 'JOB_SPEC';

/** Undefined for a pod that no decorated or plain job of ours can have had. */
export function jobOfPod(pod: Pod): ProwJob | undefined {
  const { labels = {}, annotations = {} } = pod.metadata;
  const jobSpec = readJobSpec(pod);
  const context = annotations[contextAnnotation];
  const type = labels[typeLabel];
  if (jobSpec?.refs === undefined || context === undefined || !isType(type)) return undefined;
  return {
    apiVersion: 'prow.k8s.io/v1',
    kind: 'ProwJob',
    metadata: { name: prowJobNameOf(pod), labels },
    spec: { type, agent: 'kubernetes', job: annotations[jobAnnotation] ?? '', context, report: true, refs: jobSpec.refs },
    status: { state: 'pending', build_id: labels[buildIdLabel] ?? '' },
  };
}

function isType(type: string | undefined): type is ProwJobSpec['type'] {
  return type === 'presubmit' || type === 'postsubmit' || type === 'batch' || type === 'periodic';
}

// Somebody else's pod may say anything.
function readJobSpec(pod: Pod): { refs?: Refs } | undefined {
  const texts = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])].flatMap((container) => container.env?.find((variable) => variable.name === jobSpecVariable)?.value ?? []);
  try {
    const jobSpec: unknown = JSON.parse(texts[0] ?? '');
    if (typeof jobSpec !== 'object' || jobSpec === null || !('refs' in jobSpec)) return undefined;
    const { refs } = jobSpec as { refs: Partial<Refs> | null };
    return typeof refs?.org === 'string' && typeof refs.repo === 'string' ? { refs: refs as Refs } : undefined;
  } catch {
    return undefined;
  }
}
