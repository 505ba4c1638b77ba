// Parameters of a call: from the address, or from a form or JSON body; each at most once.
import { nearestNames, ProwError } from '@prow/base-errors';
import { durationMs } from '@prow/base-time';
import type { Given } from './read-fields.ts';

function bad(name: string, found: string, expected: string): ProwError {
  return new ProwError('PROW_CIMASTER_PARAMETER', `parameter ${name}: found ${found}, expected ${expected}`, { httpStatus: 400, details: { parameter: name } });
}

function unknown(name: string, takes: readonly string[]): ProwError {
  const near = nearestNames(name.slice(0, 50), takes);
  const hint = takes.length === 0 ? 'this call takes none' : near.length > 0 ? `did you mean ${near.join(' or ')}?` : `this call takes ${takes.join(', ')}`;
  return new ProwError('PROW_CIMASTER_PARAMETER', `parameter ${JSON.stringify(name.slice(0, 50))} is not known; ${hint}`, { httpStatus: 400, details: { parameter: name.slice(0, 50), near } });
}

/** @throws ProwError PROW_CIMASTER_PARAMETER (400): no name as clusters and regions have it */
export function checkedName(parameter: string, value: unknown): string {
  const isName = typeof value === 'string' && /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(value);
  if (!isName) throw bad(parameter, typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : 'several', 'at most 63 letters, digits, ".", "_" and "-", a letter or digit at both ends');
  return value;
}

export class Parameters {
  readonly #values: Record<string, unknown>;

  /** @param takes every name that the call knows: another is a mistake, and is not passed over */
  constructor({ query, body }: Given, takes: readonly string[]) {
    for (const [name, value] of [...Object.entries(body), ...Object.entries(query)]) {
      if (!takes.includes(name)) throw unknown(name, takes);
      if (Array.isArray(value)) throw bad(name, value.length === 1 ? 'a list' : `${value.length} values`, 'one');
    }
    // Given in both places is given twice.
    for (const name of Object.keys(query)) if (Object.hasOwn(body, name)) throw bad(name, 'it in the address and in the body', 'one');
    this.#values = { ...body, ...query };
  }

  /** Undefined when it was not given. */
  text(name: string, maxLength = 200): string | undefined {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw bad(name, typeof value, 'text');
    if (value.length > maxLength) throw bad(name, `${value.length} characters`, `at most ${maxLength}`);
    // Those that show nothing, or turn the text around, too.
    if (/[\p{Cc}\p{Cf}\u2028\u2029\ufffd]/u.test(value)) throw bad(name, 'control characters, invisible ones, or no UTF-8', 'printable text');
    if (value.trim() === '') throw bad(name, 'only blanks', 'printable text');
    return value;
  }

  mustNotBeEmpty(name: string): void {
    if (Object.hasOwn(this.#values, name) && this.#values[name] === '') throw bad(name, 'nothing', 'a value, or no such parameter');
  }

  required(name: string, maxLength?: number): string {
    const value = this.text(name, maxLength);
    if (value === undefined) throw bad(name, 'nothing', 'a value');
    return value;
  }

  /** A name as clusters and regions have it. */
  name(name: string): string {
    return checkedName(name, this.required(name, 63));
  }

  optionalName(name: string): string | undefined {
    return this.text(name) === undefined ? undefined : this.name(name);
  }

  /** A moment as answers and pages have it: `since` of a cluster. */
  time(name: string): string | undefined {
    const value = this.text(name, 40);
    if (value !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) throw bad(name, JSON.stringify(value), 'a time such as 2026-01-31T12:00:00.000Z');
    return value;
  }

  /** A branch, as git can have it. */
  branch(name: string): string {
    const value = this.required(name, 250);
    if (!/^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/.test(value)) throw bad(name, JSON.stringify(value), 'the name of a branch');
    return value;
  }

  /** A whole number from 1 to `max`. */
  count(name: string, max: number): number | undefined {
    const value = this.text(name, 20);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < 1 || number > max) throw bad(name, JSON.stringify(value), `a whole number from 1 to ${max}`);
    return number;
  }

  /** A Go duration, in milliseconds. */
  duration(name: string, maxMs: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    let ms: number;
    try {
      ms = durationMs(value);
    } catch {
      throw bad(name, JSON.stringify(value), `a duration such as 10m, at most ${maxMs / 3_600_000}h`);
    }
    if (ms <= 0 || ms > maxMs) throw bad(name, value, `more than 0 and at most ${maxMs / 3_600_000}h`);
    return ms;
  }

  /** `KEY=VALUE` pairs, separated by commas. */
  labels(name: string): Record<string, string> | undefined {
    const value = this.text(name, 1000);
    if (value === undefined) return undefined;
    return Object.fromEntries(value.split(',').map((pair) => {
      const match = /^([A-Za-z0-9._/-]{1,100})=([A-Za-z0-9._-]{0,63})$/.exec(pair.trim());
      if (match === null) throw bad(name, JSON.stringify(pair), 'KEY=VALUE');
      return [match[1] ?? '', match[2] ?? ''];
    }));
  }
}
