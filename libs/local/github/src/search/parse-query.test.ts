import { expect, test } from '@jest/globals';
import { parseQuery } from './parse-query.ts';

const plain = (query: string): string[] => parseQuery(query).map(({ isNegated, key, values }) => `${isNegated ? '-' : ''}${key ?? ''}=${values.join('|')}`);

test.each([
  ['is:pr state:open', ['is=pr', 'state=open']],
  ['label:"good first issue","help wanted" -label:x', ['label=good first issue|help wanted', '-label=x']],
  ['repo:"acme/app" author:"al ice"', ['repo=acme/app', 'author=al ice']],
  ['updated:2024-01-01T00:00:00+00:00..2024-02-01', ['updated=2024-01-01T00:00:00+00:00..2024-02-01']],
  ['fix "the bug" -not', ['=fix', '=the bug', '-=not']],
  ['label:"say \\"hi\\""', ['label=say "hi"']],
  ['label:', ['label=']],
  ['label:"open', ['label=open']],
  ['- a', ['=-', '=a']],
  ['', []],
  ['::: :a', ['=:::', '=:a']],
  ['a,b', ['=a,b']],
  ['base:release-1.0,main,', ['base=release-1.0|main|']],
])('%s', (query, expected) => {
  expect(plain(query)).toEqual(expected);
});

test('ends for whatever it is given', () => {
  const alphabet = ['"', ':', '-', ',', ' ', '\\', 'a', '\u00e9', '\n'];
  let seed = 7;
  for (let round = 0; round < 3000; round += 1) {
    let query = '';
    for (let at = 0; at < 12; at += 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      query += alphabet[seed % alphabet.length] ?? '';
    }
    expect(Array.isArray(parseQuery(query))).toBe(true);
  }
});
