import { expect, test } from '@jest/globals';
import { formatEnvironment, formatOddEnvironment } from './shell-environment.ts';

test('values are one word each, whatever they hold', () => {
  expect(formatEnvironment({ A: `it's $HOME \`x\`\n"y"`, 'odd.name': 'v', UID: '7' })).toBe(`export A='it'\\''s $HOME \`x\`\n"y"'\n`);
});

test('names that shells drop or guard go before the command', () => {
  expect(formatOddEnvironment({ A: '1', 'odd.name': "v'w", UID: '7', '': 'x', 'a=b': 'x' })).toBe(`set -- /usr/bin/env 'odd.name=v'\\''w' 'UID=7' "$@"\n`);
  expect(formatOddEnvironment({ A: '1' })).toBe('');
});
