import { describe, expect, test } from '@jest/globals';
import {
  batchSpec, isComplete, isQualifiedName, isValidLabelValue, labelsAndAnnotations, newProwJob, periodicSpec, postsubmitSpec,
  presubmitLabels, presubmitSpec, prowJobCrd, refsString, sanitizeLabels, truncateLabelValue,
} from './index.ts';
import type { Presubmit, Refs } from './index.ts';

const job: Presubmit = { name: 'unit', agent: 'kubernetes', cluster: 'default', context: 'unit', trigger: 't', rerun_command: '/test unit', labels: { a: 'b' } };
const refs: Refs = { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'abc', pulls: [{ number: 5, author: 'me', sha: 'def' }] };

describe('specs', () => {
  test('a presubmit reports unless told not to', () => {
    expect(presubmitSpec(job, refs)).toMatchObject({ type: 'presubmit', job: 'unit', report: true, context: 'unit', rerun_command: '/test unit', refs });
    expect(presubmitSpec({ ...job, skip_report: true }, refs).report).toBeUndefined();
  });

  test('a batch never reports, a periodic always does', () => {
    expect(batchSpec(job, refs).report).toBeUndefined();
    expect(periodicSpec({ name: 'p', agent: 'kubernetes', cluster: 'default' })).toMatchObject({ type: 'periodic', report: true });
  });

  test("the job's ways of cloning go to its refs, blobless also to extra refs that say nothing", () => {
    const spec = postsubmitSpec({
      ...job, path_alias: 'x.io/r', clone_depth: 3,
      decoration_config: { blobless_fetch: true, sparse_checkout_files: ['a'] },
      extra_refs: [{ org: 'o', repo: 'e' }, { org: 'o', repo: 'f', blobless_fetch: false }],
    }, refs);
    expect(spec.refs).toMatchObject({ path_alias: 'x.io/r', clone_depth: 3, blobless_fetch: true, sparse_checkout_files: ['a'] });
    expect(spec.extra_refs).toEqual([{ org: 'o', repo: 'e', blobless_fetch: true }, { org: 'o', repo: 'f', blobless_fetch: false }]);
  });
});

describe('newProwJob', () => {
  test('bears labels, annotations and the time in whole seconds', () => {
    const made = newProwJob(presubmitSpec(job, refs), { name: 'id', labels: presubmitLabels(job, { 'event-GUID': 'g' }), nowMs: Date.parse('2026-01-02T03:04:05.678Z') });
    expect(made.metadata.labels).toEqual({
      'created-by-prow': 'true', 'prow.k8s.io/type': 'presubmit', 'prow.k8s.io/job': 'unit', 'prow.k8s.io/context': 'unit', 'prow.k8s.io/refs.org': 'o',
      'prow.k8s.io/refs.repo': 'r', 'prow.k8s.io/refs.base_ref': 'main', 'prow.k8s.io/refs.pull': '5', 'prow.k8s.io/is-optional': 'false', 'event-GUID': 'g', a: 'b',
    });
    expect(made.status).toEqual({ startTime: '2026-01-02T03:04:05Z', state: 'triggered' });
    expect(isComplete(made)).toBe(false);
  });

  test('no states to report is said aloud, for it would be lost on the wire', () => {
    const spec = presubmitSpec({ ...job, reporter_config: { slack: { job_states_to_report: [] } } }, refs);
    expect(newProwJob(spec, { name: 'id', nowMs: 0 }).spec.reporter_config?.slack?.report).toBe(false);
  });

  test('long names are cut on labels, whole on annotations', () => {
    const name = `${'a'.repeat(62)}-${'b'.repeat(10)}`;
    const { labels, annotations } = labelsAndAnnotations({ type: 'periodic', job: name });
    expect(labels['prow.k8s.io/job']).toBe('a'.repeat(62));
    expect(annotations['prow.k8s.io/job']).toBe(name);
  });
});

describe('labels', () => {
  test('an invalid value becomes its last part, or goes', () => {
    const dropped: string[] = [];
    expect(sanitizeLabels({ branch: 'release/1.2', bad: 'a b', empty: '' }, (key) => dropped.push(key))).toEqual({ branch: '1.2', empty: '' });
    expect(dropped).toEqual(['bad']);
  });

  test('rules', () => {
    expect(isValidLabelValue('a_B.c-1')).toBe(true);
    expect(isValidLabelValue('-a')).toBe(false);
    expect(isValidLabelValue('a'.repeat(64))).toBe(false);
    expect(isQualifiedName('prow.k8s.io/id')).toBe(true);
    expect(isQualifiedName('Prow/id')).toBe(false);
    expect(isQualifiedName('a/b/c')).toBe(false);
    expect(truncateLabelValue('ä'.repeat(40)).length).toBeLessThanOrEqual(32);
  });
});

test('refsString', () => {
  expect(refsString(refs)).toBe('main:abc,5:def');
  expect(refsString({ org: 'o', repo: 'r', base_ref: 'main', pulls: [{ number: 1, author: '', sha: 'x', ref: 'refs/x' }] })).toBe('main,1:x:refs/x');
});

test('the CRD names the resource as upstream does', () => {
  const [version] = prowJobCrd.spec.versions;
  expect(prowJobCrd.metadata.name).toBe('prowjobs.prow.k8s.io');
  expect(version?.additionalPrinterColumns.map((column) => column.name)).toEqual(['Job', 'BuildId', 'Type', 'Org', 'Repo', 'Pulls', 'StartTime', 'CompletionTime', 'State']);
});
