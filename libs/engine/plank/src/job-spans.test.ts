import { expect, test } from '@jest/globals';
import type { RecordedSpan, Tracing } from '@prow/base-tracing';
import type { Pod } from '@prow/model-kube-types';
import { newProwJob, withTraceparent, type ProwJob } from '@prow/model-prowjob';
import { recordJobSpans, withTraceEnvironment } from './job-spans.ts';

const cause = '00-72d3162ecc7811e381ab4c9367dc0958-00f067aa0ba902b7-01';
const own = '00-72d3162ecc7811e381ab4c9367dc0958-a16570867728950e-01';

function finished(): ProwJob {
  const job = newProwJob({ type: 'periodic', agent: 'kubernetes', job: 'work' }, { name: 'one', namespace: 'default', nowMs: 0 });
  const status = { state: 'failure', description: 'Job failed.', startTime: '2026-01-01T00:00:00Z', pendingTime: '2026-01-01T00:00:05Z', completionTime: '2026-01-01T00:01:00Z', pod_name: 'one', build_id: '7' } as const;
  return withTraceparent({ ...job, metadata: { ...job.metadata, uid: '0f8fad5b-d9cb-469f-a165-70867728950e' }, status: { ...status } }, cause);
}

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one' },
  spec: { containers: [{ name: 'test', image: 'i', env: [{ name: 'A', value: 'b' }] }], initContainers: [{ name: 'clonerefs', image: 'c' }] },
  status: { phase: 'Failed', containerStatuses: [{ name: 'test', ready: false, restartCount: 0, image: 'i', imageID: 'i', state: { terminated: { exitCode: 1, startedAt: '2026-01-01T00:00:10Z', finishedAt: '2026-01-01T00:00:50Z' } } }] },
};

function recorder(isOn: boolean): { tracing: Tracing; spans: RecordedSpan[] } {
  const spans: RecordedSpan[] = [];
  return { spans, tracing: { isOn, span: (_span, work) => work(), record: (span) => void spans.push(span), stop: () => Promise.resolve() } };
}

test('a job that is over: its span below its cause; waiting, pod and containers below it', () => {
  const { tracing, spans } = recorder(true);
  recordJobSpans(tracing, finished(), pod);
  expect(spans.map(({ name, parent, startedAtMs, endedAtMs }) => [name, parent, endedAtMs - startedAtMs])).toEqual([
    ['prowjob', cause, 60_000],
    ['prowjob wait', own, 5000],
    ['prowjob pod', own, 55_000],
    ['prowjob container', own, 40_000],
  ]);
  expect(spans[0]).toMatchObject({ traceparent: own, error: 'Job failed.', attributes: { 'prow.job': 'work', 'prow.state': 'failure', 'prow.build_id': '7' } });
  expect(spans[3]).toMatchObject({ error: 'exit code 1', attributes: { 'k8s.container.name': 'test', 'prow.exit_code': 1 } });
});

test('nothing while tracing is off, or for a job that is not over', () => {
  const off = recorder(false);
  recordJobSpans(off.tracing, finished(), pod);
  const on = recorder(true);
  const { completionTime: _end, ...status } = finished().status;
  recordJobSpans(on.tracing, { ...finished(), status }, pod);
  expect([...off.spans, ...on.spans]).toEqual([]);
});

test('TRACEPARENT reaches every container of a traced job, and no other pod', () => {
  const traced = withTraceEnvironment(pod, finished());
  expect(traced.spec.containers[0]?.env).toEqual([{ name: 'A', value: 'b' }, { name: 'TRACEPARENT', value: own }]);
  expect(traced.spec.initContainers?.[0]?.env).toEqual([{ name: 'TRACEPARENT', value: own }]);
  const untraced = finished();
  delete untraced.metadata.annotations;
  expect(withTraceEnvironment(pod, untraced)).toBe(pod);
});
