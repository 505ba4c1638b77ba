// Fills a small disk, says what happened, makes room and goes on. Started by open-store.int.test.ts.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@prow/base-errors';
import { openStore } from '../open-store.ts';

const dir = process.argv[2] ?? '';
const ballast = join(dir, 'ballast');
writeFileSync(ballast, Buffer.alloc(1024 * 1024, 1));
const store = openStore(join(dir, 'data'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const codeOf = (error: unknown): string => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : messageOf(error));
let accepted = 0;
for (let isFull = false; !isFull; ) {
  const group = await Promise.allSettled([1, 2, 3].map((each) => store.put(`${accepted}-${each}`, 'x'.repeat(10_000))));
  const codes = new Set(group.map((result) => (result.status === 'rejected' ? codeOf(result.reason) : 'durable')));
  isFull = !codes.has('durable');
  if (isFull) say(`refused ${[...codes].join(' ')}`);
  else accepted += 3;
}
say(`found ${[...store.keys()].length === accepted}`);
rmSync(ballast);
await store.put('after', 'room was made');
say(`after ${store.get('after') ?? 'lost'}`);
await store.close();
say('closed');
