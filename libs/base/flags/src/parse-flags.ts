import { Command, CommanderError, Option } from 'commander';
import { nearestNames, ProwError } from '@prow/base-errors';
import type { Flag, Flags, FlagValues } from './flag.ts';
import { helpText, type Program } from './help-text.ts';

export interface ParseOptions extends Program {
  /** Whether arguments that belong to no flag are accepted. Default false: they are an error. */
  allowArguments?: boolean;
}

export type ParsedFlags<F extends Flags> =
  | { kind: 'values'; values: FlagValues<F>; arguments: readonly string[]; /** Names (without dashes) of the flags that were given. */ given: ReadonlySet<string> }
  | { kind: 'help'; text: string };

/**
 * Reads a command line as Go's flag package does: `--x v`, `--x=v`, `-x v`, `--` ends the flags; a boolean never takes
 * the next word. `--help` and `-h` give the help text.
 * @param argv without the program's own name
 * @throws ProwError PROW_FLAGS_UNKNOWN, PROW_FLAGS_VALUE, PROW_FLAGS_MISSING or PROW_FLAGS_ARGUMENT
 */
export function parseFlags<const F extends Flags>(flags: F, argv: readonly string[], options: ParseOptions): ParsedFlags<F> {
  const byName = new Map(Object.values(flags).map((flag) => [flag.name, flag]));
  const texts = new Map<string, string[]>();
  const command = new Command(options.program).helpOption(false).exitOverride().configureOutput({ writeErr: () => {} });
  command.allowExcessArguments(true).argument('[arguments...]').passThroughOptions(false);
  for (const flag of byName.values()) {
    const option = new Option(`--${flag.name} <value>`).argParser((text: string) => {
      texts.set(flag.name, [...(texts.get(flag.name) ?? []), text]);
      return text;
    });
    command.addOption(option);
  }
  const words = goWords(argv, byName);
  if (words === 'help') return { kind: 'help', text: helpText(flags, options) };
  parseWith(command, words, byName);
  const rest = command.args;
  if (rest.length > 0 && options.allowArguments !== true) {
    throw new ProwError('PROW_FLAGS_ARGUMENT', `unexpected argument ${JSON.stringify(rest[0])}: ${options.program} takes flags only (see --help)`, { details: { found: rest[0] } });
  }
  return { kind: 'values', values: valuesOf(flags, texts), arguments: rest, given: new Set(texts.keys()) };
}

function parseWith(command: Command, words: readonly string[], byName: ReadonlyMap<string, Flag<unknown>>): void {
  try {
    command.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const found = /'(?:-[^ ]*, )?(-[^' ]*)/.exec(error.message)?.[1] ?? '';
    if (error.code === 'commander.optionMissingArgument') throw new ProwError('PROW_FLAGS_VALUE', `${found}: a value is missing`, { details: { flag: found } });
    throw unknownFlag(found, byName);
  }
}

function unknownFlag(found: string, byName: ReadonlyMap<string, Flag<unknown>>): ProwError {
  const name = found.replace(/^-+/, '').replace(/=.*$/s, '');
  const near = nearestNames(name, byName.keys()).map((each) => `--${each}`);
  const hint = near.length > 0 ? `, did you mean ${near.join(' or ')}?` : ' (see --help)';
  return new ProwError('PROW_FLAGS_UNKNOWN', `unknown flag --${name}${hint}`, { details: { found, nearest: near } });
}

/** Rewrites Go's spellings into what commander reads: one dash to two, a bare boolean to `--x=true`. */
function goWords(argv: readonly string[], byName: ReadonlyMap<string, Flag<unknown>>): string[] | 'help' {
  const words: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return [...words, ...argv.slice(index)];
    const [, name, value] = /^--?([A-Za-z][^=]*)(=.*)?$/s.exec(word) ?? [];
    const flag = name === undefined ? undefined : byName.get(name);
    if (flag === undefined) {
      if (/^--?(help|h)$/.test(word)) return 'help';
      if (word.startsWith('-') && word !== '-') throw unknownFlag(word, byName);
      words.push(word);
    } else if (value !== undefined) words.push(`--${name}${value}`);
    else if (flag.kind === 'boolean') words.push(`--${name}=true`);
    else {
      const next = argv[index + 1];
      if (next === undefined) throw new ProwError('PROW_FLAGS_VALUE', `--${name}: a value is missing`, { details: { flag: name } });
      words.push(`--${name}=${next}`);
      index += 1;
    }
  }
  return words;
}

function valuesOf<F extends Flags>(flags: F, texts: ReadonlyMap<string, readonly string[]>): FlagValues<F> {
  const missing = Object.values(flags).filter((flag) => flag.required && !texts.has(flag.name));
  if (missing.length > 0) {
    const names = missing.map((flag) => `--${flag.name}`);
    throw new ProwError('PROW_FLAGS_MISSING', `${names.join(', ')}: required, but not given (see --help)`, { details: { missing: names } });
  }
  const values = Object.entries(flags).map(([key, flag]) => [key, flag.valueOf(texts.get(flag.name) ?? [])]);
  return Object.fromEntries(values) as FlagValues<F>;
}

/** The values when no flag is given; for embedding and tests. Required flags must be in `given`. */
export function flagDefaults<F extends Flags>(flags: F, given: Partial<FlagValues<F>> = {}): FlagValues<F> {
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags)) {
    if (Object.hasOwn(given, key)) values[key] = given[key];
    else if (flag.required) throw new ProwError('PROW_FLAGS_MISSING', `--${flag.name}: required, but not given`, { details: { missing: [flag.name] } });
    else values[key] = flag.valueOf([]);
  }
  return values as FlagValues<F>;
}
