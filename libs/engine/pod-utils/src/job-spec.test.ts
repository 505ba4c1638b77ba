import { describe, expect, test } from '@jest/globals';
import { formatRecord } from './clonerefs/record.ts';
import { readJobSpec, revision, startedJson } from './job-spec.ts';
import type { JobSpec } from './job-spec.ts';

const refs = { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'aaaa', pulls: [{ number: 7, author: 'x', sha: 'bbbb' }] };
const spec = (more: Partial<JobSpec> = {}): JobSpec => ({ type: 'presubmit', job: 'unit', buildId: '1', prowJobId: 'p', extraRefs: [], ...more });

describe('started.json', () => {
  test('keys in upstream\'s order; the commit is what was checked out', () => {
    const other = { org: 'a', repo: 'b', base_ref: 'dev' };
    const records = [{ refs: { org: '', repo: '' } }, { refs: other, final_sha: 'dddd' }, { refs: { ...refs, pulls: [{ sha: 'bbbb', author: 'x', number: 7 }] }, final_sha: 'cccc' }];
    expect(startedJson(spec({ refs, extraRefs: [other] }), records, 17)).toBe('{"timestamp":17,"pull":"7","repos":{"a/b":"dev","o/r":"main:aaaa,7:bbbb"},"repo-commit":"cccc","repo-version":"cccc"}');
  });

  test.each([
    [spec({ refs }), 'bbbb'],
    [spec({ refs: { ...refs, pulls: [] } }), 'aaaa'],
    [spec({ refs: { org: 'o', repo: 'r', base_ref: 'main' } }), 'main'],
    [spec({ extraRefs: [{ org: 'o', repo: 'r', base_ref: 'x', auxiliary: true }, { org: 'o', repo: 's', base_ref: 'y' }] }), 'y'],
    [spec(), ''],
  ])('revision %#', (job, expected) => {
    expect(revision(job)).toBe(expected);
  });
});

test('JOB_SPEC is checked', () => {
  expect(() => readJobSpec({})).toThrow(/JOB_SPEC is not set/);
  expect(() => readJobSpec({ JOB_SPEC: '{"type":"presubmit"}' })).toThrow(/JOB_SPEC: job is missing/);
  expect(() => readJobSpec({ JOB_SPEC: '{"job":"j","extra_refs":[7]}' })).toThrow(/extra_refs\[0\]: found 7, expected an object/);
});

test('a record for people', () => {
  const text = formatRecord({ refs, failed: true, commands: [{ command: 'git init', output: 'done\n', duration: 23e9 }, { command: 'git fetch', error: 'exit status 1' }], duration: 12e9 });
  for (const part of ['# FAILED!', '# Cloning o/r at main(aaaa)', '7 at bbbb', '$ git init', '23s', 'done', '# Error: exit status 1', '12s']) expect(text).toContain(part);
  expect(formatRecord({ refs: { org: '', repo: '' } })).toContain('Environment setup');
});
