// Upstream's recorded comments and statuses, replayed against the reporter with a GitHub that keeps what it is told.
import { expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import type { Comments, Statuses, Users } from '@prow/clients-github';
import { GitHubError } from '@prow/clients-github';
import { newProwJob, type ProwJob } from '@prow/model-prowjob';
import { describeWithGolden, goldenPath, readGoldenLines } from '@prow/testing-harness';
import { GitHubReporter } from './github-reporter.ts';

interface Step {
  create?: ProwJob;
  patch?: { name: string; body: { status: Partial<ProwJob['status']> } };
  push?: number;
}
interface Scenario {
  name: string;
  config: { github_reporter?: { job_types_to_report?: string[]; no_comment_repos?: string[]; summary_comment_repos?: string[] }; plank?: object };
  state: { pulls: { comments?: { user: string; body: string }[] }[]; fail?: { code: number; message: string }[] };
  steps: Step[][];
  unordered_rows?: boolean;
  expected: { final: { comments: { user: string; comment: { rows: string[][] } }[]; statuses: Record<string, Record<string, [string, string, string]>> } };
}

const golden = 'crier/scenarios.jsonl';
/** Where upstream is wrong; docs/upstream-differences.md says why. */
const different = new Set(['superseded-late', 'old-fails-after-new-succeeded']);

// Stand-ins for SHAs are shorter than SHAs, which the padding of descriptions would show.
function withRealSha(scenario: Scenario): Scenario {
  return JSON.parse(JSON.stringify(scenario).replaceAll('{sha:main}', '89'.repeat(20))) as Scenario;
}

/** Keeps comments and statuses of one pull request. */
class KeptGitHub {
  readonly statuses: Record<string, Record<string, [string, string, string]>> = {};
  comments: { id: number; user: string; body: string }[];
  #ids = 100;
  readonly #failures: { code: number; message: string }[];

  constructor({ pulls, fail = [] }: Scenario['state']) {
    this.comments = (pulls[0]?.comments ?? []).map((comment, index) => ({ id: index + 1, ...comment }));
    this.#failures = fail;
  }

  asClient(): Comments & Statuses & Users {
    const client = {
      isBot: (login: string) => Promise.resolve(login === 'ci-bot'),
      createStatus: ({ sha, state, context, description = '', targetUrl = '' }: Parameters<Statuses['createStatus']>[0]) => {
        const failure = this.#failures[0];
        if (failure !== undefined) return Promise.reject(new GitHubError(failure.message, { status: failure.code, githubMessage: failure.message }));
        (this.statuses[sha] ??= {})[context] = [state, description, targetUrl];
        return Promise.resolve();
      },
      listComments: () => Promise.resolve(this.comments.map(({ id, user, body }) => ({ id, body, user: { login: user } }))),
      createComment: ({ body }: { body: string }) => {
        this.comments.push({ id: (this.#ids += 1), user: 'ci-bot', body });
        return Promise.resolve({ id: this.#ids, body });
      },
      editComment: ({ commentId, body }: { commentId: number; body: string }) => {
        for (const comment of this.comments) if (comment.id === commentId) comment.body = body;
        return Promise.resolve({});
      },
      deleteComment: ({ commentId }: { commentId: number }) => {
        this.comments = this.comments.filter((comment) => comment.id !== commentId);
        return Promise.resolve(true);
      },
    };
    return client as unknown as Comments & Statuses & Users;
  }

  rows(): string[][] {
    return this.comments.flatMap(({ body }) => {
      const lines = body.split('\n');
      const start = lines.findIndex((line) => line.startsWith('---'));
      const end = lines.findIndex((line, index) => index > start && line.trim() === '');
      return start < 0 ? [] : lines.slice(start + 1, end < 0 ? undefined : end).filter((line) => !line.startsWith('---')).map((line) => line.trim().split(' | '));
    });
  }
}

async function replay(scenario: Scenario): Promise<KeptGitHub> {
  const github = new KeptGitHub(scenario.state);
  const section = scenario.config.github_reporter ?? {};
  let jobs: ProwJob[] = [];
  const reporter = new GitHubReporter({
    github: github.asClient(),
    settings: () => ({
      jobTypesToReport: section.job_types_to_report ?? [],
      noCommentRepos: section.no_comment_repos ?? [],
      summaryCommentRepos: section.summary_comment_repos ?? [],
      templateText: () => undefined,
    }),
    jobsWithKey: (key) => jobs.filter((job) => reporter.keyOf(job) === key),
    log: silentLogger,
  });
  const reported = new Map<string, string>();
  for (const [second, step] of scenario.steps.entries()) {
    for (const { create, patch } of step) {
      if (create !== undefined) {
        jobs.push({ ...create, metadata: { ...create.metadata, creationTimestamp: `2026-01-02T03:00:${String(second).padStart(2, '0')}Z` } });
        const given = create.status.prev_report_states?.['github-reporter'];
        if (given !== undefined) reported.set(create.metadata.name ?? '', given);
      }
      if (patch !== undefined) jobs = jobs.map((job) => (job.metadata.name === patch.name ? { ...job, status: { ...job.status, ...patch.body.status } } : job));
    }
    const due = jobs.filter((job) => reporter.shouldReport(job) && reported.get(job.metadata.name ?? '') !== job.status.state);
    for (const key of new Set(due.map((job) => reporter.keyOf(job)))) {
      const outcomes = await reporter.report(due.filter((job) => reporter.keyOf(job) === key));
      for (const [name, outcome] of outcomes) if (outcome.kind === 'reported') reported.set(name, jobs.find((job) => job.metadata.name === name)?.status.state ?? '');
    }
  }
  return github;
}

// As upstream 20240619 did it, beyond the recorded scenarios.
test('a summary after an abort says what failed, and not that all passed', async () => {
  const job = (name: string, state: 'failure' | 'aborted' | 'success'): Step => {
    const refs = { org: 'acme', repo: 'one', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 's' }] };
    const made = newProwJob({ type: 'presubmit', agent: 'kubernetes', cluster: 'default', job: name, context: name, report: true, rerun_command: `/test ${name}`, refs }, { name, nowMs: 0 });
    return { create: { ...made, status: { ...made.status, state, completionTime: '2026-01-02T03:04:05Z' } } };
  };
  const scenario = (...steps: Step[]): Scenario => ({ name: 'summary', config: { github_reporter: { summary_comment_repos: ['acme'] } }, state: { pulls: [{}] }, steps: steps.map((step) => [step]), expected: { final: { comments: [], statuses: {} } } });
  expect((await replay(scenario(job('unit', 'failure'), job('lint', 'aborted')))).rows().map(([context]) => context)).toEqual(['unit']);
  expect((await replay(scenario(job('lint', 'aborted'), job('unit', 'success')))).comments).toEqual([]);
});

test('a summary is written when the last run to end is one that a newer run superseded', async () => {
  const refs = { org: 'acme', repo: 'one', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 's' }] };
  const run = (name: string, job: string, status: Partial<ProwJob['status']>): Step => {
    const made = newProwJob({ type: 'presubmit', agent: 'kubernetes', cluster: 'default', job, context: 'unit', report: true, rerun_command: '/test unit', refs }, { name, nowMs: 0 });
    return { create: { ...made, status: { ...made.status, ...status } } };
  };
  const completionTime = '2026-01-02T03:04:05Z';
  const steps = [[run('older', 'unit', { state: 'pending' })], [run('newer', 'unit', { state: 'failure', completionTime })], [{ patch: { name: 'older', body: { status: { state: 'aborted' as const, completionTime } } } }]];
  const github = await replay({ name: 'summary', config: { github_reporter: { summary_comment_repos: ['acme'] } }, state: { pulls: [{}] }, steps, expected: { final: { comments: [], statuses: {} } } });
  expect(github.rows().map(([context]) => context)).toEqual(['unit']);
  expect(Object.values(github.statuses)).toEqual([{ unit: expect.arrayContaining(['failure']) }]);
});

test('what is not to be told is noted as reported, so that it is not told when the configuration changes', async () => {
  const refs = { org: 'acme', repo: 'one', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 's' }] };
  const made = newProwJob({ type: 'presubmit', agent: 'kubernetes', cluster: 'default', job: 'unit', context: 'unit', report: true, refs }, { name: 'unit', nowMs: 0 });
  const github = new KeptGitHub({ pulls: [{}] });
  const reporter = new GitHubReporter({ github: github.asClient(), settings: () => ({ jobTypesToReport: ['postsubmit'], templateText: () => undefined }), jobsWithKey: () => [made], log: silentLogger });
  expect(reporter.shouldReport(made)).toBe(true);
  expect((await reporter.report([made])).get('unit')).toEqual({ kind: 'reported' });
  expect(github.statuses).toEqual({});
});

describeWithGolden(golden, 'upstream’s crier scenarios end as upstream recorded them', () => {
  const scenarios = goldenPath(golden) === undefined ? [] : readGoldenLines<Scenario>(golden).map(withRealSha).filter(({ config }) => config.plank === undefined);
  test.each(scenarios.filter(({ name }) => !different.has(name)).map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    const github = await replay(scenario);
    const { final } = scenario.expected;
    expect(github.statuses).toEqual(final.statuses);
    const [rows, expected] = [github.rows(), final.comments.flatMap(({ comment }) => comment.rows)];
    expect(scenario.unordered_rows === true ? rows.toSorted() : rows).toEqual(scenario.unordered_rows === true ? expected.toSorted() : expected);
    expect(github.comments.length).toBe(final.comments.length);
  });
  test.each(scenarios.filter(({ name }) => different.has(name)).map((scenario) => [scenario.name, scenario] as const))('%s: the newer run keeps the status', async (_name, scenario) => {
    const github = await replay(scenario);
    expect(Object.values(github.statuses)).toEqual([{ unit: expect.arrayContaining(['success']) }]);
    expect(github.comments).toEqual([]);
  });
});
