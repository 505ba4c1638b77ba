import { describe, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { VirtualClock } from '@prow/base-time';
import { WorkQueue, type WorkQueueOptions } from './index.ts';

/** Work that ends when the test says so. */
function controlled(options: Partial<WorkQueueOptions> = {}) {
  const clock = new VirtualClock(0);
  const started: string[] = [];
  const open = new Map<string, { resolve: (result?: { requeueAfterMs: number }) => void; reject: (error: Error) => void }>();
  const queue = new WorkQueue({
    name: 'test',
    concurrency: 2,
    clock,
    log: silentLogger,
    process: (key) => {
      if (open.has(key)) throw new Error(`${key} runs twice at once`);
      started.push(`${key}@${clock.now()}`);
      return new Promise((resolve, reject) => open.set(key, { resolve, reject }));
    },
    ...options,
  });
  const end = async (key: string, how?: { requeueAfterMs: number } | Error): Promise<void> => {
    const work = open.get(key);
    if (work === undefined) throw new Error(`${key} is not in work`);
    open.delete(key);
    if (how instanceof Error) work.reject(how);
    else work.resolve(how);
    await clock.advance(0);
  };
  return { clock, queue, started, end };
}

describe('WorkQueue', () => {
  test('works in order of arrival, not more at once than allowed, nothing before start', async () => {
    const { queue, started, end, clock } = controlled();
    for (const key of ['a', 'b', 'c', 'a']) queue.add(key);
    await clock.advance(10);
    expect(started).toEqual([]);
    expect(queue.depth).toBe(3);
    queue.start();
    expect(started).toEqual(['a@10', 'b@10']);
    await end('b');
    expect(started).toEqual(['a@10', 'b@10', 'c@10']);
    await end('a');
    await end('c');
    await queue.idle();
    expect(queue.depth).toBe(0);
  });

  test('a key added while in work is worked on once more, afterwards', async () => {
    const { queue, started, end } = controlled();
    queue.start();
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(started).toEqual(['a@0']);
    expect(queue.depth).toBe(0);
    await end('a');
    expect(started).toEqual(['a@0', 'a@0']);
    await end('a');
    expect(started).toHaveLength(2);
  });

  test('failures wait longer and longer, success forgets them, keys do not disturb each other', async () => {
    const { queue, started, end, clock } = controlled({ backoff: { baseMs: 100, maxMs: 300 } });
    queue.start();
    queue.add('bad');
    queue.add('good');
    await end('good');
    await end('bad', new Error('1'));
    expect(queue.failuresOf('bad')).toBe(1);
    await clock.advance(100);
    await end('bad', new Error('2'));
    await clock.advance(200);
    await end('bad', new Error('3'));
    await clock.advance(299);
    expect(started).toHaveLength(4);
    await clock.advance(1);
    expect(started.at(-1)).toBe('bad@600');
    await end('bad');
    expect(queue.failuresOf('bad')).toBe(0);
    queue.add('bad');
    await end('bad', new Error('again'));
    await clock.advance(100);
    expect(started.at(-1)).toBe('bad@700');
  });

  test('process that throws at once counts as a failure', async () => {
    const { queue, clock } = controlled({ process: () => { throw new Error('sync'); }, backoff: { baseMs: 100, maxMs: 100 } });
    queue.start();
    queue.add('a');
    await clock.advance(50);
    expect(queue.failuresOf('a')).toBe(1);
    await clock.advance(50);
    expect(queue.failuresOf('a')).toBe(2);
  });

  test('requeueAfterMs asks for another look, unless the key was added meanwhile', async () => {
    const { queue, started, end, clock } = controlled();
    queue.start();
    queue.add('a');
    await end('a', { requeueAfterMs: 50 });
    expect(queue.delayedCount).toBe(1);
    await clock.advance(50);
    expect(started).toEqual(['a@0', 'a@50']);
    queue.add('a');
    await end('a', { requeueAfterMs: 50 });
    expect(started).toEqual(['a@0', 'a@50', 'a@50']);
    expect(queue.delayedCount).toBe(0);
  });

  test('of several waits the one that ends first counts', async () => {
    const { queue, started, end, clock } = controlled();
    queue.start();
    queue.addAfter('a', 100);
    queue.addAfter('a', 30);
    queue.addAfter('a', 60);
    await clock.advance(29);
    expect(started).toEqual([]);
    await clock.advance(200);
    expect(started).toEqual(['a@30']);
    await end('a');
    expect(started).toHaveLength(1);
    queue.addAfter('a', 0);
    expect(started).toEqual(['a@30', 'a@229']);
  });

  test('stop drops what waits, tells what is in work, and waits for it', async () => {
    let signalled = false;
    const { queue, clock } = controlled({
      concurrency: 1,
      process: (_key, signal) => new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          signalled = true;
          resolve();
        });
      }),
    });
    queue.start();
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    await clock.advance(0);
    await queue.stop();
    expect(signalled).toBe(true);
    queue.add('d');
    queue.addAfter('e', 1);
    await clock.advance(100);
    expect([queue.depth, queue.runningCount, queue.delayedCount, clock.pendingCount]).toEqual([0, 0, 0, 0]);
    await queue.stop();
  });

  test('a thousand keys added at random end up worked on after their last addition, never twice at once', async () => {
    const clock = new VirtualClock(0);
    const running = new Set<string>();
    const wanted = new Map<string, number>();
    const done = new Map<string, number>();
    let seed = 42;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    const queue = new WorkQueue({
      name: 'test', concurrency: 7, clock, log: silentLogger, backoff: { baseMs: 1, maxMs: 20 },
      process: async (key) => {
        expect(running.has(key)).toBe(false);
        running.add(key);
        const seen = wanted.get(key) ?? 0;
        await clock.sleep(random() * 5);
        running.delete(key);
        if (random() < 0.2) throw new Error('unlucky');
        done.set(key, seen);
      },
    });
    queue.start();
    for (let step = 0; step < 1000; step += 1) {
      const key = `k${Math.floor(random() * 50)}`;
      wanted.set(key, step);
      queue.addAfter(key, 0);
      if (step % 20 === 0) await clock.advance(2);
    }
    await clock.runAll();
    expect(done).toEqual(wanted);
  });
});
