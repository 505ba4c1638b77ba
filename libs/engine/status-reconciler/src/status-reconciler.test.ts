import { afterEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { VirtualClock } from '@prow/base-time';
import type { PullRequest } from '@prow/clients-github';
import type { Presubmit, ProwJob } from '@prow/model-prowjob';
import type { Presubmits } from './compare-jobs.ts';
import { StatusReconciler } from './status-reconciler.ts';

function job(name: string, more: Partial<Presubmit> = {}): Presubmit {
  return { name, agent: 'kubernetes', cluster: 'default', context: name, trigger: '', rerun_command: `/test ${name}`, always_run: true, ...more };
}

function pull(number: number, more: Partial<PullRequest> = {}): PullRequest {
  const base = { ref: 'main', sha: 'b', user: null, repo: { html_url: 'https://github.com/o/r' } };
  return { number, title: 'A change', draft: false, html_url: `https://github.com/o/r/pull/${number}`, user: { login: 'dave', id: 1 }, labels: [], base, head: { ref: 'topic', sha: `sha-${number}` }, ...more } as PullRequest;
}

const running: StatusReconciler[] = [];
afterEach(async () => {
  for (const reconciler of running.splice(0)) await reconciler.stop();
});

async function run(before: Presubmits | undefined, now: Presubmits, pulls: readonly PullRequest[], options: { statuses?: Record<string, string>; noJobsFor?: string[]; failOnce?: boolean } = {}): Promise<{ started: string[]; set: string[]; saved: () => Presubmits | undefined }> {
  const started: string[] = [];
  const set: string[] = [];
  let saved: Presubmits | undefined = before;
  let failures = options.failOnce === true ? 1 : 0;
  const clock = new VirtualClock();
  const github = {
    listPullRequests: () => Promise.resolve([...pulls]),
    listChangedFiles: () => Promise.resolve([{ filename: 'docs/readme.md' }]),
    getRef: () => Promise.resolve('tip'),
    getCombinedStatus: () => {
      if (failures > 0) {
        failures -= 1;
        return Promise.reject(new Error('GitHub is not well'));
      }
      return Promise.resolve({ sha: 's', state: 'pending', statuses: Object.entries(options.statuses ?? {}).map(([context, state]) => ({ context, state, description: 'old', target_url: '' })) });
    },
    createStatus: ({ context, state, description }: { context: string; state: string; description?: string }) => {
      set.push(`${context}: ${state}: ${description ?? ''}`);
      return Promise.resolve();
    },
  };
  const names = new Set<string>();
  const reconciler = new StatusReconciler({
    presubmits: () => now,
    saved: { load: () => Promise.resolve(before), save: (jobs) => Promise.resolve(void (saved = jobs)) },
    denylist: [],
    noJobsFor: options.noJobsFor ?? [],
    reconcile: {
      github: github as never,
      isTrusted: (_repo, { user }) => Promise.resolve(user.login !== 'stranger'),
      createProwJob: (prowJob: ProwJob) => {
        const name = prowJob.metadata.name ?? '';
        if (names.has(name)) return Promise.resolve(false);
        names.add(name);
        started.push(`${prowJob.spec.job} on ${prowJob.spec.refs?.pulls?.[0]?.sha ?? ''} and ${prowJob.spec.refs?.base_sha ?? ''}`);
        return Promise.resolve(true);
      },
      namespace: 'default',
      isSchedulerEnabled: () => false,
      clock,
      log: silentLogger,
    },
    clock,
    log: silentLogger,
  });
  running.push(reconciler);
  await reconciler.start();
  await clock.advance(60_000);
  return { started, set, saved: () => saved };
}

test('without anything kept, the present configuration is the start', async () => {
  const result = await run(undefined, { 'o/r': [job('unit')] }, [pull(1)]);
  expect(result).toMatchObject({ started: [], set: [] });
  expect(Object.keys(result.saved() ?? {})).toEqual(['o/r']);
});

test('newly required jobs start on open, trusted pull requests that are no drafts and match', async () => {
  const now = { 'o/r': [job('unit'), job('go', { always_run: false, run_if_changed: '\\.go$' }), job('docs', { always_run: false, run_if_changed: '^docs/' }), job('release', { branches: ['release'] })] };
  const { started } = await run({}, now, [pull(1), pull(2, { draft: true }), pull(3, { user: { login: 'stranger', id: 2 } })]);
  expect(started).toEqual(['unit on sha-1 and tip', 'docs on sha-1 and tip']);
  expect((await run({}, now, [pull(1)], { noJobsFor: ['o'] })).started).toEqual([]);
});

test('with a newly required job starts what it requires, unless that has succeeded or is on its way', async () => {
  const images = job('images', { always_run: false, optional: true });
  const [before, now] = [{ 'o/r': [images] }, { 'o/r': [images, job('unit', { requires: ['images'] })] }];
  expect((await run(before, now, [pull(1)], { statuses: { images: 'failure' } })).started).toEqual(['unit on sha-1 and tip', 'images on sha-1 and tip']);
  expect((await run(before, now, [pull(1)], { statuses: { images: 'success' } })).started).toEqual(['unit on sha-1 and tip']);
});

test('contexts that are gone become green, those that moved take their state along', async () => {
  const before = { 'o/r': [job('unit'), job('lint'), job('done')] };
  const { set } = await run(before, { 'o/r': [job('unit', { context: 'ci/unit' })] }, [pull(1)], { statuses: { unit: 'failure', lint: 'pending', done: 'success' } });
  expect(set).toEqual(['lint: success: Context retired without replacement.', 'ci/unit: failure: old', 'unit: success: Context retired. Status moved to "ci/unit".']);
});

test('what failed is done again, and nothing is started twice', async () => {
  const before = { 'o/r': [job('lint')] };
  const { started, set, saved } = await run(before, { 'o/r': [job('unit')] }, [pull(1)], { statuses: { lint: 'failure' }, failOnce: true });
  expect(started).toEqual(['unit on sha-1 and tip']);
  expect(set).toEqual(['lint: success: Context retired without replacement.']);
  expect(saved()?.['o/r']?.map(({ name }) => name)).toEqual(['unit']);
});
