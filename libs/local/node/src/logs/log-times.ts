// When the parts of a log were written. The shim's `cat` copies bytes and knows no time, so the node notes, while it
// watches a log grow, `offset unixMs`: everything before the offset was written by then.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface LogTimes {
  offsets: number[];
  times: number[];
}

export async function readLogTimes(directory: string): Promise<LogTimes> {
  const text = await readFile(join(directory, 'log.times'), 'latin1').catch(() => '');
  const result: LogTimes = { offsets: [], times: [] };
  for (const line of text.split('\n')) {
    const [offset, time] = line.split(' ').map(Number);
    if (offset === undefined || time === undefined || Number.isNaN(offset + time)) continue;
    result.offsets.push(offset);
    result.times.push(time);
  }
  return result;
}

export function formatLogTimes(notes: readonly { offset: number; time: number }[]): string {
  return notes.map(({ offset, time }) => `${offset} ${time}\n`).join('');
}

/** When the byte at this offset was written; `unknownMs` when that was not noted. */
export function timeAt({ offsets, times }: LogTimes, offset: number, unknownMs: number): number {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return times[low] ?? unknownMs;
}

/** Where to begin to find everything written at or after a time. */
export function offsetSince({ offsets, times }: LogTimes, sinceMs: number): number {
  const index = times.findIndex((time) => time >= sinceMs);
  return index < 0 ? offsets.at(-1) ?? 0 : offsets[index - 1] ?? 0;
}
