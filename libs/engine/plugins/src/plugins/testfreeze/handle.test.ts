import { expect, test } from '@jest/globals';
import { findFreeze } from './find-freeze.ts';
import { handlePullRequest } from './handle.ts';

const branches = ['master', 'release-1.9', 'release-1.10', 'release-1.10-old', 'feature'].map((name) => ({ name }));
const github = (tags: string[], names = branches): never => ({ listBranches: async () => names, getRef: async ({ ref }: { ref: string }) => (tags.includes(ref) ? 'sha' : undefined) }) as never;
const config = (excludedBranches: string[] = []): never => ({ tide: { queries: [{ repos: ['kubernetes/kubernetes'], excludedBranches }] } }) as never;
const repository = { org: 'kubernetes', repo: 'kubernetes' };

test.each([
  ['after the release', ['tags/v1.10.0'], [], { isTestFreeze: false, isCodeFreeze: false }],
  ['before it', [], ['release-1.10'], { isTestFreeze: true, isCodeFreeze: true }],
  ['an old tag says nothing', ['tags/v1.9.0'], ['release-1.9'], { isTestFreeze: true, isCodeFreeze: false }],
])('%s', async (_, tags, excluded, freeze) => {
  expect(await findFreeze(repository, { github: github(tags), config: config(excluded) })).toEqual({ branch: 'release-1.10', tag: 'v1.10.0', ...freeze });
});

test('a comment on master of kubernetes/kubernetes, when a freeze is in force', async () => {
  const said: string[] = [];
  const handle = async (org: string, action: string, tags: string[], names = branches): Promise<void> => {
    const event = { action, repository: { org, repo: 'kubernetes' }, pullRequest: { number: 1, base: { ref: 'master' } } } as never;
    const client = { ...(github(tags, names) as object), createComment: async ({ body }: { body: string }) => void said.push(body) } as never;
    await handlePullRequest(event, { github: client, decide: () => undefined, config: config() });
  };
  await handle('other', 'opened', []);
  await handle('kubernetes', 'synchronize', []);
  await handle('kubernetes', 'opened', ['tags/v1.10.0']);
  await handle('kubernetes', 'opened', [], []);
  expect(said).toEqual([]);
  await handle('kubernetes', 'reopened', []);
  expect(said).toEqual([expect.stringContaining('[Test Freeze]')]);
});
