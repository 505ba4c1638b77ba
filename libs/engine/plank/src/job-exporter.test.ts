import { expect, test } from '@jest/globals';
import { newProwJob, type ProwJob } from '@prow/model-prowjob';
import { Registry } from 'prom-client';
import { JobExporter } from './job-exporter.ts';

function job(name: string, at: string, marks: { labels?: Record<string, string>; annotations?: Record<string, string> } = {}): ProwJob {
  const refs = { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 's' }] };
  const made = newProwJob({ type: 'presubmit', agent: 'kubernetes', cluster: 'default', job: name, context: name, report: true, refs }, { name: `${name}-${at}`, namespace: 'ci', nowMs: Date.parse(at), ...marks });
  return { ...made, metadata: { ...made.metadata, creationTimestamp: at } };
}

async function lines(registry: Registry, start: string): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith(start)).toSorted();
}

test('labels and annotations: one series a job, from its newest run, without what every run has anew', async () => {
  const registry = new Registry();
  const jobs = [
    job('unit', '2026-01-02T00:00:05Z', { labels: { team: 'new', 'a.b/c': '1', 'a-b/c': '2', 'event-GUID': 'g' }, annotations: { note: 'he said "no"\n', 'prow.k8s.io/traceparent': 't', long: 'x'.repeat(5000) } }),
    job('unit', '2026-01-02T00:00:00Z', { labels: { team: 'old' } }),
    job('e2e', '2026-01-02T00:00:00Z'),
  ];
  new JobExporter(registry, () => jobs);
  const labels = await lines(registry, 'prow_job_labels{');
  expect(labels).toHaveLength(2);
  expect(labels[0]).toMatch(/^prow_job_labels\{job_name="e2e",job_namespace="ci",job_agent="kubernetes",/);
  expect(labels[1]).toMatch(/label_team="new"/);
  expect(labels[1]).toMatch(/label_a_b_c="2".*label_a_b_c_conflict1="1"|label_a_b_c_conflict1="1".*label_a_b_c="2"/);
  expect(labels[1]).toContain('label_prow_k8s_io_refs_base_ref="main"');
  for (const unshown of ['created_by_prow', 'prow_k8s_io_id', 'prow_k8s_io_type', 'refs_org', 'refs_pull', 'team="old"']) expect(labels.join()).not.toContain(unshown);
  const annotations = await lines(registry, 'prow_job_annotations{');
  expect(annotations).toHaveLength(2);
  expect(annotations[1]).toContain('annotation_note="he said \\"no\\"\\n"');
  expect(annotations[1]).toContain('annotation_prow_k8s_io_job="unit"');
  expect(annotations[1]).not.toContain('traceparent');
  expect(annotations[1]?.length).toBeLessThan(2000);
  jobs.splice(0);
  expect(await lines(registry, 'prow_job_labels{')).toEqual([]);
});

test('runtimes: from triggered to pending to the end, once a transition', async () => {
  const registry = new Registry();
  const exporter = new JobExporter(registry, () => []);
  const triggered = job('unit', '2026-01-02T00:00:00Z');
  const pending: ProwJob = { ...triggered, status: { ...triggered.status, state: 'pending', pendingTime: '2026-01-02T00:00:20Z' } };
  const ended: ProwJob = { ...pending, status: { ...pending.status, state: 'success', completionTime: '2026-01-02T00:03:20Z' } };
  exporter.countTransition(triggered, pending);
  exporter.countTransition(pending, { ...pending, status: { ...pending.status, description: 'runs' } });
  exporter.countTransition(pending, ended);
  const common = 'job_namespace="ci",job_name="unit",type="presubmit"';
  const refs = 'org="o",repo="r",base_ref="main"';
  expect(await lines(registry, 'prow_job_runtime_seconds_sum')).toEqual([
    `prow_job_runtime_seconds_sum{${common},last_state="pending",state="success",${refs}} 180`,
    `prow_job_runtime_seconds_sum{${common},last_state="triggered",state="pending",${refs}} 20`,
  ]);
  const buckets = await lines(registry, 'prow_job_runtime_seconds_bucket');
  expect(buckets).toHaveLength(2 * 17);
  expect(buckets.filter((line) => line.includes('le="36000"'))).toHaveLength(2);
});
