import { expect, test } from '@jest/globals';
import { VirtualClock } from '@prow/base-time';
import { MoveQueue, type QueuedMove } from './move-queue.ts';

const move = { kind: 'read', isWhole: false } as const;
const note = { who: 'me' };

function start() {
  const clock = new VirtualClock(0);
  const queue = new MoveQueue({ clock, trouble: () => new Error('late') });
  const add = (count: number): void => {
    for (let index = 0; index < count; index += 1) queue.add(move, note).catch(() => undefined);
  };
  /** One commit of what is there, of so many milliseconds, during which more may come. */
  const commit = async (tookMs: number, meanwhile = 0): Promise<number> => {
    const batch = await queue.take();
    add(meanwhile);
    await clock.advance(tookMs);
    for (const queued of batch) queued.resolve({ cluster: undefined, changed: false });
    queue.committed(batch.length);
    return batch.length;
  };
  /** What was taken, once it is. */
  const taking = (): { batch: QueuedMove[] | undefined } => {
    const state: { batch: QueuedMove[] | undefined } = { batch: undefined };
    void queue.take().then((batch) => (state.batch = batch));
    return state;
  };
  return { clock, queue, add, commit, taking };
}

test('one alone never waits', async () => {
  const { add, commit, taking, clock } = start();
  for (let round = 0; round < 3; round += 1) {
    add(1);
    expect(await commit(30)).toBe(1);
  }
  add(1);
  const taken = taking();
  await clock.advance(0);
  expect(taken.batch).toHaveLength(1);
});

test('those who were answered are waited for until all are there', async () => {
  const { add, commit, taking, clock } = start();
  add(4);
  expect(await commit(30, 3)).toBe(4);
  const taken = taking();
  await clock.advance(5);
  expect(taken.batch).toBeUndefined();
  add(3);
  await clock.advance(1);
  expect(taken.batch).toBeUndefined();
  add(1);
  await clock.advance(0);
  expect(taken.batch).toHaveLength(7);
});

test.each([[30, 15], [1000, 20]])('after a commit of %i ms for at most %i', async (tookMs, mostMs) => {
  const { add, commit, taking, clock } = start();
  add(4);
  await commit(tookMs, 3);
  const taken = taking();
  await clock.advance(mostMs - 1);
  expect(taken.batch).toBeUndefined();
  await clock.advance(1);
  expect(taken.batch).toHaveLength(3);
});

test('who comes later than that is not held up by those who went', async () => {
  const { add, commit, taking, clock } = start();
  add(4);
  await commit(30);
  await clock.advance(100);
  add(1);
  const taken = taking();
  await clock.advance(0);
  expect(taken.batch).toHaveLength(1);
});

test('one whose time is up, or who is gone, is not carried out any more', async () => {
  const { queue, clock } = start();
  let isThere = true;
  const late = queue.add(move, note);
  const gone = queue.add(move, note, { isWanted: () => isThere, isPatient: true });
  for (const each of [late, gone]) each.catch(() => undefined);
  await clock.advance(20_000);
  await expect(late).rejects.toThrow('late');
  isThere = false;
  expect(await queue.take()).toEqual([]);
  await expect(gone).rejects.toThrow('late');
});

test('what is carried out for one who is gone by then is told to who can undo it', async () => {
  const { queue, clock } = start();
  const unheard: unknown[] = [];
  const late = queue.add(move, note, { onUnheard: (answer) => unheard.push(answer) });
  late.catch(() => undefined);
  const [taken] = await queue.take();
  await clock.advance(20_000);
  await expect(late).rejects.toThrow('late');
  taken?.resolve({ cluster: undefined, changed: true });
  expect(unheard).toHaveLength(1);
});
