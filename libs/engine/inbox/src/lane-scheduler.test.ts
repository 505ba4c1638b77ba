import { expect, test } from '@jest/globals';
import { LaneScheduler } from './lane-scheduler.ts';

function task(lane: string, group: string, log: string[], wait?: Promise<void>): Parameters<LaneScheduler['add']>[0] {
  return {
    lane,
    group,
    run: async () => {
      log.push(`+${lane}`);
      await wait;
      log.push(`-${lane}`);
      return 'finished';
    },
  };
}

test('one lane is in order and alone; groups take turns', async () => {
  const log: string[] = [];
  const scheduler = new LaneScheduler({ concurrency: 1 });
  for (let index = 0; index < 3; index += 1) scheduler.add(task(`big${index}`, 'big', log));
  scheduler.add(task('big0', 'big', log));
  scheduler.add(task('small', 'small', log));
  scheduler.start();
  while (scheduler.size > 0) await scheduler.quiet();
  expect(log.filter((line) => line.startsWith('+'))).toEqual(['+big0', '+small', '+big1', '+big2', '+big0']);
});

test('never two of a lane at once, never more than the limit', async () => {
  let running = 0;
  let most = 0;
  const perLane = new Map<string, number>();
  const scheduler = new LaneScheduler({ concurrency: 3 });
  for (let index = 0; index < 30; index += 1) {
    const lane = `lane${index % 5}`;
    scheduler.add({
      lane,
      group: lane,
      run: async () => {
        running += 1;
        most = Math.max(most, running);
        perLane.set(lane, (perLane.get(lane) ?? 0) + 1);
        expect(perLane.get(lane)).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        perLane.set(lane, 0);
        running -= 1;
        return 'finished';
      },
    });
  }
  scheduler.start();
  while (scheduler.size > 0) await scheduler.quiet();
  expect(most).toBe(3);
});

test('a lane that waits to try again holds its own lane only', async () => {
  const log: string[] = [];
  const scheduler = new LaneScheduler({ concurrency: 1 });
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let first = true;
  scheduler.add({
    lane: 'a',
    group: 'a',
    run: async () => {
      log.push('try');
      if (!first) return 'finished';
      first = false;
      return { againAfter: gate };
    },
  });
  scheduler.add(task('a', 'a', log));
  scheduler.add(task('b', 'b', log));
  scheduler.start();
  await scheduler.quiet();
  expect(log).toEqual(['try', '+b', '-b']);
  release();
  while (scheduler.size > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(log).toEqual(['try', '+b', '-b', 'try', '+a', '-a']);
});
