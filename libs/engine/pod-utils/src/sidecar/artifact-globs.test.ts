import { expect, test } from '@jest/globals';
import { includes } from './artifact-globs.ts';

test.each([
  [{}, 'a/b', true],
  [{ includeDirectories: ['logs'] }, 'logs/x.txt', true],
  [{ includeDirectories: ['logs'] }, 'logs2/x.txt', false],
  [{ includeDirectories: ['**/*.log'] }, 'a/b/c.log', true],
  [{ includeDirectories: ['**/*.log'] }, 'c.log', true],
  [{ includeDirectories: ['**/*.log'] }, 'c.logs', false],
  [{ includeDirectories: ['a/*/c'] }, 'a/b/c/d', true],
  [{ includeDirectories: ['a/*/c'] }, 'a/b/b/c', false],
  [{ excludeDirectories: ['cache'] }, 'cache/x', false],
  [{ includeDirectories: ['a'], excludeDirectories: ['a/b?'] }, 'a/b1/x', false],
  [{ includeDirectories: [`${'*a'.repeat(40)}*`] }, 'b'.repeat(2000), false],
])('%j of %j', (options, name, expected) => {
  expect(includes(name, { includeDirectories: [], excludeDirectories: [], ...options })).toBe(expected);
});
