// Objects in memory, listed in the order of their names.
import { createHash } from 'node:crypto';

export interface StoredObject {
  bytes: Buffer;
  contentType: string;
  contentEncoding?: string;
  metadata: Record<string, string>;
  modifiedAt: Date;
  generation: number;
  etag: string;
}

export class StoredObjects {
  readonly #objects = new Map<string, StoredObject>();
  #generation = 1_700_000_000_000_000;

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  put(key: string, object: Pick<StoredObject, 'bytes' | 'metadata'> & { contentType?: string | undefined; contentEncoding?: string | undefined }): StoredObject {
    this.#generation += 1;
    const { bytes, metadata, contentType = 'application/octet-stream', contentEncoding } = object;
    const stored: StoredObject = {
      bytes, metadata, contentType, modifiedAt: new Date(), generation: this.#generation, etag: createHash('md5').update(bytes).digest('hex'),
      ...(contentEncoding === undefined || contentEncoding === '' ? {} : { contentEncoding }),
    };
    this.#objects.set(key, stored);
    return stored;
  }

  delete(key: string): boolean {
    return this.#objects.delete(key);
  }

  keys(): string[] {
    return [...this.#objects.keys()].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  /** One page of names and common prefixes; `next` is the first name of the following page. */
  list({ prefix, delimiter, from, limit }: { prefix: string; delimiter: string; from: (key: string) => boolean; limit: number }): { keys: string[]; prefixes: string[]; next?: string } {
    const keys: string[] = [];
    const prefixes = new Set<string>();
    for (const key of this.keys()) {
      if (!key.startsWith(prefix) || !from(key)) continue;
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const folder = end === -1 ? undefined : key.slice(0, end + delimiter.length);
      if (folder !== undefined && prefixes.has(folder)) continue;
      if (keys.length + prefixes.size >= limit) return { keys, prefixes: [...prefixes], next: key };
      if (folder === undefined) keys.push(key);
      else prefixes.add(folder);
    }
    return { keys, prefixes: [...prefixes] };
  }
}

/** Bytes of a `Range` header's part; 'beyond' if it starts behind the end; undefined where there is no such header. */
export function partOf(bytes: Buffer, range: string | undefined): { part: Buffer; contentRange: string } | 'beyond' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, bytes.length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes.length - 1 : Math.min(Number(last), bytes.length - 1);
  if (start >= bytes.length) return 'beyond';
  return { part: bytes.subarray(start, end + 1), contentRange: `bytes ${start}-${end}/${bytes.length}` };
}
