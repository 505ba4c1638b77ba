import { expect, test } from '@jest/globals';
import { CommandRegex, commandLines } from './command-regex.ts';

test('only lines that begin with a slash', () => {
  expect(commandLines('a\n/b\r\n /c\n> /d\n/e')).toBe('/b\r\n/e');
  expect(commandLines('/x')).toBe('/x');
  expect(commandLines('no / command')).toBe('');
});

test('matches as on the whole text', () => {
  const hold = new CommandRegex('(?mi)^/hold(\\s.*)?$');
  expect(hold.test('x\n/hold on\r\ny')).toBe(true);
  expect(hold.test('x /hold')).toBe(false);
  expect(hold.match('a')).toBeNull();
  expect(hold.matchAll('x\n/hold 1\n\n/hold 2', 9).map(({ groups }) => groups[1]?.trim())).toEqual(['1', '2']);
});
