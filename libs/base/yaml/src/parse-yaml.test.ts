import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createLocator, decodeText, excerptOf, parseYaml, resolveScalar, YamlError } from './index.ts';

function problem(action: () => unknown): YamlError {
  try {
    action();
  } catch (error) {
    if (error instanceof YamlError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('scalars, as YAML 1.1 has them', () => {
  test.each([
    ['yes', true], ['n', false], ['off', false], ['~', null], ['null', null], ['0777', 511], ['0o17', 15], ['0x1F', 31], ['0b101', 5],
    ['-0b101', -5], ['1_000', 1000], ['08', 8], ['1.10', 1.1], ['.5', 0.5], ['1e3', 1000], ['.inf', Number.POSITIVE_INFINITY],
    ['12:30:45', '12:30:45'], ['2026-01-02', '2026-01-02'], ['.', '.'], ['1.2.3', '1.2.3'], ['0x', '0x'], ['yEs', 'yEs'], ['100m', '100m'], ['1e400', '1e400'],
  ])('%s', (source, value) => {
    expect(resolveScalar(source)).toEqual(value);
    expect(parseYaml(`a: [${source}]`)).toEqual({ a: [value] });
  });

  test('quotes and tags make text', () => {
    expect(parseYaml(`a: 'yes'\nb: "5"\nc: !!str 5\nd: !!int "5"`)).toEqual({ a: 'yes', b: '5', c: '5', d: 5 });
  });
});

describe('parseYaml', () => {
  test('takes the first document, and the last of equal keys', () => {
    expect(parseYaml('a: 1\na: 2\n---\nb: [\n')).toEqual({ a: 2 });
    expect(parseYaml('# comment\n---\na: 1\n---\na: 2\n')).toEqual({ a: 1 });
    expect(parseYaml('')).toBeUndefined();
  });

  test('tags nobody knows are ignored', () => {
    expect(parseYaml('a: !foo bar\nb: !x {c: 1}\nc: !!python/object [1]\n')).toEqual({ a: 'bar', b: { c: 1 }, c: [1] });
  });

  test('merges', () => {
    expect(parseYaml('base: &b {x: 1, z: 2}\nmore: {<<: *b, z: 3}')).toEqual({ base: { x: 1, z: 2 }, more: { x: 1, z: 3 } });
  });

  test('says where it stopped', () => {
    const error = problem(() => parseYaml('a: 1\n\tb: 2\n'));
    expect(error.code).toBe('PROW_YAML_SYNTAX');
    expect(error.position?.line).toBe(1);
  });

  test('bounds depth, aliases and size', () => {
    expect(problem(() => parseYaml('['.repeat(100_000))).code).toMatch(/PROW_YAML_(TOO_DEEP|SYNTAX)/);
    expect(problem(() => parseYaml(`a: &a x\nb: [${'*a,'.repeat(1_000_000)}]`)).code).toBe('PROW_YAML_ALIASES');
    expect(problem(() => parseYaml('a'.repeat(11 * 1024 * 1024))).code).toBe('PROW_YAML_TOO_BIG');
  });
});

describe('decodeText', () => {
  test('unpacks gzip, within bounds', () => {
    expect(decodeText(gzipSync('a: 1'))).toBe('a: 1');
    expect(problem(() => decodeText(gzipSync(Buffer.alloc(20 * 1024 * 1024, 32)))).code).toBe('PROW_YAML_TOO_BIG');
    expect(problem(() => decodeText(Buffer.from([0x1f, 0x8b, 1, 2, 3]))).code).toBe('PROW_YAML_GZIP');
  });

  test('refuses what is not UTF-8, and says where', () => {
    const error = problem(() => decodeText(Buffer.concat([Buffer.from('a: 1\nb: '), Buffer.from([0xff, 0xfe])])));
    expect(error.code).toBe('PROW_YAML_UTF8');
    expect(error.position).toEqual({ line: 1, column: 3 });
  });
});

describe('createLocator', () => {
  const text = 'jobs:\n- name: a\n  spec: &s\n    image: x\n- name: b\n  spec: *s\n  name: c\n';

  test('finds values, through aliases, and the nearest above', () => {
    const locator = createLocator(text);
    expect(locator.find(['jobs', 0, 'name'])).toEqual({ line: 1, column: 2 });
    expect(locator.find(['jobs', 1, 'spec', 'image'])).toEqual({ line: 3, column: 4 });
    expect(locator.find(['jobs', 0, 'nothing', 'there'])).toEqual({ line: 1, column: 2 });
  });

  test('finds keys written twice', () => {
    expect(createLocator(text).duplicateKeys()).toEqual([{ key: 'name', position: { line: 6, column: 2 } }]);
  });

  test('excerpt', () => {
    expect(excerptOf(text, { line: 3, column: 4 })).toBe('3 |   spec: &s\n4 |     image: x\n  |     ^');
  });
});
