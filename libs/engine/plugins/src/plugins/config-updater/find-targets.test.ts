import { describe, expect, test } from '@jest/globals';
import { findTargets, globMatches } from './find-targets.ts';

const at = (path: string, maps: object, more: object = {}): object[] =>
  findTargets({ updater: { maps, ...more } as never, org: 'o', repo: 'r', path, defaultNamespace: 'prow' });
const clusters = { default: [''] };

describe('findTargets', () => {
  test('the key is the file name, the path, or as configured', () => {
    expect(at('a/b.yaml', { 'a/*.yaml': { name: 'm', clusters } })).toEqual([{ cluster: 'default', namespace: 'prow', name: 'm', key: 'b.yaml', gzip: false }]);
    expect(at('a/b.yaml', { 'a/*.yaml': { name: 'm', clusters, use_full_path_as_key: true } })).toMatchObject([{ key: 'a-b.yaml' }]);
    expect(at('a/b.yaml', { 'a/*.yaml': { name: 'm', clusters: { x: ['n1', 'n2'] }, key: 'k', gzip: true } })).toMatchObject([{ namespace: 'n1', key: 'k', gzip: true }, { namespace: 'n2' }]);
  });
  test('of globs that overlap, the most exact counts', () => expect(at('a/b.yaml', { '**/*.yaml': { name: 'wide', clusters }, 'a/b.yaml': { name: 'own', clusters } })).toMatchObject([{ name: 'own' }]));
  test('repositories', () => {
    expect(at('a', { a: { name: 'm', clusters, denied_repos: ['o/r'] } })).toEqual([]);
    expect(at('a', { a: { name: 'm', clusters, allowed_repos: ['o/x'] } })).toEqual([]);
  });
  test('partitions are those of upstream', () => expect(at('a', { a: { partitioned_names: ['p0', 'p1', 'p2'], clusters } })).toMatchObject([{ name: 'p1' }]));
});

test.each([
  ['a/**/*.yaml', 'a/b/c/d.yaml', true],
  ['a/**/*.yaml', 'a/d.yaml', true],
  ['a/*.yaml', 'a/b/c.yaml', false],
  ['a/{b,c}/?.yaml', 'a/c/x.yaml', true],
  ['a/(b', 'a/(b', true],
  ['a/{b', 'a/b', false],
])('%s and %s: %p', (glob, path, matches) => expect(globMatches(glob, path)).toBe(matches));
