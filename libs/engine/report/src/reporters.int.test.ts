// Slack, Pub/Sub and artifact storage as they are outside: HTTP servers on loopback that keep what they are sent, and a folder.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { openStorage } from '@prow/clients-storage';
import { newProwJob, type ProwJob, type ProwJobSpec, type ProwJobStatus } from '@prow/model-prowjob';
import { useTempDirs } from '@prow/testing-harness';
import { PubsubReporter } from './pubsub-reporter.ts';
import type { Reporter, ReportOutcome } from './reporter.ts';
import { SlackReporter } from './slack-reporter.ts';
import { StorageReporter } from './storage-reporter.ts';

const tempDir = useTempDirs();
const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

interface Call {
  path: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** Answers with the given answers, in order; the last one stays. */
async function startReceiver(...answers: readonly (readonly [status: number, body: object])[]): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const [status, body] = answers[Math.min(calls.length, answers.length - 1)] ?? [200, {}];
      calls.push({ path: `${request.method ?? ''} ${request.url ?? ''}`, headers: request.headers, body: JSON.parse(Buffer.concat(parts).toString()) });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

function job(status: Partial<ProwJobStatus>, spec: Partial<ProwJobSpec> = {}, annotations: Record<string, string> = {}): ProwJob {
  const refs = { org: 'acme', repo: 'app', base_ref: 'main', base_sha: 'b', pulls: [{ number: 7, author: 'dave', sha: 's' }] };
  const made = newProwJob({ type: 'presubmit', agent: 'kubernetes', cluster: 'default', job: 'unit', context: 'unit', report: true, refs, ...spec }, { name: 'one', namespace: 'default', nowMs: Date.UTC(2026, 0, 2), annotations });
  return { ...made, status: { ...made.status, build_id: '42', url: 'https://prow/42', ...status } };
}

async function report(reporter: Reporter, prowJob: ProwJob): Promise<ReportOutcome | undefined> {
  expect(reporter.shouldReport(prowJob)).toBe(true);
  return (await reporter.report([prowJob], new AbortController().signal, () => true)).get('one');
}

describe('Slack', () => {
  const slack = (endpoint: string): SlackReporter => new SlackReporter({
    settingsFor: () => ({ channel: 'builds', job_types_to_report: ['presubmit'], job_states_to_report: ['failure'] }),
    tokens: new Map([['*', 'xoxb-1'], ['other', 'xoxb-2']]), executeTemplate: (_template, prowJob) => `${prowJob.spec.job} ended with ${prowJob.status.state ?? ''}`, endpoint, isDryRun: false, log: silentLogger,
  });

  test('a message is posted as chat.postMessage, with the token of its host', async () => {
    const { url, calls } = await startReceiver([200, { ok: true }]);
    expect(await report(slack(`${url}/api`), job({ state: 'failure' }))).toEqual({ kind: 'reported' });
    expect(await report(slack(`${url}/api/`), job({ state: 'failure' }, { reporter_config: { slack: { host: 'other', channel: 'mine' } } }))).toEqual({ kind: 'reported' });
    expect(calls.map(({ path, headers, body }) => [path, headers.authorization, body])).toEqual([
      ['POST /api/chat.postMessage', 'Bearer xoxb-1', { channel: 'builds', text: 'unit ended with failure' }],
      ['POST /api/chat.postMessage', 'Bearer xoxb-2', { channel: 'mine', text: 'unit ended with failure' }],
    ]);
    expect(slack(url).shouldReport(job({ state: 'success' }))).toBe(false);
  });

  test('what may change is tried again, also where Slack says no with 200; a channel that is not there is not', async () => {
    const { url } = await startReceiver([429, {}], [200, { ok: false, error: 'ratelimited' }], [200, { ok: false, error: 'channel_not_found' }]);
    expect(await report(slack(url), job({ state: 'failure' }))).toMatchObject({ kind: 'failed' });
    expect(await report(slack(url), job({ state: 'failure' }))).toMatchObject({ kind: 'failed' });
    expect(await report(slack(url), job({ state: 'failure' }))).toEqual({ kind: 'reported' });
  });
});

describe('Pub/Sub', () => {
  const marks = { 'prow.k8s.io/pubsub.project': 'p', 'prow.k8s.io/pubsub.topic': 'ends', 'prow.k8s.io/pubsub.runID': 'run-1' };

  test('a message is published as Pub/Sub takes it, its data in base64', async () => {
    const { url, calls } = await startReceiver([503, {}], [200, { messageIds: ['1'] }]);
    const reporter = new PubsubReporter({ endpoint: url, authorization: () => Promise.resolve('Bearer t') });
    const prowJob = job({ state: 'success', description: 'Job succeeded.' }, { decoration_config: { gcs_configuration: { bucket: 'gs://logs', path_strategy: 'explicit' } } }, marks);
    expect(await report(reporter, prowJob)).toMatchObject({ kind: 'failed' });
    expect(await report(reporter, prowJob)).toEqual({ kind: 'reported' });
    expect(calls.map(({ path, headers }) => [path, headers.authorization])).toEqual(Array.from({ length: 2 }, () => ['POST /v1/projects/p/topics/ends:publish', 'Bearer t']));
    const { messages } = (calls[1]?.body ?? { messages: [] }) as { messages: { data: string }[] };
    expect(messages.map(({ data }) => JSON.parse(Buffer.from(data, 'base64').toString()) as unknown)).toEqual([{
      project: 'p', topic: 'ends', runid: 'run-1', status: 'success', url: 'https://prow/42', gcs_path: 'gs://logs/pr-logs/pull/acme_app/7/unit/42', refs: [prowJob.spec.refs], job_type: 'presubmit', job_name: 'unit', message: 'Job succeeded.',
    }]);
    expect(reporter.shouldReport(job({ state: 'success' }))).toBe(false);
  });
});

test('artifact storage: the job in every state, its start and end, never over what the pod has written', async () => {
  const folder = tempDir('bucket');
  const bucket = `file://${folder}`;
  const reporter = new StorageReporter({ destinationOf: (prowJob) => prowJob.spec.decoration_config?.gcs_configuration, openStorage: () => openStorage({ bucket }), isDryRun: false });
  const spec = { decoration_config: { gcs_configuration: { bucket, path_strategy: 'explicit' as const } } };
  const run = join(folder, 'pr-logs', 'pull', 'acme_app', '7', 'unit', '42');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(run, name), 'utf8'));
  expect(await report(reporter, job({ state: 'pending' }, spec))).toEqual({ kind: 'reported' });
  expect(read('started.json')).toMatchObject({ pull: '7', repos: { 'acme/app': 'main:b,7:s' }, metadata: { uploader: 'crier' } });
  expect(existsSync(join(run, 'finished.json'))).toBe(false);
  const ended = job({ state: 'failure', completionTime: '2026-01-02T00:01:00Z' }, spec);
  expect(await report(reporter, ended)).toEqual({ kind: 'reported' });
  const finished = { timestamp: Date.UTC(2026, 0, 2, 0, 1) / 1000, passed: false, result: 'failure', metadata: { uploader: 'crier' } };
  expect(read('finished.json')).toEqual(finished);
  expect(read('prowjob.json')).toMatchObject({ metadata: { name: 'one' }, status: { state: 'failure' } });
  await report(reporter, job({ state: 'success', completionTime: '2026-01-02T00:02:00Z' }, spec));
  expect(read('finished.json')).toEqual(finished);
  // A run that is aborted but not over comes back.
  expect(await report(reporter, job({ state: 'aborted' }, spec))).toMatchObject({ kind: 'later' });
});
