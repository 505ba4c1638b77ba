// A job that is over, as spans: how long it waited, how long its pod took, and each container of it. Nothing is kept
// while the job runs, so a plank that was killed meanwhile loses none of it.
import type { RecordedSpan, Tracing } from '@prow/base-tracing';
import { tryParseTime, type Pod } from '@prow/model-kube-types';
import { causeOf, clusterAlias, jobTraceparent, type ProwJob } from '@prow/model-prowjob';

/** @param pod the job's last pod, as far as it is known */
export function recordJobSpans(tracing: Tracing, prowJob: ProwJob, pod: Pod | undefined): void {
  const own = jobTraceparent(prowJob);
  if (!tracing.isOn || own === undefined) return;
  for (const span of jobSpans(prowJob, pod, own)) tracing.record(span);
}

function jobSpans(prowJob: ProwJob, pod: Pod | undefined, own: string): RecordedSpan[] {
  const { status, metadata } = prowJob;
  const endedAtMs = tryParseTime(status.completionTime);
  const startedAtMs = tryParseTime(status.startTime) ?? tryParseTime(metadata.creationTimestamp);
  if (endedAtMs === undefined || startedAtMs === undefined) return [];
  const pendingAtMs = tryParseTime(status.pendingTime);
  const isWell = status.state === 'success' || status.state === 'aborted';
  const spans: RecordedSpan[] = [
    { name: 'prowjob', traceparent: own, parent: causeOf(prowJob), startedAtMs, endedAtMs, attributes: attributesOf(prowJob), ...(isWell ? {} : { error: status.description ?? status.state ?? '' }) },
    { name: 'prowjob wait', parent: own, startedAtMs, endedAtMs: pendingAtMs ?? endedAtMs },
  ];
  if (pendingAtMs !== undefined) {
    spans.push({ name: 'prowjob pod', parent: own, startedAtMs: pendingAtMs, endedAtMs, attributes: { 'k8s.pod.name': status.pod_name ?? '', 'prow.revivals': status.pod_revival_count ?? 0 } });
  }
  return [...spans, ...containerSpans(pod, own)];
}

function containerSpans(pod: Pod | undefined, parent: string): RecordedSpan[] {
  const statuses = [...(pod?.status?.initContainerStatuses ?? []), ...(pod?.status?.containerStatuses ?? [])];
  return statuses.flatMap(({ name, state }): RecordedSpan[] => {
    const end = state?.terminated;
    const [startedAtMs, endedAtMs] = [tryParseTime(end?.startedAt), tryParseTime(end?.finishedAt)];
    if (end === undefined || startedAtMs === undefined || endedAtMs === undefined) return [];
    const attributes = { 'k8s.container.name': name, 'prow.exit_code': end.exitCode };
    return [{ name: 'prowjob container', parent, startedAtMs, endedAtMs, attributes, ...(end.exitCode === 0 ? {} : { error: end.reason ?? `exit code ${end.exitCode}` }) }];
  });
}

function attributesOf(prowJob: ProwJob): Record<string, string | number> {
  const { spec, status, metadata } = prowJob;
  const refs = spec.refs ?? spec.extra_refs?.[0];
  const pull = spec.refs?.pulls?.[0]?.number;
  return {
    'prow.prowjob': metadata.name ?? '',
    'prow.job': spec.job,
    'prow.type': spec.type,
    'prow.state': status.state ?? '',
    'prow.cluster': clusterAlias(prowJob),
    'prow.build_id': status.build_id ?? '',
    ...(refs === undefined ? {} : { 'prow.org': refs.org, 'prow.repo': refs.repo }),
    ...(pull === undefined ? {} : { 'prow.pull': pull }),
  };
}

/** The pod with TRACEPARENT in each container, for the job's own tools; the pod as it is where nothing traces the job. */
export function withTraceEnvironment(pod: Pod, prowJob: ProwJob): Pod {
  const value = causeOf(prowJob) === undefined ? undefined : jobTraceparent(prowJob);
  if (value === undefined) return pod;
  const extend = (container: Pod['spec']['containers'][number]): typeof container =>
    container.env?.some(({ name }) => name === variable) === true ? container : { ...container, env: [...(container.env ?? []), { name: variable, value }] };
  const { containers, initContainers } = pod.spec;
  return { ...pod, spec: { ...pod.spec, containers: containers.map(extend), ...(initContainers === undefined ? {} : { initContainers: initContainers.map(extend) }) } };
}

const variable = 'TRACEPARENT';
