// Keeps memory flat while much is streamed: Node frees the memory of read chunks only when its collector runs, which it sees no
// reason to do for tens of megabytes.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyBytes = 4 * 1024 * 1024;
/** Young objects only, but now and then all: some chunks live long enough to grow old. */
const fullEvery = 3;

let collect: ((options: { type: 'minor' | 'major'; execution: 'sync' }) => void) | undefined;
let passed = 0;
let rounds = 0;

/**
 * Node may then not let its heap grow as it does while there is memory: what a thousand requests leave behind is collected,
 * not kept. It takes effect at once.
 */
export function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
}

/** To be told of every streamed byte. */
export function noteStreamed(bytes: number): void {
  passed += bytes;
  if (passed < everyBytes) return;
  passed = 0;
  rounds += 1;
  collect ??= exposeCollector();
  collect({ type: rounds % fullEvery === 0 ? 'major' : 'minor', execution: 'sync' });
}

function exposeCollector(): NonNullable<typeof collect> {
  try {
    setFlagsFromString('--expose-gc');
    return runInNewContext('gc') as NonNullable<typeof collect>;
  } catch {
    return () => {};
  }
}
