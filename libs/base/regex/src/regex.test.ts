import { describe, expect, test } from '@jest/globals';
import { compileRegex, quoteRegex } from './index.ts';

describe('matching', () => {
  test('first match, groups, positions', () => {
    const regex = compileRegex('(?P<verb>/test)( .*)?');
    expect(regex.match('x /test')).toEqual(['/test', '/test', undefined]);
    expect(regex.match('nothing')).toBeNull();
    expect(regex.find('é /test a')).toEqual({ index: 2, end: 9, groups: ['/test a', '/test', ' a'], named: { verb: '/test' } });
    expect(regex.groupCount).toBe(2);
    expect(regex.test('no')).toBe(false);
  });

  test('all matches as Go finds them: no empty match right behind another', () => {
    expect(compileRegex('a*').matchAll('baaac').map(({ index, end }) => [index, end])).toEqual([[0, 0], [1, 4], [5, 5]]);
    expect(compileRegex('').matchAll('😀').map(({ index }) => index)).toEqual([0, 2]);
    expect(compileRegex('a').matchAll('aaa', 2)).toHaveLength(2);
  });

  test('flags', () => {
    expect(compileRegex('^b$', { flags: 'mi' }).test('a\nB')).toBe(true);
    expect(compileRegex('^b$').test('a\nB')).toBe(false);
    expect(() => compileRegex('a', { flags: 'g' })).toThrow(expect.objectContaining({ code: 'PROW_REGEX_FLAGS' }));
  });

  test('several groups of one name: the first that took part counts', () => {
    const regex = compileRegex('(?P<n>a)|(?P<n>b)[(](?<n>[](?P<n>]+)\\Q(?P<n>\\E');
    expect(regex.replaceAll('a b(]x(?P<n>', '<$n>')).toBe('<a> b(]x(?P<n>');
    expect(regex.find('b(](?P<n>')?.named['n']).toBe('b');
    expect(regex.source).toContain('(?P<n>a)|(?P<n>b)');
  });

  test('compiled once', () => {
    expect(compileRegex('abc')).toBe(compileRegex('abc'));
    expect(compileRegex('abc')).not.toBe(compileRegex('abc', { flags: 'i' }));
  });
});

describe('replacing', () => {
  test.each([
    ['a(x*)b', '-ab-axxb-', '${1}W', '-W-xxW-'],
    ['a(x*)b', '-ab-axxb-', '$1W', '---'],
    ['(?P<first>\\w+) (?P<second>\\w+)', 'hello world', '$second $first', 'world hello'],
    ['a*', 'baaac', 'x', 'xbxcx'],
    ['x', 'axb', '$$', 'a$b'],
    ['x', 'axb', '$', 'a$b'],
    ['x', 'axb', '${', 'a${b'],
    ['x', 'axb', '${1', 'a${1b'],
    ['x', 'axb', '$0$0', 'axxb'],
    ['x', 'axb', '$7', 'ab'],
    ['x', 'axb', '$constructor$toString', 'ab'],
    ['(x)', 'x', '$1é', ''],
  ])('%s on %s with %s', (source, text, template, expected) => {
    expect(compileRegex(source).replaceAll(text, template)).toBe(expected);
  });

  test('by a function', () => {
    expect(compileRegex('\\d+').replaceAllWith('a1b22', ({ groups }) => `<${groups[0] ?? ''}>`)).toBe('a<1>b<22>');
  });
});

describe('refusals', () => {
  test.each([['(?=a)'], ['\\1'], ['a{1001}'], ['('.repeat(2000)], ['((a{100}){100}){100}'], ['x'.repeat(70_000)], ['[z-a]']])('%p', (source) => {
    expect(() => compileRegex(source)).toThrow(expect.objectContaining({ code: 'PROW_REGEX_SYNTAX' }));
  });
});

test('what makes backtracking engines hang ends', () => {
  expect(compileRegex('(x+x+)+y').test('x'.repeat(100_000))).toBe(false);
  expect(compileRegex('(a|aa)+$').test(`${'a'.repeat(50_000)}b`)).toBe(false);
});

test('quoting', () => {
  const text = 'a.b*c[d]{2}^$|\\(x)?+-/ é';
  expect(compileRegex(`^${quoteRegex(text)}$`).test(text)).toBe(true);
});
