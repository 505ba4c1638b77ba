// Flags as Go's flag package reads them: one or two dashes, `-name=value` or `-name value`, booleans without value.
import { nearestNames, ProwError } from '@prow/base-errors';

export type FlagKind = 'text' | 'texts' | 'flag' | 'whole' | 'duration';

/** Flag name → where its value goes in the option JSON, and how it is read. */
export interface FlagSpec {
  key: string;
  kind: FlagKind;
}

export interface ParsedFlags {
  /** In the option JSON's shape. */
  values: Record<string, unknown>;
  /** What stands behind the flags, or behind `--`. */
  rest: string[];
}

/** @throws ProwError PROW_POD_UTILS_FLAG for an unknown flag or a bad value, naming both */
export function parseGoFlags(argv: readonly string[], flags: Readonly<Record<string, FlagSpec>>, parseDuration: (text: string) => number): ParsedFlags {
  const values: Record<string, unknown> = {};
  let index = 0;
  while (index < argv.length) {
    const argument = argv[index] ?? '';
    if (argument === '--') return { values, rest: argv.slice(index + 1) };
    if (!argument.startsWith('-') || argument === '-') break;
    index += 1;
    const [name, inline] = splitOnce(argument.replace(/^--?/, ''));
    const spec = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (spec === undefined) throw unknownFlag(name, flags);
    let value = inline;
    if (value === undefined && spec.kind !== 'flag') {
      value = argv[index];
      index += 1;
      if (value === undefined) throw new ProwError('PROW_POD_UTILS_FLAG', `flag --${name} needs a value`, { details: { flag: name } });
    }
    set(values, name, spec, value, parseDuration);
  }
  return { values, rest: argv.slice(index) };
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function unknownFlag(name: string, flags: Readonly<Record<string, FlagSpec>>): ProwError {
  const near = nearestNames(name, Object.keys(flags)).map((known) => `--${known}`);
  return new ProwError('PROW_POD_UTILS_FLAG', `unknown flag --${name}${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''}`, { details: { flag: name } });
}

function set(values: Record<string, unknown>, name: string, { key, kind }: FlagSpec, value: string | undefined, parseDuration: (text: string) => number): void {
  const refuse = (expected: string): ProwError => new ProwError('PROW_POD_UTILS_FLAG', `flag --${name}: found "${value}", expected ${expected}`, { details: { flag: name, value } });
  switch (kind) {
    case 'text':
      values[key] = value;
      break;
    case 'texts':
      values[key] = [...((values[key] as string[] | undefined) ?? []), value];
      break;
    case 'flag':
      if (value !== undefined && !/^(?:1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/.test(value)) throw refuse('true or false');
      values[key] = value === undefined || /^[1tT]/.test(value);
      break;
    case 'whole':
      if (value === undefined || !/^-?\d{1,15}$/.test(value)) throw refuse('a whole number');
      values[key] = Number(value);
      break;
    case 'duration':
      values[key] = parseDuration(value ?? '');
  }
}
