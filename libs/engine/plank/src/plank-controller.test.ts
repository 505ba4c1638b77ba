import { afterEach, describe, expect, test } from '@jest/globals';
import { SimulatedApiError } from '@prow/testing-simulation';
import type { PlankSection } from './settings.ts';
import { World } from './testing/plank-world.ts';

const worlds: World[] = [];
async function world(settings?: Partial<PlankSection>): Promise<World> {
  const made = await World.start(settings);
  worlds.push(made);
  return made;
}

afterEach(async () => {
  for (const each of worlds.splice(0)) await each.stop();
});

describe('requires', () => {
  test('a job starts when what it requires has succeeded', async () => {
    const w = await world();
    w.create('build');
    w.create('e2e', {}, { 'prow.k8s.io/requires': 'build' });
    await w.pass(1000);
    expect(w.pods()).toEqual(['build']);
    expect(w.job('e2e').description).toBe('Waiting for required job build.');
    w.end('build', 'Succeeded');
    await w.pass(1000);
    expect(w.job('build').state).toBe('success');
    expect(w.pods()).toEqual(['build', 'e2e']);
  });

  test('one that failed ends all that come after it, with the reason', async () => {
    const w = await world();
    w.create('build');
    w.create('unit', {}, { 'prow.k8s.io/requires': 'build' });
    w.create('e2e', {}, { 'prow.k8s.io/requires': 'build,unit' });
    await w.pass(1000);
    w.end('build', 'Failed');
    await w.pass(1000);
    expect(w.job('unit')).toMatchObject({ state: 'aborted', description: 'Skipped: required job build ended with failure.', completionTime: expect.any(String) });
    expect(w.job('e2e').description).toMatch(/^Skipped: required job (?:build|unit) ended with /);
    expect(w.pods()).toEqual(['build']);
  });

  test('/retest starts them one by one: the dependant waits for the new run, not for the old one that failed', async () => {
    const w = await world();
    w.create('build-1', { job: 'build', context: 'build' });
    w.create('e2e-1', { job: 'e2e', context: 'e2e' }, { 'prow.k8s.io/requires': 'build' });
    await w.pass(1000);
    w.end('build-1', 'Failed');
    await w.pass(60_000);
    expect(w.job('e2e-1').state).toBe('aborted');
    w.create('e2e-2', { job: 'e2e', context: 'e2e' }, { 'prow.k8s.io/requires': 'build' });
    await w.pass(5000);
    expect(w.job('e2e-2')).toMatchObject({ state: 'triggered', description: 'Waiting for required job build, which ended with failure before.' });
    w.create('build-2', { job: 'build', context: 'build' });
    await w.pass(2000);
    expect(w.job('e2e-2').description).toBe('Waiting for required job build.');
    w.end('build-2', 'Succeeded');
    await w.pass(2000);
    expect(w.job('e2e-2').state).toBe('pending');
  });

  test('a job started again alone is skipped soon when what it requires has failed', async () => {
    const w = await world();
    w.create('build');
    await w.pass(1000);
    w.end('build', 'Failed');
    await w.pass(60_000);
    w.create('e2e', {}, { 'prow.k8s.io/requires': 'build' });
    await w.pass(40_000);
    expect(w.job('e2e')).toMatchObject({ state: 'aborted', description: 'Skipped: required job build ended with failure.' });
  });

  test('one that nobody starts is not waited for for ever', async () => {
    const w = await world();
    w.create('e2e', {}, { 'prow.k8s.io/requires': 'build' });
    await w.pass(1000);
    expect(w.job('e2e').description).toBe('Waiting for required job build, which is not started.');
    await w.pass(11 * 60_000);
    expect(w.job('e2e')).toMatchObject({ state: 'aborted', description: 'Skipped: required job build was not started for this commit.' });
  });
});

describe('refusals', () => {
  test('quota is waited for, with a word; a wrong pod ends the job', async () => {
    const w = await world();
    let isFull = true;
    w.api.admission.push((object) => {
      if (object.kind !== 'Pod') return;
      if (object.metadata.name === 'wrong') throw new SimulatedApiError('Invalid', 'spec.containers[0].image: must not be empty');
      if (isFull) throw new SimulatedApiError('Forbidden', 'pods "work" is forbidden: exceeded quota: compute');
    });
    w.create('work');
    w.create('wrong');
    await w.pass(5000);
    expect(w.job('work')).toMatchObject({ state: 'triggered', description: expect.stringMatching(/^Waiting for quota: .*exceeded quota/) });
    expect(w.job('wrong')).toMatchObject({ state: 'error', description: 'Pod can not be created: spec.containers[0].image: must not be empty' });
    isFull = false;
    await w.pass(30_000);
    expect(w.job('work').state).toBe('pending');
  });
});

describe('clusters', () => {
  test('a job waits for a cluster that is away, and its deadlines go on', async () => {
    const w = await world({ pod_running_timeout: '1h' });
    w.create('runs');
    await w.pass(1000);
    w.end('runs', 'Succeeded', { phase: 'Running', startTime: `${new Date(w.clock.now()).toISOString().slice(0, 19)}Z` });
    w.isAway = true;
    await w.pass(60_000);
    w.create('waits');
    await w.pass(10_000);
    expect(w.job('waits').description).toBe('Waiting for build cluster default, which does not answer.');
    await w.pass(70 * 60_000);
    expect(w.job('runs')).toMatchObject({ state: 'aborted', description: 'Pod running timeout.' });
    w.isAway = false;
    await w.pass(120_000);
    expect(w.job('waits').state).toBe('pending');
    expect(w.pods()).toEqual(['waits']);
  });
});

describe('newer runs', () => {
  test('supersede older ones of the same pull request, whatever their head', async () => {
    const w = await world();
    w.create('first', { job: 'unit', context: 'unit' });
    await w.pass(2000);
    w.create('second', { job: 'unit', context: 'unit', refs: { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 'other' }] } });
    w.create('elsewhere', { job: 'unit', context: 'unit', refs: { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'b', pulls: [{ number: 2, author: 'd', sha: 's' }] } });
    await w.pass(2000);
    expect(w.job('first')).toMatchObject({ state: 'aborted', description: 'Aborted: superseded by the newer run second.' });
    expect(w.job('second').state).toBe('pending');
    expect(w.job('elsewhere').state).toBe('pending');
    expect(w.pods()).toEqual(['elsewhere', 'second']);
  });
});
