// Reads YAML as upstream does, within bounds.
import { gunzipSync } from 'node:zlib';
import yaml from 'js-yaml';
import { messageOf, ProwError } from '@prow/base-errors';
import { goSchema } from './go-schema.ts';

export interface YamlLimits {
  /** Bytes of text; default 10 MiB. No ConfigMap holds a tenth of it. */
  readonly maxBytes?: number;
  /** `*name` in the text; default 100,000. */
  readonly maxAliases?: number;
}

export interface YamlPosition {
  /** Counted from 0, as `column`. */
  readonly line: number;
  readonly column: number;
}

const defaultMaxBytes = 10 * 1024 * 1024;
const defaultMaxAliases = 100_000;

/** The error of text that is not YAML; `position` where known. */
export class YamlError extends ProwError {
  readonly position: YamlPosition | undefined;

  constructor(code: string, message: string, position?: YamlPosition) {
    super(code, message, { details: position === undefined ? {} : { ...position } });
    this.name = 'YamlError';
    this.position = position;
  }
}

/**
 * The text of a file's bytes: gzip is unpacked, a byte order mark dropped, what is not UTF-8 refused.
 * @throws YamlError PROW_YAML_TOO_BIG, PROW_YAML_GZIP, PROW_YAML_UTF8
 */
export function decodeText(bytes: Uint8Array, limits: YamlLimits = {}): string {
  const maxBytes = limits.maxBytes ?? defaultMaxBytes;
  const unpacked = bytes[0] === 0x1f && bytes[1] === 0x8b ? unpack(bytes, maxBytes) : bytes;
  if (unpacked.length > maxBytes) throw tooBig(unpacked.length, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(unpacked);
  } catch {
    throw new YamlError('PROW_YAML_UTF8', 'not valid UTF-8', positionOfBadByte(unpacked));
  }
}

function unpack(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes + 1 });
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw tooBig(maxBytes + 1, maxBytes);
    throw new YamlError('PROW_YAML_GZIP', `broken gzip data: ${messageOf(error)}`);
  }
}

function tooBig(found: number, expected: number): YamlError {
  return new YamlError('PROW_YAML_TOO_BIG', `the file has ${found} bytes, expected at most ${expected}`, { line: 0, column: 0 });
}

function positionOfBadByte(bytes: Uint8Array): YamlPosition {
  const lenient = new TextDecoder('utf-8').decode(bytes);
  const before = lenient.slice(0, Math.max(0, lenient.indexOf('\uFFFD')));
  const line = before.split('\n').length - 1;
  return { line, column: before.length - (before.lastIndexOf('\n') + 1) };
}

/**
 * The first document of a YAML text, as upstream reads it: later documents are ignored, of keys written twice the
 * last counts. Values written once and used by aliases are one object.
 * @throws YamlError PROW_YAML_SYNTAX, PROW_YAML_TOO_DEEP, PROW_YAML_ALIASES
 */
export function parseYaml(text: string, limits: YamlLimits = {}): unknown {
  const maxBytes = limits.maxBytes ?? defaultMaxBytes;
  if (text.length > maxBytes) throw tooBig(text.length, maxBytes);
  checkAliases(text, limits.maxAliases ?? defaultMaxAliases);
  try {
    return load(text);
  } catch (error) {
    if (error instanceof yaml.YAMLException && isStartOfSecond(text)) return loadFirst(text, error);
    throw asYamlError(error);
  }
}

function load(text: string): unknown {
  return yaml.load(text, { schema: goSchema, json: true });
}

const separator = /^(?:---|\.\.\.)(?=\s|$)/gm;

function isStartOfSecond(text: string): boolean {
  return separatorsOf(text).length > 0;
}

function separatorsOf(text: string): number[] {
  return [...text.matchAll(separator)].map((match) => match.index);
}

// Only where a text has several documents: it is cut before the first separator that ends something.
function loadFirst(text: string, original: unknown): unknown {
  for (const index of separatorsOf(text)) {
    const head = text.slice(0, index);
    if (head.split('\n').every((line) => /^\s*(?:#.*)?$|^%/.test(line))) continue;
    try {
      return load(head);
    } catch (error) {
      throw asYamlError(error);
    }
  }
  throw asYamlError(original);
}

// A small text can stand for a huge value: aliases of aliases cost the reader nothing, merging them does.
function checkAliases(text: string, maxAliases: number): void {
  const limit = text.includes('<<') ? Math.min(maxAliases, 10_000) : maxAliases;
  let count = 0;
  for (let index = text.indexOf('*'); index !== -1; index = text.indexOf('*', index + 1)) {
    const next = text.charCodeAt(index + 1);
    const isName = (next >= 48 && next <= 57) || (next >= 65 && next <= 90) || (next >= 97 && next <= 122);
    const before = index === 0 ? 32 : text.charCodeAt(index - 1);
    if (isName && (before <= 32 || before === 44 || before === 91)) count++;
    if (count > limit) {
      const line = text.slice(0, index).split('\n').length - 1;
      throw new YamlError('PROW_YAML_ALIASES', `more than ${limit} aliases`, { line, column: 0 });
    }
  }
}

function asYamlError(error: unknown): YamlError {
  if (error instanceof YamlError) return error;
  if (error instanceof RangeError) return new YamlError('PROW_YAML_TOO_DEEP', 'nested too deeply');
  if (error instanceof yaml.YAMLException) {
    const mark = error.mark as { line: number; column: number } | undefined;
    const position = mark === undefined ? undefined : { line: mark.line, column: mark.column };
    return new YamlError(error.reason.startsWith('nesting exceeded') ? 'PROW_YAML_TOO_DEEP' : 'PROW_YAML_SYNTAX', error.reason, position);
  }
  return new YamlError('PROW_YAML_SYNTAX', messageOf(error));
}
