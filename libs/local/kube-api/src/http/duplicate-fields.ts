// Field names that stand twice in one object of a JSON text, which JSON.parse passes over: the last one wins.
// upstream: sigs.k8s.io/json (strict decoding)
import { isJsonObject } from '../api-object.ts';

const maxNamed = 20;
const found = new WeakMap<object, readonly string[]>();

/** Paths such as `spec.containers[0].name`, for a value that `noteDuplicates` was given. */
export function duplicateFieldsOf(value: object): readonly string[] {
  return found.get(value) ?? [];
}

/** `copy`, known to have had the duplicates of `value`. */
export function withDuplicatesOf<T extends object>(value: object, copy: T): T {
  const duplicates = found.get(value);
  if (duplicates !== undefined) found.set(copy, duplicates);
  return copy;
}

/** @param members how many names the text has: as many as the value, unless some stand twice */
export function noteDuplicates(value: unknown, text: string, members: number): void {
  if (typeof value !== 'object' || value === null || countMembers(value) === members) return;
  const duplicates: string[] = [];
  new Scanner(text, duplicates).value('');
  found.set(value, duplicates);
}

function countMembers(value: unknown): number {
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += typeof item === 'object' ? countMembers(item) : 0;
  else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      count += 1;
      const child = value[key];
      if (typeof child === 'object') count += countMembers(child);
    }
  }
  return count;
}

/** Walks a text that is known to be JSON, of bounded depth. */
class Scanner {
  private readonly text: string;
  private readonly duplicates: string[];
  private at = 0;

  constructor(text: string, duplicates: string[]) {
    this.text = text;
    this.duplicates = duplicates;
  }

  value(path: string): void {
    switch (this.next()) {
      case '{':
        return this.object(path);
      case '[':
        return this.array(path);
      case '"':
        this.string();
        return;
      default:
        while (this.at < this.text.length && !',]} \t\r\n'.includes(this.text.charAt(this.at))) this.at += 1;
    }
  }

  private object(path: string): void {
    const names = new Set<string>();
    this.at += 1;
    while (this.next() !== '}') {
      if (this.next() === ',') this.at += 1;
      this.next();
      const name = JSON.parse(this.string()) as string;
      const child = path === '' ? name : `${path}.${name}`;
      if (names.has(name) && this.duplicates.length < maxNamed) this.duplicates.push(child);
      names.add(name);
      this.next();
      this.at += 1;
      this.value(child);
    }
    this.at += 1;
  }

  private array(path: string): void {
    this.at += 1;
    for (let index = 0; this.next() !== ']'; index += 1) {
      if (this.next() === ',') this.at += 1;
      this.value(`${path}[${index}]`);
    }
    this.at += 1;
  }

  /** The string's text with its quotes. */
  private string(): string {
    const start = this.at;
    this.at += 1;
    while (this.text.charAt(this.at) !== '"') this.at += this.text.charAt(this.at) === '\\' ? 2 : 1;
    this.at += 1;
    return this.text.slice(start, this.at);
  }

  /** The next character that is no space; it is not taken. */
  private next(): string {
    while (' \t\r\n'.includes(this.text.charAt(this.at)) && this.at < this.text.length) this.at += 1;
    return this.text.charAt(this.at);
  }
}
