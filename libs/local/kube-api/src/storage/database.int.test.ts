// The window of changes over restarts: what one commit wrote lies together, the window may begin in the midst of it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { open } from 'lmdb';
import type { Change } from './change.ts';
import { Database, type CommitBatch } from './database.ts';
import { changeOf, encodeChanges, encodeRecord } from './record.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kube-database-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

function writes(from: number, to: number): CommitBatch['writes'] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const revision = from + index;
    const record = encodeRecord({ type: 'ADDED', previousRevision: 0, resource: 'configmaps', key: `default/ü-${revision}`, isOwned: false }, { metadata: `{"name":"ü-${revision}"}`, rest: '{"data":{}}' });
    return { change: changeOf(revision, record), record };
  });
}

async function reopened(): Promise<{ kept: Change[]; database: Database }> {
  const database = new Database(join(dir, 'objects'));
  return { kept: [...database.keptChanges()], database };
}

test('a start finds the changes after the compacted one, whatever was committed together', async () => {
  let { database } = await reopened();
  await database.commit({ writes: writes(1, 5) });
  await database.commit({ writes: writes(6, 6) });
  await database.commit({ writes: writes(7, 9), compaction: { revision: 3, versions: [] } });
  await database.close();
  let kept: Change[];
  ({ kept, database } = await reopened());
  expect(kept.map(({ revision }) => revision)).toEqual([4, 5, 6, 7, 8, 9]);
  expect(kept[0]).toEqual(writes(4, 4)[0]?.change);
  expect(database.read(4)?.body.toString()).toBe('{"metadata":{"name":"ü-4"},"data":{}}');
  await database.commit({ writes: writes(10, 10), compaction: { revision: 6, versions: [4] } });
  await database.close();
  ({ kept, database } = await reopened());
  expect([database.compactedRevision(), database.read(4)]).toEqual([6, undefined]);
  expect(kept.map(({ revision }) => revision)).toEqual([7, 8, 9, 10]);
  await database.close();
});

test('changes that lie one by one, as files of earlier versions have them, are read', async () => {
  const { database } = await reopened();
  await database.commit({ writes: writes(1, 2) });
  await database.close();
  const root = open<Buffer, string>({ path: join(dir, 'objects'), encoding: 'binary', maxDbs: 4 });
  const changes = root.openDB<Buffer, number>({ name: 'changes', encoding: 'binary' });
  for (const { change } of writes(3, 4)) await changes.put(change.revision, encodeChanges([change]).subarray(13));
  await root.close();
  const { kept, database: again } = await reopened();
  expect(kept).toEqual(writes(1, 4).map(({ change }) => change));
  await again.close();
});
