import { describe, expect, test } from '@jest/globals';
import { frontMatter, parseOwners, parseOwnersAliases } from './parse-owners.ts';
import { RepositoryOwners } from './repository-owners.ts';

const none = new Map<string, string[]>();
const owners = (files: Record<string, string>, allowed?: string[]): RepositoryOwners =>
  new RepositoryOwners({
    files: new Map(Object.entries(files).map(([folder, text]) => [folder, parseOwners(text, none)])),
    allowed: allowed === undefined ? undefined : new Set(allowed),
    problems: [],
  });

describe('parseOwners', () => {
  test('logins lose case and @, aliases are expanded once', () => {
    const aliases = parseOwnersAliases('aliases:\n  Team:\n  - Anna\n  - "@bert"\n');
    expect(parseOwners('approvers: [TEAM, "@Carl", 123, no]\n', aliases).rules[0]?.approvers).toEqual(['anna', 'bert', 'carl', '123', 'no']);
  });

  test('filters count only without lists at the top; .* is every file', () => {
    expect(parseOwners('filters:\n  ".*":\n    approvers: [a]\n  "\\\\.go$":\n    labels: [x]\n', none).rules).toMatchObject([{ pattern: undefined, approvers: ['a'] }, { labels: ['x'] }]);
    expect(parseOwners('approvers: [b]\nfilters:\n  ".*":\n    approvers: [a]\n', none).rules).toMatchObject([{ approvers: ['b'] }]);
  });

  test.each([
    ['approvers: [a', 'not valid YAML'],
    ['approvers: x', 'approvers: expected a list, found "x"'],
    ['approvers: [[a]]', 'approvers[0]: expected a name, found a list'],
    ['filters:\n  "(":\n    approvers: [a]', '('],
    ['- a', 'the file: expected a mapping, found a list'],
    ['options: {no_parent_owners: 3}', 'options.no_parent_owners: expected true or false, found 3'],
  ])('%j is refused', (text, message) => {
    expect(() => parseOwners(text, none)).toThrow(message);
  });

  test('an empty file owns nothing', () => expect(parseOwners('', none).rules).toEqual([]));

  test('front matter', () => {
    expect(frontMatter('---\napprovers: [a]\n---\n# Title\n')).toBe('approvers: [a]');
    expect(frontMatter('# Title\n---\n')).toBeUndefined();
  });
});

describe('RepositoryOwners', () => {
  const repository = owners({
    '': 'approvers: [root]\nreviewers: [rr]\nlabels: [all]',
    src: 'approvers: [alice]\nlabels: [src]',
    docs: 'options: {no_parent_owners: true}\napprovers: [carol]',
    filt: 'filters:\n  ".*": {approvers: [bob]}\n  "\\\\.go$": {approvers: [alice]}',
    'docs/empty': 'options: {no_parent_owners: true}',
  });

  test('approvers are united up to the root', () => {
    expect([...repository.approvers('src/deep/a.go')].sort()).toEqual(['alice', 'root']);
    expect([...repository.leafApprovers('src/deep/a.go')]).toEqual(['alice']);
    expect(repository.approversFolder('src/deep/a.go')).toBe('src');
    expect([...repository.approvers('README.md')]).toEqual(['root']);
  });

  test('no_parent_owners ends the way up once somebody was found', () => {
    expect([...repository.approvers('docs/x.md')]).toEqual(['carol']);
    expect([...repository.approvers('docs/empty/x.md')]).toEqual(['carol']);
  });

  test('a folder that ends the way up does so even if no rule of its own applies', () => {
    const tree = owners({ '': 'approvers: [root]', a: 'options: {no_parent_owners: true}\nfilters:\n  "\\\\.md$": {approvers: [x]}', 'a/b': 'approvers: [deep]' });
    expect([...tree.approvers('a/b/c.go')]).toEqual(['deep']);
  });

  test('filters look at the path below their folder', () => {
    expect([...repository.leafApprovers('filt/a.go')].sort()).toEqual(['alice', 'bob']);
    expect([...repository.leafApprovers('filt/a.ts')]).toEqual(['bob']);
  });

  test('labels and reviewers', () => {
    expect([...repository.labels('src/a')].sort()).toEqual(['all', 'src']);
    expect([...repository.leafReviewers('src/a')]).toEqual(['rr']);
    expect(repository.reviewersFolder('src/a')).toBe('');
  });

  test('only collaborators count, and a folder without any is passed over', () => {
    const limited = owners({ '': 'approvers: [root]', src: 'approvers: [stranger]' }, ['root']);
    expect(limited.approversFolder('src/a')).toBe('');
    expect([...limited.approvers('src/a')]).toEqual(['root']);
    expect([...limited.topLevelApprovers()]).toEqual(['root']);
    expect([...limited.everyone()].sort()).toEqual(['root', 'stranger']);
  });
});
