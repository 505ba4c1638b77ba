import { describe, expect, test } from '@jest/globals';
import { always, anything, bool, decode, doc, encode, int32, integer, keepEmpty, lazy, list, map, pointer, struct, suggestedText, text, toJsonSchema } from './index.ts';
import type { Shape, TypeOf } from './index.ts';

const base = struct('Base', { name: always(text), labels: map(text), max: integer });
const job = struct('Job', {
  always_run: bool,
  decorate: pointer(bool),
  secret: pointer(text),
  interval: text,
  states: keepEmpty(list(text)),
  ports: list(int32),
  extra: anything(),
  kind: suggestedText('a', 'b'),
}, [base]);
type Job = TypeOf<typeof job>;

function read(value: unknown): Job {
  const result = decode(job, value);
  expect(result.findings).toEqual([]);
  return result.value as Job;
}

function findingsOf(shape: Shape, value: unknown): { kind: string; path: string; message: string }[] {
  return decode(shape, value).findings.map(({ kind, path, message }) => ({ kind, path: path.join('.'), message }));
}

describe('decode', () => {
  test('leaves out what Go leaves out, keeps what a pointer points at', () => {
    expect(read({ name: 'x', always_run: false, decorate: false, secret: '', labels: {}, max: 0, states: [], ports: [] }))
      .toEqual({ name: 'x', decorate: false, secret: '', states: [] });
  });

  test('null is the zero value', () => {
    expect(read({ name: null, decorate: null, labels: { a: null }, states: null })).toEqual({ labels: { a: '' } });
  });

  test('keys match in any case, the exact one first', () => {
    expect(read({ Always_Run: true, NAME: 'x' })).toEqual({ always_run: true, name: 'x' });
  });

  test('numbers and booleans become text in own fields only', () => {
    expect(read({ interval: 3600, kind: true })).toEqual({ interval: '3600', kind: 'true' });
    // The field of an embedded struct: the YAML reader looks at the struct, not at the field.
    expect(findingsOf(job, { name: 5 })).toEqual([{ kind: 'type', path: 'name', message: 'expected text, found the number 5; put it in quotes: "5"' }]);
    expect(findingsOf(job, { states: [true] })).toEqual([]);
  });

  test('tells wrong types with what was expected', () => {
    expect(findingsOf(job, { always_run: 'yes', max: 1.5, ports: [2 ** 40], labels: [] })).toEqual([
      { kind: 'type', path: 'always_run', message: 'expected a boolean (true or false), found the text "yes"' },
      { kind: 'type', path: 'max', message: 'expected an integer, found the number 1.5' },
      { kind: 'type', path: 'ports.0', message: 'expected an integer from -2147483648 to 2147483647, found the number 1099511627776' },
      { kind: 'type', path: 'labels', message: 'expected a mapping, found a list' },
    ]);
  });

  test('unknown fields are told with the nearest known name', () => {
    const [finding] = decode(job, { allways_run: true }).findings;
    expect(finding).toMatchObject({ kind: 'unknown-field', path: ['allways_run'], suggestions: ['always_run'] });
  });

  test('a key named __proto__ is a key', () => {
    const value = read({ labels: JSON.parse('{"__proto__": "x"}') as unknown, extra: JSON.parse('{"__proto__": {"polluted": true}}') as unknown });
    expect(Object.keys(value.labels ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('stops at values that are too many or too deep', () => {
    const tree: Shape = lazy(() => list(tree));
    let bomb: unknown[] = [];
    for (let level = 0; level < 30; level++) bomb = [bomb, bomb, bomb];
    expect(findingsOf(tree, bomb)).toMatchObject([{ kind: 'too-big', message: 'expands to too many values' }]);
    let deep: unknown[] = [];
    for (let level = 0; level < 5000; level++) deep = [deep];
    expect(findingsOf(tree, deep)).toMatchObject([{ kind: 'too-big', message: 'nested deeper than 200 levels' }]);
  });
});

test('encode writes zero values of fields without omitempty, and of structs that are no pointers', () => {
  const shape = struct('Outer', { inner: struct('Inner', { on: always(bool) }), maybe: pointer(struct('Other', { on: always(bool) })), none: map(text) });
  expect(encode(shape, { none: {} })).toEqual({ inner: { on: false } });
});

test('toJsonSchema describes fields, refuses unknown ones, allows null', () => {
  const schema = toJsonSchema(struct('Thing', { kind: doc('What it is', suggestedText('a')), parts: list(base) }), { id: 'x', title: 'X' });
  expect(schema).toMatchObject({
    $ref: '#/$defs/Thing',
    $defs: {
      Thing: { additionalProperties: false, properties: { kind: { description: 'What it is', type: ['string', 'null'], enum: ['a', null] }, parts: { items: { $ref: '#/$defs/Base' } } } },
    },
  });
});
