import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openStore } from '@prow/clients-store';
import { durableAnswers } from './durable-answers.ts';

test('answers outlive the process, up to a number', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'prow-answers-'));
  const answer = { etag: '"1"', status: 200, link: undefined, body: '{"a":"line\\nbreak"}', isJson: true };
  let store = openStore(dir);
  const answers = durableAnswers(store, { maxAnswers: 100 });
  for (const round of [1, 2]) {
    for (let at = 0; at < 500; at += 1) await answers.put(`key-${round}-${at}`, answer);
    await store.flushed();
  }
  await store.close();
  store = openStore(dir);
  const again = durableAnswers(store);
  expect(await again.get('key-2-499')).toEqual({ ...answer, link: undefined });
  expect(await again.get('nothing')).toBeUndefined();
  expect(store.stats().count).toBeLessThan(700);
  await store.close();
  await rm(dir, { recursive: true, force: true });
});
