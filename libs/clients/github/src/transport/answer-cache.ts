import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** A remembered answer: sent again by GitHub only when it changed, and free of charge until then. */
export interface CachedAnswer {
  etag: string;
  status: number;
  link: string | undefined;
  /** JSON text, or the text itself. */
  body: string;
  isJson: boolean;
}

/** Where answers outlive the process. Losing one costs a request, nothing else. */
export interface AnswerStore {
  get(key: string): Promise<CachedAnswer | undefined>;
  put(key: string, answer: CachedAnswer): Promise<void>;
  /** Nothing is asked for any more. Idempotent. */
  close?(): Promise<void>;
}

const defaultMaxBytes = 32 * 1024 * 1024;
const maxAnswerBytes = 4 * 1024 * 1024;

/** Answers by URL and by who asked. In memory, bounded in bytes, and in a store behind it when there is one. */
export class AnswerCache {
  readonly #memory: LRUCache<string, CachedAnswer>;
  readonly #store: AnswerStore | undefined;

  constructor({ store, maxBytes = defaultMaxBytes }: { store?: AnswerStore; maxBytes?: number } = {}) {
    this.#store = store;
    this.#memory = new LRUCache({ maxSize: maxBytes, sizeCalculation: (answer) => answer.body.length + 256 });
  }

  /** `identity` keeps apart what different accounts may see. */
  static key(identity: string, url: string, accept: string): string {
    return createHash('sha256').update(`${identity}\n${accept}\n${url}`).digest('base64url');
  }

  async get(key: string): Promise<CachedAnswer | undefined> {
    const inMemory = this.#memory.get(key);
    if (inMemory !== undefined || this.#store === undefined) return inMemory;
    const stored = await this.#store.get(key).catch(() => undefined);
    if (stored !== undefined) this.#memory.set(key, stored);
    return stored;
  }

  async put(key: string, answer: CachedAnswer): Promise<void> {
    if (answer.body.length > maxAnswerBytes) return;
    this.#memory.set(key, answer);
    await this.#store?.put(key, answer);
  }
}
