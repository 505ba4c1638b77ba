import { messageOf, ProwError } from '@prow/base-errors';
import { durationMs } from '@prow/base-time';

/** One command line flag and how its text becomes a value. */
export interface Flag<Value> {
  readonly kind: 'string' | 'list' | 'boolean' | 'integer' | 'duration';
  /** Without the dashes. */
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  /** The default as a user would write it; undefined when there is none. */
  readonly defaultText: string | undefined;
  /** @param texts each text given for the flag, in order; empty when it was not given */
  valueOf(texts: readonly string[]): Value;
}

// oxlint-disable-next-line typescript/no-explicit-any -- any kind of value, narrowed by FlagValues
export type Flags = Readonly<Record<string, Flag<any>>>;

/** The settings that a set of flags yields. */
export type FlagValues<F extends Flags> = { readonly [Key in keyof F]: F[Key] extends Flag<infer Value> ? Value : never };

export interface SingleFlagOptions<Value> {
  /** What it does, with the unit and the neighbours it overrides. */
  help: string;
  default?: Value;
  required?: boolean;
}

type Given<Value, Options> = Options extends { default: Value } | { required: true } ? Value : Value | undefined;

function singleFlag<Value>(
  kind: Flag<Value>['kind'],
  name: string,
  options: SingleFlagOptions<Value>,
  defaultText: string | undefined,
  parse: (text: string) => Value,
): Flag<Value | undefined> {
  return {
    kind,
    name,
    help: options.help,
    required: options.required === true,
    defaultText,
    valueOf: (texts) => {
      const last = texts.at(-1);
      return last === undefined ? options.default : parse(last);
    },
  };
}

/** Any text; given several times, the last counts. */
export function stringFlag<const O extends SingleFlagOptions<string>>(name: string, options: O): Flag<Given<string, O>> {
  return singleFlag('string', name, options, options.default, (text) => text) as Flag<Given<string, O>>;
}

export interface IntegerFlagOptions extends SingleFlagOptions<number> {
  /** Default: the smallest safe integer. */
  min?: number;
  max?: number;
}

/** A whole number within `min` and `max`. */
export function integerFlag<const O extends IntegerFlagOptions>(name: string, options: O): Flag<Given<number, O>> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  const parse = (text: string): number => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || value < min || value > max) {
      const range = options.min === undefined && options.max === undefined ? 'a whole number' : `a whole number from ${min} to ${max}`;
      throw invalidValue(name, text, range);
    }
    return value;
  };
  return singleFlag('integer', name, options, options.default?.toString(), parse) as Flag<Given<number, O>>;
}

export interface DurationFlagOptions {
  help: string;
  /** As a Go duration: '30s'. */
  default?: string;
  required?: boolean;
}

/** A Go duration such as 1h30m, in milliseconds. */
export function durationFlag<const O extends DurationFlagOptions>(
  name: string,
  options: O,
): Flag<O extends { default: string } | { required: true } ? number : number | undefined> {
  const parse = (text: string): number => {
    try {
      return durationMs(text);
    } catch (error) {
      throw invalidValue(name, text, `a duration such as 30s, 5m or 1h30m (${messageOf(error)})`);
    }
  };
  const preset = options.default === undefined ? {} : { default: durationMs(options.default) };
  const flag = singleFlag<number>('duration', name, { help: options.help, required: options.required === true, ...preset }, options.default, parse);
  return flag as Flag<O extends { default: string } | { required: true } ? number : number | undefined>;
}

export interface BooleanFlagOptions {
  help: string;
  /** Default false. */
  default?: boolean;
}

const booleanTexts = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
]);

/** `--x`, `--x=true`, `--x=false`, with the spellings Go's strconv.ParseBool knows. */
export function booleanFlag(name: string, options: BooleanFlagOptions): Flag<boolean> {
  const preset = options.default ?? false;
  const parse = (text: string): boolean => {
    const value = booleanTexts.get(text);
    if (value === undefined) throw invalidValue(name, text, 'true or false');
    return value;
  };
  return singleFlag('boolean', name, { help: options.help, default: preset }, String(preset), parse) as Flag<boolean>;
}

export interface StringListFlagOptions {
  help: string;
  default?: readonly string[];
  /** Whether one text may hold several values with commas between. Default false. */
  comma?: boolean;
  /** At least one value must be given. */
  required?: boolean;
}

/** May be given several times; giving it replaces the default. */
export function stringListFlag(name: string, options: StringListFlagOptions): Flag<readonly string[]> {
  const preset = options.default ?? [];
  return {
    kind: 'list',
    name,
    help: options.help,
    required: options.required === true,
    defaultText: preset.length === 0 ? undefined : preset.join(','),
    valueOf: (texts) => {
      if (texts.length === 0) return preset;
      if (options.comma !== true) return texts;
      return texts.flatMap((text) => text.split(',')).map((text) => text.trim()).filter((text) => text !== '');
    },
  };
}

function invalidValue(name: string, found: string, expected: string): ProwError {
  return new ProwError('PROW_FLAGS_VALUE', `--${name}: found ${JSON.stringify(found.slice(0, 200))}, expected ${expected}`, { details: { flag: name, found: found.slice(0, 200), expected } });
}
