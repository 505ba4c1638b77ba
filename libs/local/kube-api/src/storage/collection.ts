// The keys of one resource, in order. Bodies stay in the database; labels and fields are cached here once somebody
// selects by them.

export interface Entry {
  readonly key: string;
  revision: number;
  /** Whether the object has ownerReferences. */
  isOwned: boolean;
  /** Filled on first use, dropped when the object changes. */
  labels?: Readonly<Record<string, string>> | undefined;
  fields?: ReadonlyMap<string, string> | undefined;
}

export class Collection {
  private readonly entries = new Map<string, Entry>();
  private sorted: string[] = [];
  private added: string[] = [];
  private removed = 0;

  get size(): number {
    return this.entries.size;
  }

  get(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  set(key: string, revision: number, isOwned: boolean): void {
    const entry = this.entries.get(key);
    if (entry === undefined) {
      this.entries.set(key, { key, revision, isOwned });
      this.added.push(key);
    } else {
      entry.revision = revision;
      entry.isOwned = isOwned;
      entry.labels = undefined;
      entry.fields = undefined;
    }
  }

  delete(key: string): void {
    if (this.entries.delete(key)) this.removed += 1;
  }

  values(): IterableIterator<Entry> {
    return this.entries.values();
  }

  /** Keys in byte order; the array must not be kept over a change. */
  keys(): readonly string[] {
    if (this.added.length > 0 || this.removed > 0) this.settle();
    return this.sorted;
  }

  /** Where keys of `prefix` begin and end in `keys()`. */
  range(prefix: string): { start: number; end: number } {
    if (prefix === '') return { start: 0, end: this.keys().length };
    return { start: this.firstAtLeast(prefix), end: this.firstAtLeast(`${prefix}\uffff`) };
  }

  firstAtLeast(key: string): number {
    const keys = this.keys();
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private settle(): void {
    const kept = this.removed > 0 ? this.sorted.filter((key) => this.entries.has(key)) : this.sorted;
    // A key deleted and created again is in both.
    const fresh = [...new Set(this.added)].filter((key) => this.entries.has(key)).sort();
    this.sorted = fresh.length === 0 ? kept : mergeSorted(kept, fresh);
    this.added = [];
    this.removed = 0;
  }
}

function mergeSorted(left: readonly string[], right: readonly string[]): string[] {
  const merged: string[] = [];
  let at = 0;
  for (const key of left) {
    while (at < right.length && (right[at] as string) < key) merged.push(right[at++] as string);
    if (right[at] === key) at += 1;
    merged.push(key);
  }
  while (at < right.length) merged.push(right[at++] as string);
  return merged;
}
