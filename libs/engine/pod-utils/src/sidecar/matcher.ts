// Finds many byte strings at once, in time that hardly depends on their number (Wu and Manber 1994): a table over pairs of
// bytes tells how far the search may jump.

interface Candidates {
  /** Patterns whose first `window` bytes end in this pair. */
  patterns: Uint8Array[];
}

const pairs = 65_536;

export class Matcher {
  /** Bytes of the longest pattern; 0 if there are none. */
  readonly maxBytes: number;
  readonly #window: number;
  readonly #jump: Uint16Array;
  readonly #ending = new Map<number, Candidates>();
  /** Patterns of one byte. */
  readonly #single = new Uint8Array(256);
  readonly #hasPairs: boolean;
  readonly #hasSingle: boolean;

  /** Empty patterns are left out. */
  constructor(all: Iterable<Uint8Array>) {
    const unique = new Map([...all].filter((pattern) => pattern.length > 0).map((pattern) => [Buffer.from(pattern).toString('latin1'), pattern]));
    const longer = [...unique.values()].filter((pattern) => pattern.length > 1);
    for (const pattern of unique.values()) if (pattern.length === 1) this.#single[pattern[0] ?? 0] = 1;
    this.#hasSingle = unique.size > longer.length;
    this.#hasPairs = longer.length > 0;
    this.maxBytes = Math.max(0, ...[...unique.values()].map(({ length }) => length));
    this.#window = Math.min(pairs - 1, ...longer.map(({ length }) => length));
    this.#jump = new Uint16Array(this.#hasPairs ? pairs : 0).fill(Math.max(1, this.#window - 1));
    for (const pattern of longer) this.#enter(pattern);
  }

  get isEmpty(): boolean {
    return this.maxBytes === 0;
  }

  /** Calls `found(start, end)` for every occurrence in bytes `from` (inclusive) to `to` (exclusive). */
  search(bytes: Uint8Array, from: number, to: number, found: (start: number, end: number) => void): void {
    if (this.#hasSingle) for (let at = from; at < to; at += 1) if (this.#single[bytes[at] ?? 0] === 1) found(at, at + 1);
    if (!this.#hasPairs) return;
    const jump = this.#jump;
    const window = this.#window;
    for (let last = from + window - 1; last < to; ) {
      const pair = ((bytes[last - 1] ?? 0) << 8) | (bytes[last] ?? 0);
      const distance = jump[pair] ?? 1;
      if (distance > 0) {
        last += distance;
        continue;
      }
      const start = last - window + 1;
      for (const pattern of this.#ending.get(pair)?.patterns ?? []) if (start + pattern.length <= to && isAt(bytes, start, pattern)) found(start, start + pattern.length);
      last += 1;
    }
  }

  #enter(pattern: Uint8Array): void {
    const window = this.#window;
    for (let index = 1; index < window; index += 1) {
      const pair = ((pattern[index - 1] ?? 0) << 8) | (pattern[index] ?? 0);
      this.#jump[pair] = Math.min(this.#jump[pair] ?? 0, window - 1 - index);
      if (index !== window - 1) continue;
      const candidates = this.#ending.get(pair);
      if (candidates === undefined) this.#ending.set(pair, { patterns: [pattern] });
      else candidates.patterns.push(pattern);
    }
  }
}

function isAt(bytes: Uint8Array, start: number, pattern: Uint8Array): boolean {
  for (let index = 0; index < pattern.length; index += 1) if (bytes[start + index] !== pattern[index]) return false;
  return true;
}
