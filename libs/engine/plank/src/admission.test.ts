import { describe, expect, test } from '@jest/globals';
import { Admission, type Candidate, type Limits } from './admission.ts';

function setUp(limits: Partial<Limits> = {}): { admission: Admission; granted: string[]; add: (name: string, more?: Partial<Candidate>) => void; limits: Limits } {
  const granted: string[] = [];
  const current: Limits = { global: 0, queues: {}, clusters: {}, ...limits };
  const admission = new Admission({ limits: () => current, onGranted: (name) => granted.push(name) });
  let arrival = 0;
  const add = (name: string, more: Partial<Candidate> = {}): void =>
    admission.set({ name, order: ['2026', (arrival += 1)], stage: 'waiting', job: 'unit', maxConcurrency: 0, queue: '', cluster: 'default', ...more });
  return { admission, granted, add, limits: current };
}

describe('Admission', () => {
  test('without limits everybody may start', () => {
    const { admission, granted, add } = setUp();
    for (const name of ['a', 'b', 'c']) add(name);
    admission.review();
    expect(granted).toEqual(['a', 'b', 'c']);
  });

  test('a job’s limit is exact, and served in order', () => {
    const { admission, granted, add } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) add(name, { maxConcurrency: 2 });
    admission.review();
    expect(granted).toEqual(['a', 'b']);
    expect(admission.waitsOn('c')).toBe('a free slot of job unit: 2 of 2 run');
    admission.remove('a');
    admission.review();
    expect(granted).toEqual(['a', 'b', 'c']);
  });

  test('an older job that comes late goes first', () => {
    const { admission, granted, add } = setUp({ global: 1 });
    add('young', { order: ['2026-02', 9] });
    add('old', { order: ['2026-01', 10] });
    admission.review();
    expect(granted).toEqual(['old']);
  });

  test('a granted job keeps its slot while it becomes running', () => {
    const { admission, granted, add } = setUp({ global: 1 });
    add('a', { order: ['1', 1] });
    add('b');
    admission.review();
    add('a', { order: ['1', 1], stage: 'waiting', cluster: 'other' });
    admission.review();
    add('a', { order: ['1', 1], stage: 'running' });
    admission.review();
    expect(granted).toEqual(['a']);
    admission.remove('a');
    admission.review();
    expect(granted).toEqual(['a', 'b']);
  });

  test('a job blocked by one limit holds up nobody at another', () => {
    const { admission, granted, add } = setUp({ global: 2 });
    add('a', { maxConcurrency: 1 });
    add('b', { maxConcurrency: 1 });
    add('c', { job: 'other' });
    admission.review();
    expect(granted).toEqual(['a', 'c']);
    expect(admission.waitsOn('b')).toBe('a free slot of job unit: 1 of 1 run');
  });

  test('held jobs hold nobody up', () => {
    const { admission, granted, add } = setUp({ global: 1 });
    add('a', { stage: 'held', cluster: 'away' });
    add('b');
    admission.review();
    expect(granted).toEqual(['b']);
  });

  test('queues: 0 blocks, below 0 is no limit, unknown says so; a changed limit counts at once', () => {
    const { admission, granted, add, limits } = setUp({ queues: { none: 0, all: -1, one: 1 }, clusters: { small: 1 } });
    add('a', { queue: 'none' });
    add('b', { queue: 'all' });
    add('c', { queue: 'one' });
    add('d', { queue: 'one' });
    add('e', { queue: 'gone' });
    add('f', { cluster: 'small' });
    add('g', { cluster: 'small' });
    admission.review();
    expect(granted).toEqual(['b', 'c', 'f']);
    expect(['a', 'd', 'e', 'g'].map((name) => admission.waitsOn(name))).toEqual([
      'job queue none, whose capacity is 0',
      'a free slot of job queue one: 1 of 1 run',
      'job queue gone, which plank.job_queue_capacities does not name',
      'a free slot of build cluster small: 1 of 1 run',
    ]);
    limits.queues = { none: 2, all: -1, one: 1 };
    admission.review();
    expect(granted).toContain('a');
  });

  test('never exceeds a limit, never starves, whatever comes and goes', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
    const { admission, add } = setUp({ global: 7, queues: { q: 3 }, clusters: { b1: 4 } });
    const live = new Map<string, Candidate>();
    const all: Candidate[] = [];
    for (let round = 0; round < 3000; round += 1) {
      const candidate: Candidate = {
        name: `n${round}`, order: ['2026', round], stage: 'waiting', job: `j${Math.floor(random() * 4)}`, maxConcurrency: Math.floor(random() * 3),
        queue: random() < 0.4 ? 'q' : '', cluster: random() < 0.5 ? 'b1' : 'b2',
      };
      candidate.maxConcurrency = candidate.job === 'j0' ? 2 : 0;
      all.push(candidate);
      add(candidate.name, candidate);
      admission.review();
      for (const each of all) if (admission.isGranted(each.name)) live.set(each.name, each);
      const running = [...live.values()];
      expect(running.length).toBeLessThanOrEqual(7);
      expect(running.filter((each) => each.queue === 'q').length).toBeLessThanOrEqual(3);
      expect(running.filter((each) => each.cluster === 'b1').length).toBeLessThanOrEqual(4);
      expect(running.filter((each) => each.job === 'j0').length).toBeLessThanOrEqual(2);
      for (const each of running) {
        if (random() < 0.4) {
          admission.remove(each.name);
          live.delete(each.name);
          all.splice(all.indexOf(each), 1);
        }
      }
    }
    while (admission.waitingCount > 0 || live.size > 0) {
      for (const name of live.keys()) admission.remove(name);
      live.clear();
      const before = admission.waitingCount;
      admission.review();
      for (const each of all) if (admission.isGranted(each.name)) live.set(each.name, each);
      expect(admission.waitingCount).toBeLessThan(before === 0 ? 1 : before);
    }
  });
});
