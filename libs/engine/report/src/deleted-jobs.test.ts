// A job that somebody deletes: what GitHub shows of it gets its end, and nothing else is touched.
import { afterEach, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { GitHubError } from '@prow/clients-github';
import type { InformerHandler } from '@prow/clients-kube';
import { newProwJob, type ProwJob } from '@prow/model-prowjob';
import { DeletedJobs } from './deleted-jobs.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Shown = { context: string; state: 'pending' | 'success' | 'failure'; target_url: string };

class World {
  readonly written: { context: string; state: string; description?: string | undefined; targetUrl?: string | undefined }[] = [];
  failures = 0;
  mayWrite = true;
  readonly deleted: DeletedJobs;
  #handler: InformerHandler<ProwJob> = {};

  constructor(shown: readonly Shown[], siblings: readonly ProwJob[] = []) {
    const github = {
      getCombinedStatus: () => {
        this.failures -= 1;
        return this.failures >= 0 ? Promise.reject(new GitHubError('not now', { status: 502 })) : Promise.resolve({ sha: 's', state: 'pending' as const, statuses: shown.map((status) => ({ ...status, description: '' })) });
      },
      createStatus: (status: World['written'][number]) => Promise.resolve(void this.written.push(status)),
    };
    this.deleted = new DeletedJobs({
      github,
      prowJobs: { addHandler: (handler) => ((this.#handler = handler), () => undefined) },
      shouldReport: (prowJob) => prowJob.spec.report === true,
      siblingsOf: () => siblings,
      clock: systemClock,
      log: silentLogger,
    });
    stops.push(() => this.deleted.stop());
  }

  start(): this {
    this.deleted.start(() => this.mayWrite);
    return this;
  }

  async delete(prowJob: ProwJob): Promise<World['written']> {
    this.#handler.onDelete?.(prowJob);
    await this.deleted.idle();
    return this.written;
  }
}

function job(name: string, status: Partial<ProwJob['status']>, context = 'unit'): ProwJob {
  const refs = { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 's' }] };
  const made = newProwJob({ type: 'presubmit', agent: 'kubernetes', cluster: 'default', job: context, context, report: true, refs }, { name, nowMs: 0 });
  return { ...made, status: { ...made.status, ...status } };
}

const running = { state: 'pending', build_id: '1234567', url: 'https://prow/1234567' } as const;
const shown: Shown = { context: 'unit', state: 'pending', target_url: 'https://prow/1234567' };

test('a running job, and one that waits, are told as aborted', async () => {
  expect(await new World([shown]).start().delete(job('a', running))).toEqual([
    expect.objectContaining({ context: 'unit', state: 'failure', description: expect.stringContaining('the ProwJob was deleted'), targetUrl: 'https://prow/1234567', sha: 's' }),
  ]);
  expect(await new World([{ ...shown, target_url: '' }]).start().delete(job('a', { state: 'triggered' }))).toHaveLength(1);
});

test('a job whose pod was lost is known by the address of its first', async () => {
  const over = job('other', { ...running, completionTime: '2026-01-02T03:04:05Z' });
  const ofFirst = { ...shown, target_url: 'https://prow/1111111' };
  expect(await new World([ofFirst], [over]).start().delete(job('a', { ...running, pod_revival_count: 1 }))).toHaveLength(1);
  expect(await new World([ofFirst]).start().delete(job('a', running))).toHaveLength(1);
});

test.each([
  ['whose end is known', [{ ...shown, state: 'success' as const }], [], running],
  ["whose status is another run's", [{ ...shown, target_url: 'https://prow/7654321' }], [job('other', { ...running, completionTime: '2026-01-02T03:04:05Z' })], running],
  ['that nobody was told of', [], [], running],
  ['that was over', [shown], [], { ...running, completionTime: '2026-01-02T03:04:05Z' }],
  ['that a newer run follows', [{ ...shown, target_url: '' }], [job('newer', { state: 'triggered' })], { state: 'triggered' as const }],
])('of a job %s nothing is told', async (_what, statuses, siblings, status) => {
  expect(await new World(statuses, siblings).start().delete(job('a', status))).toEqual([]);
});

test('tried until GitHub answers; held until this replica leads; never told by one that leads no more', async () => {
  const world = new World([shown]);
  world.failures = 1;
  world.deleted.add(job('a', running));
  expect(world.written).toEqual([]);
  world.start();
  for (let count = 0; count < 200 && world.written.length === 0; count += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(world.written).toHaveLength(1);
  const old = new World([shown]).start();
  old.mayWrite = false;
  expect(await old.delete(job('a', running))).toEqual([]);
});
