import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openStore } from '@prow/clients-store';
import { Database } from './database.ts';
import { comments, padded } from './tables.ts';

const comment = (id: number, body = ''): Parameters<typeof comments.keyOf>[0] => ({ id, repoId: 1, number: 1, author: 'a', body, reactions: [], createdAt: 0, updatedAt: 0 });

test('keeps groups in order, changes whole, and everything on disk', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'prow-database-'));
  let store = openStore(dir);
  let database = new Database(store);
  const ids = (view: Pick<Database, 'list'> = database): number[] => view.list(comments, '1/1').map(({ id }) => id);
  await database.change((change) => {
    for (const id of [5, 3, 9]) change.put(comments, comment(id));
    expect(ids(change)).toEqual([3, 5, 9]);
  });
  expect(ids()).toEqual([3, 5, 9]);
  await database.change((change) => {
    change.put(comments, comment(4));
    change.put(comments, comment(12));
    change.put(comments, comment(5, 'edited'));
    change.delete(comments, comment(3));
    expect(ids(change)).toEqual([4, 5, 9, 12]);
    expect(ids()).toEqual([3, 5, 9]);
  });
  expect(ids()).toEqual([4, 5, 9, 12]);
  await expect(
    database.change((change) => {
      change.put(comments, comment(99));
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(ids()).toEqual([4, 5, 9, 12]);
  const first = await database.change((change) => change.nextId());
  await store.close();
  store = openStore(dir);
  database = new Database(store);
  expect(ids()).toEqual([4, 5, 9, 12]);
  expect(database.get(comments, padded(5))?.body).toBe('edited');
  expect(await database.change((change) => change.nextId())).toBe(first + 1);
  await database.change((change) => change.put(comments, comment(1)));
  expect(ids()).toEqual([1, 4, 5, 9, 12]);
  await store.close();
  await rm(dir, { recursive: true, force: true });
});
