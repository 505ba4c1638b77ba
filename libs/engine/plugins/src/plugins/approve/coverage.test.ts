import { describe, expect, test } from '@jest/globals';
import type { RepositoryOwners } from '../../ports/owners.ts';
import { Coverage } from './coverage.ts';

/** Folder → approvers, or by file where filters are to be played. */
function owners(folders: Record<string, string[]>, more: { noParent?: string[]; auto?: string[]; files?: Record<string, string[]> } = {}): RepositoryOwners {
  const up = (path: string): string[] => {
    const found = [];
    for (let folder = path; folder !== ''; ) found.push((folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : ''));
    return found;
  };
  const folderOf = (path: string): string => up(path).find((folder) => (folders[folder] ?? []).length > 0) ?? '';
  const approvers = (path: string): Set<string> => {
    const own = more.files?.[path];
    if (own !== undefined) return new Set(own);
    const found = new Set<string>();
    for (const folder of up(path)) {
      for (const login of folders[folder] ?? []) found.add(login);
      if (found.size > 0 && more.noParent?.includes(folder)) break;
    }
    return found;
  };
  return {
    problems: [], approvers, leafApprovers: (path) => new Set(folders[folderOf(path)]), approversFolder: folderOf,
    isNoParentOwners: (folder) => more.noParent?.includes(folder) ?? false,
    isAutoApproveUnownedSubfolders: (folder) => more.auto?.includes(folder) ?? false,
    reviewers: () => new Set(), leafReviewers: () => new Set(), requiredReviewers: () => new Set(), labels: () => new Set(), labelsInFolder: () => new Set(),
    reviewersFolder: () => '', topLevelApprovers: () => new Set(), everyone: () => new Set(),
  };
}
const people = (...logins: string[]): Set<string> => new Set(logins);
const nobody = { approvers: people(), assignees: people(), seed: 1 };

describe('Coverage', () => {
  test('folders below another in the set are folded into it', () => {
    const coverage = new Coverage(owners({ '': ['root'], a: ['anna'], b: ['bert'] }), ['a/x', 'b/y', 'z']);
    expect(coverage.groups.map(({ folder }) => folder)).toEqual(['']);
    expect(coverage.isCovered(people('anna', 'bert'))).toBe(false);
    expect(coverage.isCovered(people('root'))).toBe(true);
    expect(coverage.suggest(nobody)).toEqual(['root']);
  });

  test('a folder without parents is not folded', () => {
    const coverage = new Coverage(owners({ '': ['root'], a: ['anna'] }, { noParent: ['a'] }), ['a/x', 'z']);
    expect(coverage.groups.map(({ folder }) => folder)).toEqual(['', 'a']);
    expect(coverage.isCovered(people('root'))).toBe(false);
    expect(coverage.suggest(nobody)).toEqual(['anna', 'root']);
  });

  test('a file that the approvers above may not approve stays with its own', () => {
    const coverage = new Coverage(owners({ '': ['root'], a: ['anna'] }, { files: { 'a/x.go': ['anna'] } }), ['a/x.go', 'z']);
    expect(coverage.isCovered(people('root'))).toBe(false);
    expect(coverage.isCovered(people('root', 'anna'))).toBe(true);
  });

  test('unowned subfolders are approved where said so, files right beside OWNERS are not', () => {
    const free = owners({ '': ['root'], free: ['anna'] }, { auto: ['free', ''] });
    expect(new Coverage(free, ['free/new/x']).isCovered(people())).toBe(true);
    expect(new Coverage(free, ['free/x']).isCovered(people())).toBe(false);
    expect(new Coverage(free, ['x']).isCovered(people())).toBe(false);
  });

  test('no files, no approval', () => expect(new Coverage(owners({ '': ['root'] }), []).isCovered(people('root'))).toBe(false));

  test('few people are suggested, and an assignee who can is kept', () => {
    const two = new Coverage(owners({ a: ['anna', 'both'], b: ['bert', 'both'] }), ['a/x', 'b/y']);
    expect(two.suggest(nobody)).toEqual(['both']);
    expect(two.suggest({ ...nobody, approvers: people('anna') })).not.toContain('anna');
    expect(two.suggest({ ...nobody, assignees: people('anna', 'bert') })).toEqual(['anna', 'bert']);
  });
});
