// The store's figures beside the floor: appending the same bytes to a file with fdatasync after each group.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '@prow/clients-store';

const dir = process.argv[2] ?? '';
const only = new Set(process.argv.slice(3));
const value = JSON.stringify({ metadata: { name: 'x' }, pad: 'y'.repeat(4000) });
const count = 50_000;
const groupSize = 500;
const key = (index: number): string => `/registry/prow.k8s.io/prowjobs/default/${String(index).padStart(6, '0')}`;
const show = (what: string, ours: number, unit: string, wanted: string): void => console.log(`${what.padEnd(52)} ${ours.toFixed(ours < 10 ? 2 : 0).padStart(8)} ${unit.padEnd(5)} ${wanted}`);
const perSecond = (writes: number, startedAt: number): number => (writes / (performance.now() - startedAt)) * 1000;

function append(path: string, writes: number, group: number): number {
  const file = openSync(path, 'w');
  const startedAt = performance.now();
  for (let done = 0; done < writes; done += group) {
    writeSync(file, value.repeat(Math.min(group, writes - done)));
    fdatasyncSync(file);
  }
  const rate = perSecond(writes, startedAt);
  closeSync(file);
  rmSync(path);
  return rate;
}

async function fill(): Promise<void> {
  const store = openStore(join(dir, 'data'));
  let startedAt = performance.now();
  for (let done = 0; done < count; done += groupSize) await Promise.all(Array.from({ length: groupSize }, (_, each) => store.put(key(done + each), value)));
  const grouped = perSecond(count, startedAt);
  const floor = append(join(dir, 'floor'), count, groupSize);
  show(`${count} writes of 4 kB, groups of ${groupSize}`, grouped, '/s', `${(grouped / floor).toFixed(2)} × appending to a file (${Math.round(floor)}/s)`);
  startedAt = performance.now();
  for (let index = 0; index < 500; index += 1) await store.put(`one/${index}`, value);
  const single = perSecond(500, startedAt);
  const singleFloor = append(join(dir, 'floor'), 500, 1);
  show('one after another, each on disk', single, '/s', `${(single / singleFloor).toFixed(2)} × appending to a file (${Math.round(singleFloor)}/s)`);
  await store.close();
}

async function restart(): Promise<void> {
  const startedAt = performance.now();
  const store = openStore(join(dir, 'data'));
  let bytes = 0;
  for (const entry of store.range({ prefix: '/registry/' })) bytes += entry.value.length;
  const seconds = (performance.now() - startedAt) / 1000;
  show(`open and read ${count} values of 4 kB (${Math.round(bytes / 1e6)} MB)`, seconds, 's', 'wanted: ≤ 2');
  await store.close();
}

if (only.size === 0 || only.has('fill')) await fill();
if (only.size === 0 || only.has('restart')) await restart();
