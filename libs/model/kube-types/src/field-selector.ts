// Field selectors. upstream: apimachinery/pkg/fields/selector.go
import { ProwError } from '@prow/base-errors';

export interface FieldRequirement {
  /** Such as `metadata.name` or `status.phase`. */
  field: string;
  operator: '=' | '!=';
  value: string;
}

/** All must hold; an empty list selects everything. */
export type ParsedFieldSelector = readonly FieldRequirement[];

/**
 * Parses `status.phase!=Running,metadata.name==x`; `\`, `,` and `=` in values are escaped by `\`. Throws
 * `PROW_KUBE_TYPES_SELECTOR`. Which fields a kind supports is for the server to say.
 */
export function parseFieldSelector(text: string): ParsedFieldSelector {
  if (text.length > 64 * 1024) throw fieldError('longer than 65536 characters');
  return splitTerms(text)
    .filter((term) => term !== '')
    .map(parseTerm);
}

/** Whether values, looked up by field, meet all requirements; an unset field is the empty text. */
export function matchesFields(selector: ParsedFieldSelector, valueOf: (field: string) => string | undefined): boolean {
  return selector.every(({ field, operator, value }) => ((valueOf(field) ?? '') === value) === (operator === '='));
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === ',') {
      terms.push(text.slice(start, index));
      start = index + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string): FieldRequirement {
  for (let index = 0; index < term.length; index += 1) {
    if (term[index] === '\\') {
      index += 1;
      continue;
    }
    for (const token of ['!=', '==', '='] as const) {
      if (!term.startsWith(token, index)) continue;
      const value = unescapeValue(term.slice(index + token.length), term);
      return { field: term.slice(0, index), operator: token === '!=' ? '!=' : '=', value };
    }
  }
  throw fieldError(`invalid selector: ${JSON.stringify(term.slice(0, 80))}; can't understand it, expected field=value`);
}

function unescapeValue(raw: string, term: string): string {
  let value = '';
  for (let index = 0; index < raw.length; index += 1) {
    const character = raw.charAt(index);
    if (character === '\\') {
      index += 1;
      const escaped = raw.charAt(index);
      if (escaped !== '\\' && escaped !== ',' && escaped !== '=') {
        throw fieldError(`invalid escape \\${escaped} in ${JSON.stringify(term.slice(0, 80))}`);
      }
      value += escaped;
    } else if (character === '=') {
      throw fieldError(`unescaped = in the value of ${JSON.stringify(term.slice(0, 80))}`);
    } else value += character;
  }
  return value;
}

function fieldError(message: string): ProwError {
  return new ProwError('PROW_KUBE_TYPES_SELECTOR', `unable to parse field selector: ${message}`, { httpStatus: 400 });
}
