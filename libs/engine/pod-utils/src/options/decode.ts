// Reading option JSON: every field checked, messages with the variable, the field, what was found and what is expected.
import { ProwError } from '@prow/base-errors';

type Json = Record<string, unknown>;

/** Reads the fields of one JSON object; null and absent give the default. Unknown fields are ignored, as upstream. */
export class Fields {
  readonly #object: Json;
  readonly #where: string;

  constructor(object: unknown, where: string) {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) throw refusal(where, object, 'an object');
    this.#object = object as Json;
    this.#where = where;
  }

  has(key: string): boolean {
    return this.#object[key] != null;
  }

  text(key: string, byDefault = ''): string {
    return this.#read(key, byDefault, 'text', (value): value is string => typeof value === 'string' && !value.includes('\0'));
  }

  /** Text that must be there. */
  requiredText(key: string): string {
    const value = this.text(key);
    if (value === '') throw new ProwError('PROW_POD_UTILS_OPTION', `${this.#where}: ${key} is missing`, { details: { field: key } });
    return value;
  }

  texts(key: string): string[] {
    return this.#read(key, [], 'a list of text', (value): value is string[] => Array.isArray(value) && value.every((element) => typeof element === 'string' && !element.includes('\0')));
  }

  flag(key: string): boolean {
    return this.#read(key, false, 'true or false', (value): value is boolean => typeof value === 'boolean');
  }

  /** A whole number, 0 or more. */
  whole(key: string, byDefault = 0): number {
    return this.#read(key, byDefault, 'a whole number, 0 or more', (value): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0);
  }

  textMap(key: string): Record<string, string> {
    return this.#read(key, {}, 'an object of texts', (value): value is Record<string, string> => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((element) => typeof element === 'string'));
  }

  object(key: string): Fields | undefined {
    return this.has(key) ? new Fields(this.#object[key], `${this.#where}: ${key}`) : undefined;
  }

  objects(key: string): Fields[] {
    const value = this.#read(key, [], 'a list', (found): found is unknown[] => Array.isArray(found));
    return value.map((element, index) => new Fields(element, `${this.#where}: ${key}[${index}]`));
  }

  /** The object as it came, for what is handed on unread. */
  raw(): Readonly<Json> {
    return this.#object;
  }

  #read<T>(key: string, byDefault: T, expected: string, isRight: (value: unknown) => value is T): T {
    const value = this.#object[key];
    if (value == null) return byDefault;
    if (!isRight(value)) throw refusal(`${this.#where}: ${key}`, value, expected);
    return value;
  }
}

/** @throws ProwError PROW_POD_UTILS_OPTION naming `where`, if the text is no JSON object */
export function fieldsOfJson(text: string, where: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProwError('PROW_POD_UTILS_OPTION', `${where} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  return new Fields(value, where);
}

function refusal(where: string, value: unknown, expected: string): ProwError {
  const found = JSON.stringify(value) ?? 'nothing';
  return new ProwError('PROW_POD_UTILS_OPTION', `${where}: found ${found.length > 60 ? `${found.slice(0, 60)}…` : found}, expected ${expected}`, { details: { where } });
}
