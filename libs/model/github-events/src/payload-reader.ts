import { ProwError } from '@prow/base-errors';

type Json = Record<string, unknown>;

/** Reads checked fields out of parsed JSON; every complaint names the place: `pull_request.base.sha`. */
export class PayloadReader {
  readonly #value: Json;
  readonly #path: string;

  constructor(value: unknown, path = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw shapeError(path || 'the payload', 'an object', value);
    }
    this.#value = value as Json;
    this.#path = path;
  }

  #at(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }

  #get(key: string): unknown {
    return Object.hasOwn(this.#value, key) ? this.#value[key] : undefined;
  }

  has(key: string): boolean {
    const value = this.#get(key);
    return value !== undefined && value !== null;
  }

  object(key: string): PayloadReader {
    return new PayloadReader(this.#get(key), this.#at(key));
  }

  optionalObject(key: string): PayloadReader | undefined {
    return this.has(key) ? this.object(key) : undefined;
  }

  string(key: string): string {
    const value = this.#get(key);
    if (typeof value !== 'string') throw shapeError(this.#at(key), 'a string', value);
    return value;
  }

  /** `fallback` when the field is absent or null; a complaint when it is something else than a string. */
  stringOr(key: string, fallback: string): string {
    return this.has(key) ? this.string(key) : fallback;
  }

  optionalString(key: string): string | undefined {
    return this.has(key) ? this.string(key) : undefined;
  }

  integer(key: string): number {
    const value = this.#get(key);
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw shapeError(this.#at(key), 'an integer', value);
    return value;
  }

  optionalInteger(key: string): number | undefined {
    return this.has(key) ? this.integer(key) : undefined;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#get(key);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'boolean') throw shapeError(this.#at(key), 'true or false', value);
    return value;
  }

  /** Absent and null are an empty list. */
  objects(key: string): PayloadReader[] {
    return this.#list(key).map((item, index) => new PayloadReader(item, `${this.#at(key)}[${index}]`));
  }

  strings(key: string): string[] {
    return this.#list(key).map((item, index) => {
      if (typeof item !== 'string') throw shapeError(`${this.#at(key)}[${index}]`, 'a string', item);
      return item;
    });
  }

  #list(key: string): unknown[] {
    const value = this.#get(key);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw shapeError(this.#at(key), 'a list', value);
    return value;
  }
}

function shapeError(path: string, expected: string, found: unknown): ProwError {
  const shown = found === undefined ? 'nothing' : found === null ? 'null' : Array.isArray(found) ? 'a list' : typeof found;
  return new ProwError('PROW_GITHUB_EVENTS_SHAPE', `webhook payload: ${path}: expected ${expected}, found ${shown}`, {
    details: { path, expected, found: shown },
  });
}
