import { expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import type { Comments, Statuses, Users } from '@prow/clients-github';
import { newProwJob, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { noFaults, SeededRandom, SimulatedApi, SimulatedClient, SimulatedClock } from '@prow/testing-simulation';
import { GitHubReporter } from './github-reporter.ts';
import { indexByReportKey, ReportController, reportIndex } from './report-controller.ts';

const namespace = 'default';

function finished(index: number): ProwJob {
  const name = `job-${index}`;
  const made = newProwJob(
    {
      type: 'presubmit', agent: 'kubernetes', job: name, context: name, rerun_command: `/test ${name}`, report: true,
      refs: { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 's' }] },
    },
    { name, namespace, nowMs: Date.UTC(2026, 0, 2) },
  );
  return { ...made, status: { ...made.status, state: 'failure', completionTime: '2026-01-02T03:04:05Z', description: 'Job failed.' } };
}

/** @param failures how many of the first comment calls GitHub refuses */
function countingGitHub(failures = 0): { calls: Record<string, number>; client: Comments & Statuses & Users; body: () => string } {
  const calls: Record<string, number> = {};
  let body = '';
  let left = failures;
  const count = <R>(name: string, result: R): Promise<R> => {
    calls[name] = (calls[name] ?? 0) + 1;
    return Promise.resolve(result);
  };
  const client = {
    isBot: () => Promise.resolve(true),
    createStatus: ({ context }: { context: string }) => count(`status ${context}`, undefined),
    listComments: () => {
      if (left > 0) {
        left -= 1;
        return Promise.reject(new Error('not now'));
      }
      return count('list', body === '' ? [] : [{ id: 1, body, user: { login: 'bot' } }]);
    },
    createComment: (comment: { body: string }) => {
      ({ body } = comment);
      return count('create', { id: 1 });
    },
    editComment: (comment: { body: string }) => {
      ({ body } = comment);
      return count('edit', {});
    },
    deleteComment: () => count('delete', true),
  };
  return { calls, client: client as unknown as Comments & Statuses & Users, body: () => body };
}

async function report(github: ReturnType<typeof countingGitHub>, count: number): Promise<ProwJob[]> {
  const clock = new SimulatedClock(Date.UTC(2026, 0, 2, 3));
  const api = await SimulatedApi.open({ clock });
  const kube = new SimulatedClient({ api, name: 'main', clock, random: new SeededRandom(1), faults: noFaults, process: { isAlive: true, die: () => undefined }, isAway: () => false });
  const prowJobs = kube.informer<ProwJob>(prowJobResource, { namespace });
  const reporter = new GitHubReporter({ github: github.client, settings: () => ({ templateText: () => undefined }), jobsWithKey: (key) => prowJobs.byIndex(reportIndex(reporter), key), log: silentLogger });
  indexByReportKey(prowJobs, reporter);
  for (let index = 0; index < count; index += 1) await api.create(prowJobResource, namespace, finished(index));
  prowJobs.start();
  await clock.runUntil(clock.now() + 1000);
  const controller = new ReportController({ reporter, prowJobs, prowJobApi: () => kube.resource<ProwJob>(prowJobResource, namespace), workers: 4, clock, log: silentLogger });
  controller.start();
  await clock.runUntil(clock.now() + 60_000);
  await controller.stop();
  return api.list(prowJobResource, namespace) as ProwJob[];
}

test('a hundred finished jobs of one pull request share one reading and one writing of the comment', async () => {
  const github = countingGitHub();
  const jobs = await report(github, 100);
  expect(jobs.filter((job) => job.status.prev_report_states?.['github-reporter'] === 'failure').length).toBe(100);
  expect(github.calls).toMatchObject({ list: 1, create: 1 });
  expect(Object.keys(github.calls).filter((name) => name.startsWith('status ')).length).toBe(100);
  expect(github.body().split('\n').filter((line) => line.startsWith('job-')).length).toBe(100);
});

test('what GitHub refuses for now is told again until it is delivered', async () => {
  const github = countingGitHub(3);
  const [job] = await report(github, 1);
  expect(job?.status.prev_report_states).toEqual({ 'github-reporter': 'failure' });
  expect(github.calls).toMatchObject({ list: 1, create: 1, 'status job-0': 4 });
});
