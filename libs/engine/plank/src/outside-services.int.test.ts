// tot and the external scheduler as HTTP servers on loopback.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { newProwJob, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { noFaults, SeededRandom, SimulatedApi, SimulatedClient, SimulatedClock } from '@prow/testing-simulation';
import { TotBuildIds } from './build-id.ts';
import { SchedulerController } from './scheduler.ts';

const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function startService(answer: (call: { path: string; body: string }, count: number) => readonly [status: number, text: string]): Promise<{ url: string; calls: string[] }> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      calls.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`.trim());
      const [status, text] = answer({ path: request.url ?? '', body }, calls.length);
      response.writeHead(status).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

test('tot: an id from GET /vend/JOB, asked again after an error or an answer that is none', async () => {
  const answers = [[500, 'no'], [200, '<html>'], [200, '17\n']] as const;
  const { url, calls } = await startService((_call, count) => answers[count - 1] ?? [200, '18']);
  const ids = new TotBuildIds({ url: `${url}/`, clock: systemClock });
  expect(await ids.next('a job/x')).toBe('17');
  expect(await ids.next('unit')).toBe('18');
  expect(calls).toEqual([...Array.from({ length: 3 }, () => 'GET /vend/a%20job%2Fx'), 'GET /vend/unit']);
});

test('tot: whoever stops waiting is let go', async () => {
  const { url } = await startService(() => [500, 'no']);
  const abort = new AbortController();
  const waiting = new TotBuildIds({ url, clock: systemClock }).next('unit', abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow();
});

test('the external scheduler: POST {job}, its cluster is taken, kept for a while, asked again after an error', async () => {
  const { url, calls } = await startService((_call, count) => (count === 1 ? [503, 'busy'] : [200, JSON.stringify({ cluster: 'build-7' })]));
  const clock = new SimulatedClock(Date.UTC(2026, 0, 2));
  const api = await SimulatedApi.open({ clock });
  const client = new SimulatedClient({ api, clock, random: new SeededRandom(1), faults: noFaults, process: { isAlive: true, die: () => undefined }, name: 'main', isAway: () => false });
  const prowJobs = client.informer<ProwJob>(prowJobResource, { namespace: 'default' });
  const scheduler = new SchedulerController({ prowJobs, prowJobApi: client.resource<ProwJob>(prowJobResource, 'default'), settings: () => ({ mappings: {}, external: { url: `${url}/schedule`, cacheMs: 60 * 60_000 } }), clock, log: silentLogger });
  const create = (name: string): Promise<unknown> => {
    const prowJob = newProwJob({ type: 'periodic', agent: 'kubernetes', cluster: 'default', job: 'nightly', report: false }, { name, namespace: 'default', nowMs: clock.now(), state: 'scheduling' });
    return api.create(prowJobResource, 'default', prowJob);
  };
  const job = (name: string): ProwJob => api.find(prowJobResource, 'default', name) as ProwJob;
  // The world's time goes on while the real server answers.
  const until = async (isDone: () => boolean): Promise<void> => {
    for (const untilMs = Date.now() + 30_000; !isDone(); ) {
      if (Date.now() > untilMs) throw new Error('not within 30 s');
      await clock.runUntil(clock.now() + 50);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  prowJobs.start();
  await until(() => prowJobs.isSynced());
  scheduler.start();
  endings.push(() => prowJobs.stop(), () => scheduler.stop());
  await create('one');
  await until(() => job('one').status.state === 'triggered');
  expect(job('one').spec.cluster).toBe('build-7');
  expect(calls).toEqual(['POST /schedule {"job":"nightly"}', 'POST /schedule {"job":"nightly"}']);
  await create('two');
  await until(() => job('two').status.state === 'triggered');
  expect(job('two').spec.cluster).toBe('build-7');
  expect(calls).toHaveLength(2);
}, 60_000);
