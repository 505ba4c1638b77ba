// Keeps memory flat while much is streamed: Node frees the memory of read chunks only when its collector runs, which it sees no
// reason to do for tens of megabytes.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyBytes = 4 * 1024 * 1024;
/** Young objects only, but now and then all: some chunks live long enough to grow old. */
const fullEvery = 3;

/** V8's own: `true` collects young objects only. Options as an object mean that, too, in Node 20, whatever they say. */
let collect: ((youngOnly?: boolean) => void) | undefined;
let passed = 0;
let rounds = 0;

/**
 * Node may then not let its heap grow as it does while there is memory: what a thousand requests leave behind is collected,
 * not kept. It takes effect at once.
 */
export function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
}

/** What a request leaves behind besides the bytes it carried, about. */
const requestBytes = 64 * 1024;

/** To be told of every request that a library makes. */
export function noteRequest(): void {
  noteStreamed(requestBytes);
}

/** What a small object leaves behind that goes to storage in one request, about. */
const smallRequestBytes = 8 * 1024;

/** To be told of every such object. */
export function noteSmallRequest(bytes: number): void {
  noteStreamed(bytes + smallRequestBytes);
}

/** To be told of every byte that is read into memory of its own. */
export function noteStreamed(bytes: number): void {
  passed += bytes;
  if (passed < everyBytes) return;
  passed = 0;
  rounds += 1;
  collect ??= exposeCollector();
  if (rounds % fullEvery === 0) collect();
  else collect(true);
}

function exposeCollector(): NonNullable<typeof collect> {
  try {
    setFlagsFromString('--expose-gc');
    return runInNewContext('gc') as NonNullable<typeof collect>;
  } catch {
    return () => {};
  }
}
