// Tekton jobs name their repositories by PROW_… placeholders. upstream: ValidatePipelineRunSpec
import type { JobBase, ProwJobType } from '@prow/model-prowjob';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';

const implicitRef = 'PROW_IMPLICIT_GIT_REF';

export function checkPipelineRunSpec(job: JobBase, type: ProwJobType, findings: Findings, where: Source): void {
  const key = job.tekton_pipeline_run_spec?.v1beta1 === undefined ? 'pipeline_run_spec' : 'tekton_pipeline_run_spec';
  const spec = job.tekton_pipeline_run_spec?.v1beta1 ?? job.pipeline_run_spec;
  if (spec === undefined) return;
  const place = within(where, key);
  const used = new Set<number>();
  for (const name of taskRefs(spec)) {
    if (type === 'periodic' && name === implicitRef) findings.error('PROW_CONFIG_TEKTON', `a periodic has no repository ${implicitRef} could stand for`, place);
    const index = /PROW_EXTRA_GIT_REF_(\d+)/.exec(name)?.[1];
    if (index === undefined) continue;
    if (index.length > 1 && index.startsWith('0')) findings.error('PROW_CONFIG_TEKTON', `${name}: no leading zeros in an index`, place);
    used.add(Number(index));
  }
  const extraRefs = job.extra_refs ?? [];
  for (const index of extraRefs.keys()) {
    if (!used.has(index)) findings.error('PROW_CONFIG_TEKTON', `extra_refs[${index}] is not used: no task refers to PROW_EXTRA_GIT_REF_${index}`, within(where, 'extra_refs', index));
  }
  if (used.size > extraRefs.length) {
    findings.error('PROW_CONFIG_TEKTON', `${extraRefs.length} extra_refs, but tasks refer to ${[...used].toSorted((a, b) => a - b).join(', ')}`, place);
  }
}

function taskRefs(spec: Record<string, unknown>): string[] {
  const tasks = property(property(spec, 'pipelineSpec'), 'tasks');
  if (!Array.isArray(tasks)) return [];
  return tasks.map((task) => property(property(task, 'taskRef'), 'name')).filter((name) => typeof name === 'string');
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
