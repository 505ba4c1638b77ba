import { describe, expect, test } from '@jest/globals';
import type { RerunAuthConfig } from '@prow/model-prowjob';
import { rerunPermission } from './rerun-permission.ts';

const asked: string[] = [];
const github = {
  isMember: ({ org, login }: { org: string; login: string }) => Promise.resolve(asked.push('isMember') > 0 && org === 'tess' && login === 'mary'),
  isTeamMember: ({ org, slug, login }: { org: string; slug: string; login: string }) => Promise.resolve(org === 'tess' && slug === 'ops' && login === 'tom'),
  listTeamMembersById: ({ org, teamId }: { org: string; teamId: number }) => Promise.resolve(org === 'tess' && teamId === 7 ? [{ login: 'Ann', id: 1, type: 'User' as const }] : []),
} as never;

const allowed = async (githubLogin: string | undefined, ...configs: (RerunAuthConfig | undefined)[]): Promise<boolean> => (await rerunPermission({ configs, githubLogin, org: 'tess', github })).allowed;

describe('who may start a job again', () => {
  test.each<[string, string | undefined, (RerunAuthConfig | undefined)[], boolean]>([
    ['nobody, when nothing is said', 'john', [undefined, undefined], false],
    ['anyone, without a name', undefined, [undefined, { allow_anyone: true }], true],
    ['a user, whatever the case', 'JOHN', [{ github_users: ['John'] }], true],
    ['not another user', 'jo', [{ github_users: ['john'] }], false],
    ['a member of the org', 'mary', [{ github_orgs: ['other', 'tess'] }], true],
    ['a member of the team by slug', 'tom', [{ github_team_slugs: [{ org: 'tess', slug: 'ops' }] }], true],
    ['a member of the team by number', 'ann', [{ github_team_ids: [7] }], true],
    ['whom one of two lets', 'john', [{ github_users: ['mary'] }, { github_users: ['john'] }], true],
    ['nobody without a name', undefined, [{ github_users: ['john'], github_orgs: ['tess'] }], false],
  ])('%s', async (_title, login, configs, expected) => {
    expect(await allowed(login, ...configs)).toBe(expected);
  });

  test('GitHub is not asked when a list of names answers', async () => {
    asked.length = 0;
    await allowed('john', { github_orgs: ['tess'], github_users: ['john'] });
    expect(asked).toEqual([]);
  });
});
