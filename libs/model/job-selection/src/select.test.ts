import { describe, expect, test } from '@jest/globals';
import type { Postsubmit, Presubmit } from '@prow/model-prowjob';
import {
  branchersIntersect, branchRequirements, commentFilter, defaultTriggerFor, runsAgainstBranch, selectPostsubmits, selectPresubmits, testAllFilter,
} from './index.ts';

function presubmit(name: string, more: Partial<Presubmit> = {}): Presubmit {
  return { name, context: name, agent: 'kubernetes', cluster: 'default', trigger: defaultTriggerFor(name), rerun_command: `/test ${name}`, ...more };
}

const jobs = [
  presubmit('always', { always_run: true }),
  presubmit('go', { run_if_changed: '\\.go$' }),
  presubmit('not-docs', { skip_if_only_changed: '^docs/' }),
  presubmit('manual'),
  presubmit('manual-optional', { optional: true }),
  presubmit('release', { always_run: true, branches: ['release-.*'] }),
];

async function run(options: { body?: string; files?: string[]; branch?: string; failed?: string[]; all?: string[] }): Promise<string[]> {
  const filter = options.body === undefined ? testAllFilter : commentFilter(options.body, { honorOkToTest: true, failedContexts: new Set(options.failed), allContexts: new Set(options.all) });
  const { toRun } = await selectPresubmits({ presubmits: jobs, branch: options.branch ?? 'main', files: options.files ?? ['docs/a.md'], filter });
  return toRun.map((job) => job.name);
}

describe('presubmits', () => {
  test.each([
    ['a change to docs', {}, ['always']],
    ['a change to code', { files: ['a.go'] }, ['always', 'go', 'not-docs']],
    ['no files', { files: [] }, ['always']],
    ['another branch', { branch: 'release-1' }, ['always', 'release']],
    ['/test all', { body: '/test all', files: ['a.go'] }, ['always', 'go', 'not-docs']],
    ['/test by name, whatever changed', { body: '/test go' }, ['go']],
    ['several names', { body: '/test manual\r\n/test go' }, ['go', 'manual']],
    ['a longer name is another name', { body: '/test manual-optional' }, ['manual-optional']],
    ['/retest: failed ones and those without a status', { body: '/retest', failed: ['go'], all: ['go', 'always'] }, ['go']],
    ['/retest: what has no status runs by its files', { body: '/retest', files: ['a.go'], all: ['go'] }, ['always', 'not-docs']],
    ['/retest-required leaves optional ones', { body: '/retest-required', failed: ['manual', 'manual-optional'], all: ['always', 'manual', 'manual-optional'] }, ['manual']],
    ['/test-manual-required', { body: '/test-manual-required' }, ['manual']],
    ['/ok-to-test', { body: '/ok-to-test' }, ['always']],
    ['in the middle of a line', { body: 'please /test all' }, []],
  ])('%s', async (_name, options, expected) => {
    expect(await run(options)).toEqual(expected);
  });

  test('each decision has its reason', async () => {
    const { decisions } = await selectPresubmits({ presubmits: jobs, branch: 'main', files: ['docs/a.md'], filter: testAllFilter });
    expect(decisions.map(({ job, runs, reason }) => [job.name, runs, reason])).toEqual([
      ['always', true, 'runs for every change'],
      ['go', false, 'is skipped: no changed file matches run_if_changed \\.go$'],
      ['not-docs', false, 'is skipped: all changed files match skip_if_only_changed ^docs/'],
      ['manual', false, 'runs only when asked for by name'],
      ['manual-optional', false, 'runs only when asked for by name'],
      ['release', false, 'does not run on branch main'],
    ]);
  });

  test('files are asked for once, and only when a job needs them', async () => {
    let asked = 0;
    const files = async (): Promise<string[]> => {
      asked++;
      return ['a.go'];
    };
    await selectPresubmits({ presubmits: [presubmit('always', { always_run: true })], branch: 'main', files, filter: testAllFilter });
    expect(asked).toBe(0);
    await selectPresubmits({ presubmits: jobs, branch: 'main', files, filter: testAllFilter });
    expect(asked).toBe(1);
  });
});

test('postsubmits run for every push unless something says otherwise', async () => {
  const postsubmit = (name: string, more: Partial<Postsubmit> = {}): Postsubmit => ({ name, agent: 'kubernetes', cluster: 'default', ...more });
  const { toRun } = await selectPostsubmits({
    postsubmits: [postsubmit('every'), postsubmit('never', { always_run: false }), postsubmit('go', { run_if_changed: 'go$' }), postsubmit('other', { branches: ['^x$'] })],
    branch: 'main',
    files: ['a.md'],
  });
  expect(toRun.map((job) => job.name)).toEqual(['every']);
});

describe('branches', () => {
  test('expressions are unanchored, skip_branches wins', () => {
    expect(runsAgainstBranch({ branches: ['release'] }, 'my-release-1')).toBe(true);
    expect(runsAgainstBranch({ branches: ['release'], skip_branches: ['-1$'] }, 'my-release-1')).toBe(false);
    expect(runsAgainstBranch({ skip_branches: ['x'] }, 'main')).toBe(true);
  });

  test('jobs intersect by the names in their expressions', () => {
    expect(branchersIntersect({ branches: ['a'] }, { branches: ['b'] })).toBe(false);
    expect(branchersIntersect({ branches: ['a', 'b'] }, { branches: ['b'] })).toBe(true);
    expect(branchersIntersect({ branches: ['a'] }, { skip_branches: ['a'] })).toBe(false);
    expect(branchersIntersect({ skip_branches: ['a'] }, { branches: ['b'] })).toBe(true);
    expect(branchersIntersect({}, { branches: ['b'] })).toBe(true);
    expect(branchersIntersect({ skip_branches: ['a'] }, { skip_branches: ['b'] })).toBe(true);
  });
});

test('branchRequirements', () => {
  expect(branchRequirements(jobs, 'main')).toEqual({ required: ['always'], requiredIfPresent: ['go', 'not-docs', 'manual'], optional: ['manual-optional'] });
  expect(branchRequirements(jobs, 'main', true).required).toEqual(['always', 'manual']);
});
