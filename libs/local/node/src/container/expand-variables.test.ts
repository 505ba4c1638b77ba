import { expect, test } from '@jest/globals';
import { expandVariables } from './expand-variables.ts';

// Cases of upstream's own table (third_party/forked/golang/expansion/expand_test.go).
test.each([
  ['$(VAR_A)', 'A'], ['___$(VAR_B)___', '___B___'], ['$$(VAR_A)', '$(VAR_A)'], ['$$$(VAR_A)', '$A'], ['$$$$(VAR_A)', '$$(VAR_A)'],
  ['$(NONE)', '$(NONE)'], ['$(VAR_A', '$(VAR_A'], ['$VAR_A', '$VAR_A'], ['$', '$'], ['$$', '$'], ['a$', 'a$'], ['$)', '$)'],
  ['$(VAR_A)$(VAR_B)', 'AB'], ['$(VAR_REF)', '$(VAR_A)'], ['foo$$bar', 'foo$bar'], ['$()', '$()'], ['$(VAR_EMPTY)', ''],
])('%j → %j', (text, expected) => {
  const values: Record<string, string> = { VAR_A: 'A', VAR_B: 'B', VAR_REF: '$(VAR_A)', VAR_EMPTY: '' };
  expect(expandVariables(text, (name) => values[name])).toBe(expected);
});
