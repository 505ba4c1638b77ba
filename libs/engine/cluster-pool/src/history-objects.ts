// The history in the artifact storage: `FOLDER/2026-01-31/HOUR-WRITER-N.jsonl`, a move a line.
import type { Storage } from '@prow/clients-storage';
import type { MoveRecord } from './types.ts';

const maxObjectBytes = 4 * 1024 * 1024;
/** Of one day; more is not looked at. */
const maxObjects = 2000;
const maxCached = 100;

interface Cached {
  size: number;
  modifiedMs: number;
  records: MoveRecord[];
}

export class HistoryObjects {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #cache = new Map<string, Cached>();

  constructor(storage: Storage, folder: string) {
    this.#storage = storage;
    this.#folder = folder;
  }

  async write({ day, name }: { day: string; name: string }, text: string): Promise<void> {
    await this.#storage.write(`${this.#folder}/${day}/${name}.jsonl`, text, { contentType: 'application/jsonl' });
  }

  /** Newest first. */
  async days(): Promise<string[]> {
    const days: string[] = [];
    for await (const entry of this.#storage.list(`${this.#folder}/`, { delimiter: '/' })) {
      const day = entry.path.slice(this.#folder.length + 1).replace(/\/$/, '');
      if (entry.kind === 'folder' && /^\d{4}-\d\d-\d\d$/.test(day)) days.push(day);
    }
    return days.toReversed();
  }

  async read(day: string): Promise<MoveRecord[]> {
    const found: MoveRecord[][] = [];
    for await (const entry of this.#storage.list(`${this.#folder}/${day}/`)) {
      if (entry.kind !== 'object' || !entry.path.endsWith('.jsonl') || entry.size > maxObjectBytes) continue;
      found.push(await this.#readObject(entry.path, entry.size, entry.modifiedAt.getTime()));
      if (found.length >= maxObjects) break;
    }
    return found.flat();
  }

  async deleteBefore(day: string): Promise<void> {
    for (const each of await this.days()) {
      if (each >= day) continue;
      const paths: string[] = [];
      for await (const entry of this.#storage.list(`${this.#folder}/${each}/`)) if (entry.kind === 'object') paths.push(entry.path);
      for (const path of paths) await this.#storage.delete(path);
    }
  }

  async #readObject(path: string, size: number, modifiedMs: number): Promise<MoveRecord[]> {
    const known = this.#cache.get(path);
    if (known?.size === size && known.modifiedMs === modifiedMs) return known.records;
    const records = recordsOf((await this.#storage.readAll(path, { maxBytes: maxObjectBytes })).toString('utf8'));
    this.#cache.delete(path);
    this.#cache.set(path, { size, modifiedMs, records });
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= maxCached) break;
      this.#cache.delete(oldest);
    }
    return records;
  }
}

/** Lines that are no move are passed over: anybody may have written there. */
export function recordsOf(text: string): MoveRecord[] {
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    try {
      const value: unknown = JSON.parse(line);
      return isRecord(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

function isRecord(value: unknown): value is MoveRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  return ['id', 'at', 'cluster', 'move', 'from', 'to', 'who'].every((key) => typeof record[key] === 'string') && ['string', 'undefined'].includes(typeof record['why']);
}

/** In the order of the commits. */
export function byNumber(a: MoveRecord, b: MoveRecord): number {
  const [aCommit = 0, aIndex = 0] = a.id.split('.').map(Number);
  const [bCommit = 0, bIndex = 0] = b.id.split('.').map(Number);
  return aCommit - bCommit || aIndex - bIndex || (a.at < b.at ? -1 : 1);
}
