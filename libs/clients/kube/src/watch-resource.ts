// One watch request as a stream of events. A line cut off by a dropped connection is not an event.
import type { KubeResource, WatchEvent } from './api.ts';
import { nameOf, type Connection, type KubeRequest } from './connection.ts';
import { errorOfStatus, KubeError } from './kube-error.ts';

/** A server may hold any object up to 1.5 MiB; what is longer is no event. */
const maxLineBytes = 8 * 1024 * 1024;

interface WireEvent {
  type: string;
  object: KubeResource;
}

/** Ends when the server ends it; rejects with Expired for a version that is too old, Unreachable for a cut. */
export async function* watchResource<T extends KubeResource>(
  connection: Connection,
  { path, signal, complete, accept }: { path: string; signal: AbortSignal; complete: (object: T) => T; accept?: string },
): AsyncGenerator<WatchEvent<T>> {
  const request: KubeRequest = { method: 'GET', path, signal, ...(accept === undefined ? {} : { accept }) };
  const response = await connection.stream(request);
  try {
    for await (const line of lines(response, request)) {
      const event = parseEvent(line, request);
      if (event.type === 'ERROR') throw errorOfStatus(event.object, nameOf(request));
      if (event.type === 'BOOKMARK') yield { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion ?? '' };
      else yield { type: event.type as 'ADDED', object: complete(event.object as T) };
    }
  } finally {
    response.destroy();
  }
}

async function* lines(response: AsyncIterable<Buffer>, request: KubeRequest): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  try {
    for await (const chunk of response) {
      let start = 0;
      for (let end = chunk.indexOf(10, start); end >= 0; end = chunk.indexOf(10, start)) {
        const line = Buffer.concat([...pending, chunk.subarray(start, end)]).toString('utf8');
        pending = [];
        pendingBytes = 0;
        start = end + 1;
        if (line.trim() !== '') yield line;
      }
      if (start === chunk.length) continue;
      pending.push(start === 0 ? chunk : chunk.subarray(start));
      pendingBytes += chunk.length - start;
      if (pendingBytes > maxLineBytes) throw new Error(`an event is longer than ${maxLineBytes} bytes`);
    }
  } catch (error) {
    if (request.signal?.aborted) return;
    if (error instanceof KubeError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new KubeError(`${nameOf(request)}: ${message}`, { reason: 'Unreachable', status: 0, request: nameOf(request), cause: error });
  }
}

function parseEvent(line: string, request: KubeRequest): WireEvent {
  try {
    const event = JSON.parse(line) as WireEvent;
    if (typeof event.type === 'string' && typeof event.object === 'object' && event.object !== null) return event;
  } catch {
    // the same answer for text that is no JSON and JSON that is no event
  }
  throw new KubeError(`${nameOf(request)}: not an event: ${line.slice(0, 200)}`, { reason: 'Unreachable', status: 0, request: nameOf(request) });
}
