// Check runs on the local GitHub: one a job, from its first state to its end.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { createGitHubClient, fixedToken, type GitHubClient } from '@prow/clients-github';
import { startLocalGitHub, type LocalGitHub } from '@prow/local-github';
import { newProwJob, type ProwJob, type ProwJobStatus } from '@prow/model-prowjob';
import { useTempDirs } from '@prow/testing-harness';
import { CheckRunReporter } from './check-run-reporter.ts';
import { failingTests } from './failing-tests.ts';

const tempDir = useTempDirs();
const repo = { org: 'acme', repo: 'app' };
let local: LocalGitHub;
let github: GitHubClient;
let sha: string;

beforeAll(async () => {
  const root = tempDir('check-runs');
  local = await startLocalGitHub({ dataDir: join(root, 'data'), log: silentLogger, clock: systemClock });
  const token = await local.seed.ensureUser({ login: 'ci-bot', token: 'token-of-ci-bot' });
  await local.seed.ensureOrganization({ login: 'acme', admins: ['ci-bot'] });
  mkdirSync(join(root, 'files'));
  writeFileSync(join(root, 'files', 'a.js'), 'one\n');
  await local.seed.ensureRepository({ owner: 'acme', name: 'app', content: { files: join(root, 'files') } });
  github = createGitHubClient({ endpoints: [local.apiUrl], tokens: fixedToken(token), log: silentLogger, clock: systemClock });
  sha = (await github.getRef({ ...repo, ref: 'heads/main' })) ?? '';
}, 60_000);

afterAll(async () => {
  await local.stop();
});

const junit = '<testsuite><testcase classname="math" name="adds" file="a.js" line="1"><failure message="1 is not 2"/></testcase><testcase name="fine"/></testsuite>';

function reporter(): CheckRunReporter {
  return new CheckRunReporter({ github, failingTestsOf: () => Promise.resolve(failingTests(junit)), log: silentLogger });
}

function job(name: string, status: Partial<ProwJobStatus>): ProwJob {
  const made = newProwJob(
    { type: 'postsubmit', agent: 'kubernetes', job: 'unit', context: 'unit', report: true, rerun_command: '/test unit', refs: { ...repo, base_ref: 'main', base_sha: sha } },
    { name, namespace: 'default', nowMs: Date.UTC(2026, 0, 2) },
  );
  return { ...made, status: { ...made.status, ...status } };
}

async function report(by: CheckRunReporter, prowJob: ProwJob): Promise<void> {
  const outcomes = await by.report([prowJob], new AbortController().signal);
  expect(outcomes.get(prowJob.metadata.name ?? '')).toEqual({ kind: 'reported' });
}

test('a job is one check run, patched at every state, also by a reporter that was killed between', async () => {
  const first = reporter();
  await report(first, job('one', { state: 'triggered' }));
  await report(first, job('one', { state: 'pending', description: 'Job triggered.', url: 'https://prow/one' }));
  const [running, ...others] = await github.listCheckRuns({ ...repo, ref: sha });
  expect(others).toEqual([]);
  expect(running).toMatchObject({ name: 'unit', status: 'in_progress', conclusion: null, external_id: 'one', details_url: 'https://prow/one' });
  await report(reporter(), job('one', { state: 'failure', description: 'Job failed.', url: 'https://prow/one', completionTime: '2026-01-02T00:01:00Z' }));
  const [ended, ...more] = await github.listCheckRuns({ ...repo, ref: sha });
  expect(more).toEqual([]);
  expect(ended).toMatchObject({ id: running?.id, status: 'completed', conclusion: 'failure', output: { title: '1 test failed', summary: expect.stringContaining('math › adds') } });
}, 60_000);

test('a newer job has a run of its own', async () => {
  await report(reporter(), job('two', { state: 'success', description: 'Job succeeded.', completionTime: '2026-01-02T00:02:00Z' }));
  const runs = await github.listCheckRuns({ ...repo, ref: sha });
  expect(runs.find((run) => run.external_id === 'two')).toMatchObject({ status: 'completed', conclusion: 'success' });
}, 60_000);
