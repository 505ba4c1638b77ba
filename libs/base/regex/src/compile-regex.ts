import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import { messageOf, ProwError } from '@prow/base-errors';
import { distinctNames } from './distinct-names.ts';
import { Regex } from './regex.ts';

export interface RegexOptions {
  /** Any of i (ignore case), m (^ and $ at lines), s (. matches newline), U (prefer the shortest). Default none. */
  flags?: string;
}

const maxSourceLength = 64 * 1024;
const cache = new LRUCache<string, Regex>({ max: 4096 });

/**
 * Compiles an expression in Go's (RE2's) syntax; compiled once per source and flags.
 * @throws ProwError PROW_REGEX_SYNTAX with Go's own text
 */
export function compileRegex(source: string, { flags = '' }: RegexOptions = {}): Regex {
  if (!/^[imsU]*$/.test(flags)) throw new ProwError('PROW_REGEX_FLAGS', `unknown regular expression flags ${JSON.stringify(flags)}, expected some of i, m, s, U`);
  const full = flags === '' ? source : `(?${flags})${source}`;
  let regex = cache.get(full);
  if (regex === undefined) {
    regex = compile(full);
    cache.set(full, regex);
  }
  return regex;
}

function compile(source: string): Regex {
  if (source.length > maxSourceLength) throw syntaxError(source, `expression of ${source.length} characters is longer than ${maxSourceLength}`);
  try {
    return new Regex(source, RE2JS.compile(source));
  } catch (error) {
    const message = messageOf(error);
    if (!message.includes('duplicate capture group name')) throw syntaxError(source, message, error);
  }
  const distinct = distinctNames(source);
  try {
    return new Regex(source, RE2JS.compile(distinct.source), distinct.written);
  } catch (error) {
    throw syntaxError(source, messageOf(error), error);
  }
}

function syntaxError(source: string, message: string, cause?: unknown): ProwError {
  return new ProwError('PROW_REGEX_SYNTAX', message, { details: { found: source.slice(0, 200) }, cause, httpStatus: 400 });
}

/** A source that matches exactly this text: Go's regexp.QuoteMeta. */
export function quoteRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, (character) => `\\${character}`);
}
