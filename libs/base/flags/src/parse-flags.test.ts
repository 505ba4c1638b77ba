import { describe, expect, test } from '@jest/globals';
import { booleanFlag, durationFlag, flagDefaults, integerFlag, parseFlags, stringFlag, stringListFlag, type FlagValues } from './index.ts';

const flags = {
  configPath: stringFlag('config-path', { help: 'Where the configuration is.', required: true }),
  note: stringFlag('note', { help: 'Any text.' }),
  host: stringFlag('github-host', { help: 'The host.', default: 'github.com' }),
  dryRun: booleanFlag('dry-run', { help: 'Change nothing.' }),
  cache: booleanFlag('cache', { help: 'Use the cache.', default: true }),
  port: integerFlag('port', { help: 'The port.', default: 8888, min: 0, max: 65_535 }),
  limit: integerFlag('limit', { help: 'A limit.' }),
  grace: durationFlag('grace-period', { help: 'How long to wait.', default: '3m' }),
  endpoints: stringListFlag('github-endpoint', { help: 'Where GitHub is.', default: ['https://api.github.com'] }),
  labels: stringListFlag('labels', { help: 'Labels.', comma: true }),
} as const;

const program = { program: 'hook', summary: 'Turns events into calls.', examples: ['hook --config-path=config.yaml'] };

function values(...argv: string[]): FlagValues<typeof flags> {
  const parsed = parseFlags(flags, argv, program);
  if (parsed.kind !== 'values') throw new Error(parsed.text);
  return parsed.values;
}

describe('values', () => {
  test('defaults', () => {
    expect(values('--config-path', 'x')).toEqual({ configPath: 'x', note: undefined, host: 'github.com', dryRun: false, cache: true, port: 8888, limit: undefined, grace: 180_000, endpoints: ['https://api.github.com'], labels: [] });
  });

  test("Go's spellings", () => {
    const given = values('-config-path=a=b', '--note', '--dry-run', '-dry-run', '--cache=false', '--port', '0', '--limit=-5', '--grace-period=1m30s', '--github-endpoint=http://a', '--github-endpoint', 'http://b', '--labels=a, b', '--labels', 'c');
    expect(given).toEqual({ configPath: 'a=b', note: '--dry-run', host: 'github.com', dryRun: true, cache: false, port: 0, limit: -5, grace: 90_000, endpoints: ['http://a', 'http://b'], labels: ['a', 'b', 'c'] });
  });

  test('the last one counts, empty is a value', () => {
    expect(values('--config-path=a', '--config-path=', '--github-host=').configPath).toBe('');
  });

  test('which flags were given', () => {
    expect(parseFlags(flags, ['--config-path=a', '--dry-run=false'], program)).toMatchObject({ given: new Set(['config-path', 'dry-run']) });
  });

  test('arguments beside flags', () => {
    expect(parseFlags(flags, ['--config-path=a', 'one', '--dry-run', 'two', '--', '--three'], { ...program, allowArguments: true })).toMatchObject({ arguments: ['one', 'two', '--three'] });
    expect(() => values('--config-path=a', '--dry-run', 'false')).toThrow(expect.objectContaining({ code: 'PROW_FLAGS_ARGUMENT' }));
  });

  test('types', () => {
    const given: FlagValues<typeof flags> = values('--config-path=a');
    const configPath: string = given.configPath;
    const note: string | undefined = given.note;
    const limit: number | undefined = given.limit;
    expect([configPath, note, limit]).toEqual(['a', undefined, undefined]);
  });

  test('without a command line', () => {
    expect(flagDefaults(flags, { configPath: 'x', port: 1 })).toMatchObject({ configPath: 'x', port: 1, grace: 180_000 });
    expect(() => flagDefaults(flags)).toThrow(expect.objectContaining({ code: 'PROW_FLAGS_MISSING' }));
  });
});

describe('refusals', () => {
  test.each([
    [['--confg-path=x'], 'PROW_FLAGS_UNKNOWN', 'unknown flag --confg-path, did you mean --config-path?'],
    [['--zzzzzzzz'], 'PROW_FLAGS_UNKNOWN', 'unknown flag --zzzzzzzz (see --help)'],
    [['-x'], 'PROW_FLAGS_UNKNOWN', 'unknown flag --x'],
    [[], 'PROW_FLAGS_MISSING', '--config-path: required'],
    [['--config-path'], 'PROW_FLAGS_VALUE', '--config-path: a value is missing'],
    [['--config-path=a', '--port=abc'], 'PROW_FLAGS_VALUE', '--port: found "abc", expected a whole number from 0 to 65535'],
    [['--config-path=a', '--port=65536'], 'PROW_FLAGS_VALUE', 'from 0 to 65535'],
    [['--config-path=a', '--limit=1.5'], 'PROW_FLAGS_VALUE', '--limit: found "1.5", expected a whole number'],
    [['--config-path=a', '--dry-run=maybe'], 'PROW_FLAGS_VALUE', '--dry-run: found "maybe", expected true or false'],
    [['--config-path=a', '--grace-period=5'], 'PROW_FLAGS_VALUE', 'missing unit in duration'],
  ])('%p', (argv, code, message) => {
    expect(() => values(...argv)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});

test('help', () => {
  const parsed = parseFlags(flags, ['--port=1', '-h'], program);
  expect(parsed.kind === 'help' && parsed.text).toBe(`Turns events into calls.

Usage: hook [flags]

Examples:
  hook --config-path=config.yaml

Flags:
  --cache
        Use the cache. (default true)
  --config-path text
        Where the configuration is. (required)
  --dry-run
        Change nothing.
  --github-endpoint text
        Where GitHub is. (may be given several times; default https://api.github.com)
  --github-host text
        The host. (default github.com)
  --grace-period duration
        How long to wait. (default 3m)
  --labels text
        Labels. (may be given several times)
  --limit number
        A limit.
  --note text
        Any text.
  --port number
        The port. (default 8888)
  --help
        Print this text.
`);
});
