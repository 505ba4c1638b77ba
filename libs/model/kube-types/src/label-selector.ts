// Label selectors in kubectl's syntax and as objects. upstream: apimachinery/pkg/labels/selector.go
import { ProwError } from '@prow/base-errors';
import type { LabelSelector } from './meta.ts';
import { isLabelValue, isQualifiedName } from './names.ts';

export type RequirementOperator = 'in' | 'notin' | 'exists' | '!exists' | 'gt' | 'lt';

/** `in`, `notin` have one or more values (sorted), `gt` and `lt` one whole number, the others none. */
export interface Requirement {
  key: string;
  operator: RequirementOperator;
  values: readonly string[];
}

/** All requirements must hold; an empty list selects everything. */
export type ParsedLabelSelector = readonly Requirement[];

const maxSelectorLength = 64 * 1024;
const integer = /^[+-]?\d{1,19}$/;

/**
 * Parses `app=x,tier!=y,env in (a,b),k notin (c),has,!hasnt,n>3`. Throws `PROW_KUBE_TYPES_SELECTOR` with the place
 * and what was expected there. The empty text selects everything.
 */
export function parseLabelSelector(text: string): ParsedLabelSelector {
  if (text.length > maxSelectorLength) throw selectorError(`longer than ${maxSelectorLength} characters`);
  return new SelectorParser(text).parse();
}

/** Whether labels meet all requirements. A missing key meets `notin` and `!exists`. */
export function matchesLabels(selector: ParsedLabelSelector, labels: Readonly<Record<string, string>> | undefined): boolean {
  return selector.every((requirement) => meets(requirement, labels));
}

/** A selector as objects carry it, in the parsed form; undefined selects nothing, as upstream has it. */
export function selectorFromObject(selector: LabelSelector | undefined): ParsedLabelSelector | undefined {
  if (selector === undefined) return undefined;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push(checked({ key, operator: 'in', values: [value] }));
  }
  const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!exists' } as const;
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (known === undefined) throw selectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(checked({ key, operator: known, values: [...values].sort() }));
  }
  return requirements;
}

/** `{a: '1'}` as requirements. */
export function selectorFromLabels(labels: Readonly<Record<string, string>>): ParsedLabelSelector {
  return Object.entries(labels).map(([key, value]) => checked({ key, operator: 'in', values: [value] }));
}

/** Back to text, requirements sorted by key. */
export function formatLabelSelector(selector: ParsedLabelSelector): string {
  const sorted = [...selector].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return sorted.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!exists':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    case 'in':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'notin':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
  }
}

function meets({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>> | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!exists':
      return value === undefined;
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'gt':
    case 'lt': {
      if (value === undefined || !integer.test(value)) return false;
      const [left, right] = [BigInt(value), BigInt(values[0] ?? '0')];
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  if (!isQualifiedName(key)) throw selectorError(`invalid label key ${quoted(key)}`);
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    throw selectorError(`for 'in', 'notin' operators, values set can't be empty (key ${quoted(key)})`);
  }
  if ((operator === 'exists' || operator === '!exists') && values.length > 0) {
    throw selectorError(`values set must be empty for exists and does not exist (key ${quoted(key)})`);
  }
  for (const value of values) {
    if (operator === 'gt' || operator === 'lt') {
      if (!integer.test(value)) throw selectorError(`for 'Gt', 'Lt' operators, the value must be an integer, found ${quoted(value)}`);
    } else if (!isLabelValue(value)) {
      throw selectorError(`invalid label value ${quoted(value)} of key ${quoted(key)}`);
    }
  }
  return requirement;
}

function selectorError(message: string): ProwError {
  return new ProwError('PROW_KUBE_TYPES_SELECTOR', `unable to parse label selector: ${message}`, { httpStatus: 400 });
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

const wordEnd = /[\s,()!=<>]/;

class SelectorParser {
  private position = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  parse(): ParsedLabelSelector {
    const requirements: Requirement[] = [];
    this.skipSpace();
    if (this.position === this.text.length) return requirements;
    for (;;) {
      requirements.push(checked(this.requirement()));
      this.skipSpace();
      if (this.position === this.text.length) return requirements;
      this.expect(',', "',' or 'end of string'");
      this.skipSpace();
      if (this.position === this.text.length) throw this.unexpected('identifier after \',\'');
    }
  }

  private requirement(): Requirement {
    this.skipSpace();
    if (this.take('!')) return { key: this.word('identifier'), operator: '!exists', values: [] };
    const key = this.word('identifier');
    this.skipSpace();
    const next = this.text[this.position];
    if (next === undefined || next === ',') return { key, operator: 'exists', values: [] };
    if (this.take('!=')) return { key, operator: 'notin', values: [this.value()] };
    if (this.take('==') || this.take('=')) return { key, operator: 'in', values: [this.value()] };
    if (this.take('>')) return { key, operator: 'gt', values: [this.value()] };
    if (this.take('<')) return { key, operator: 'lt', values: [this.value()] };
    const start = this.position;
    const operator = this.word("'=', '!=', '==', 'in', 'notin', '<', '>'");
    if (operator !== 'in' && operator !== 'notin') {
      this.position = start;
      throw this.unexpected("'=', '!=', '==', 'in', 'notin', '<', '>'");
    }
    return { key, operator, values: this.values() };
  }

  private values(): string[] {
    this.skipSpace();
    this.expect('(', "'('");
    const values = new Set<string>();
    for (;;) {
      this.skipSpace();
      values.add(this.optionalWord());
      this.skipSpace();
      if (this.take(')')) return [...values].sort();
      this.expect(',', "',' or ')'");
    }
  }

  private value(): string {
    this.skipSpace();
    return this.optionalWord();
  }

  private word(expected: string): string {
    this.skipSpace();
    const word = this.optionalWord();
    if (word === '') throw this.unexpected(expected);
    return word;
  }

  private optionalWord(): string {
    const start = this.position;
    while (this.position < this.text.length && !wordEnd.test(this.text.charAt(this.position))) this.position += 1;
    return this.text.slice(start, this.position);
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  private expect(token: string, expected: string): void {
    if (!this.take(token)) throw this.unexpected(expected);
  }

  private skipSpace(): void {
    while (/\s/.test(this.text.charAt(this.position))) this.position += 1;
  }

  private unexpected(expected: string): ProwError {
    const found = this.text.slice(this.position, this.position + 20);
    return selectorError(`found ${quoted(found)} at character ${this.position + 1}, expected: ${expected}`);
  }
}
