import { expect, test } from '@jest/globals';
import type { RepositoryOwners } from '../../ports/owners.ts';
import { findProblems } from './find-problems.ts';

const owners = (more: Partial<RepositoryOwners>): RepositoryOwners => ({ problems: [], labelsInFolder: () => new Set<string>(), topLevelApprovers: () => new Set(['a']), ...more }) as RepositoryOwners;
const query = { ownersFile: 'OWNERS', labelsDenylist: ['lgtm'] };

test('what is wrong with OWNERS', () => {
  expect(findProblems({ ...query, owners: owners({}), files: ['OWNERS', 'a/OWNERS', 'OWNERS_ALIASES'] })).toEqual([]);
  expect(findProblems({ ...query, owners: owners({ problems: [{ path: 'a/OWNERS', message: 'no YAML' }] }), files: ['a/OWNERS'] })).toEqual([{ path: 'a/OWNERS', message: 'This cannot be read: no YAML' }]);
  expect(findProblems({ ...query, owners: owners({ labelsInFolder: (folder) => new Set(folder === 'a' ? ['LGTM'] : []) }), files: ['a/OWNERS', 'b/OWNERS'] })).toMatchObject([{ path: 'a/OWNERS' }]);
  expect(findProblems({ ...query, owners: owners({ topLevelApprovers: () => new Set() }), files: ['OWNERS', 'a/OWNERS'] })).toMatchObject([{ path: 'OWNERS' }]);
});
