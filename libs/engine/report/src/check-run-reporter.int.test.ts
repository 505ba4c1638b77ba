// Check runs on the local GitHub: one a job, from its first state to its end.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
import { GitHubReporter } from './github-reporter.ts';

const tempDir = useTempDirs();
const repo = { org: 'acme', repo: 'app' };
let local: LocalGitHub;
let github: GitHubClient;
let sha: string;
let recorder: Server;
/** What was written to the local GitHub, as it was sent. */
const sent: { method: string; body: unknown }[] = [];

beforeAll(async () => {
  const root = tempDir('check-runs');
  local = await startLocalGitHub({ dataDir: join(root, 'data'), log: silentLogger, clock: systemClock });
  const token = await local.seed.ensureUser({ login: 'ci-bot', token: 'token-of-ci-bot' });
  await local.seed.ensureOrganization({ login: 'acme', admins: ['ci-bot'] });
  mkdirSync(join(root, 'files'));
  writeFileSync(join(root, 'files', 'a.js'), 'one\n');
  await local.seed.ensureRepository({ owner: 'acme', name: 'app', content: { files: join(root, 'files') } });
  github = createGitHubClient({ endpoints: [await record(local.apiUrl)], tokens: fixedToken(token), log: silentLogger, clock: systemClock });
  sha = (await github.getRef({ ...repo, ref: 'heads/main' })) ?? '';
}, 60_000);

/** Keeps the bodies of what passes on its way to a server. */
async function record(target: string): Promise<string> {
  recorder = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = 'GET', url = '/' } = request;
      const body = Buffer.concat(parts).toString();
      if (body !== '') sent.push({ method, body: JSON.parse(body) });
      const headers = Object.fromEntries(['authorization', 'accept', 'content-type'].flatMap((name) => (request.headers[name] === undefined ? [] : [[name, String(request.headers[name])]])));
      fetch(`${target}${url}`, { method, headers, ...(body === '' ? {} : { body }) }).then(
        async (answer) => void response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()),
        () => void response.destroy(),
      ).catch(() => void response.destroy());
    });
  });
  await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;
}

afterAll(async () => {
  recorder.closeAllConnections();
  await new Promise((resolve) => recorder.close(resolve));
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
  // The local GitHub took it; it keeps no annotations, so what was sent is looked at.
  expect(sent.at(-1)).toMatchObject({
    method: 'PATCH',
    body: { conclusion: 'failure', output: { annotations: [{ path: 'a.js', start_line: 1, end_line: 1, annotation_level: 'failure', title: 'math › adds', message: '1 is not 2' }] } },
  });
}, 60_000);

test('a newer job has a run of its own', async () => {
  await report(reporter(), job('two', { state: 'success', description: 'Job succeeded.', completionTime: '2026-01-02T00:02:00Z' }));
  const runs = await github.listCheckRuns({ ...repo, ref: sha });
  expect(runs.find((run) => run.external_id === 'two')).toMatchObject({ status: 'completed', conclusion: 'success' });
}, 60_000);

test('a job skipped for want of another: a failure with the reason, so that nothing merges; no row in the comment', async () => {
  const prowJob = job('skipped', { state: 'aborted', description: 'Skipped: required job build ended with failure.', completionTime: '2026-01-02T00:03:00Z' });
  const statuses = new GitHubReporter({ github, settings: () => ({ templateText: () => undefined }), jobsWithKey: () => [prowJob], log: silentLogger });
  expect(statuses.shouldReport(prowJob)).toBe(true);
  expect((await statuses.report([prowJob])).get('skipped')).toEqual({ kind: 'reported' });
  const combined = await github.getCombinedStatus({ ...repo, ref: sha });
  expect(combined.statuses).toMatchObject([{ context: 'unit', state: 'failure', description: expect.stringMatching(/^Skipped: required job build ended with failure\./) }]);
  // `skipped` would count as passed where the check is required.
  await report(reporter(), prowJob);
  expect((await github.listCheckRuns({ ...repo, ref: sha })).find((run) => run.external_id === 'skipped')).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
}, 60_000);
