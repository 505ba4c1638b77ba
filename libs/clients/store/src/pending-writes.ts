/** A value, or undefined for a deletion. */
export interface Write {
  key: string;
  value: string | undefined;
}

/** Writes accepted but not yet durable: the newest of each key. */
export class PendingWrites {
  readonly #newest = new Map<string, Write>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(writes: readonly Write[]): void {
    for (const write of writes) this.#newest.set(write.key, write);
    this.#size += writes.length;
  }

  /** These became durable; a newer write of the same key stays. */
  settle(writes: readonly Write[]): void {
    for (const write of writes) if (this.#newest.get(write.key) === write) this.#newest.delete(write.key);
    this.#size -= writes.length;
  }

  find(key: string): Write | undefined {
    return this.#newest.get(key);
  }

  /** Puts what is pending over what is durable. */
  overlay(merged: Map<string, string | undefined>, isWanted: (key: string) => boolean): void {
    for (const { key, value } of this.#newest.values()) if (isWanted(key)) merged.set(key, value);
  }
}
