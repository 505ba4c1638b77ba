import { expect, test } from '@jest/globals';
import { ProwError } from '@prow/base-errors';
import { resolveRefs, type RefsSource } from './resolve-refs.ts';

const request = { org: 'o', repo: 'r', base_ref: 'main', prowtype: 'postsubmit', prowjob: 'j', user: 'u' } as const;
const away = (code: string, transient: boolean): Promise<never> => Promise.reject(new ProwError(code, 'no answer from github.example', { transient }));

function source(parts: { getRef: () => Promise<string | undefined>; remoteHead?: () => Promise<string | undefined> }): RefsSource {
  return { github: { getRef: parts.getRef } as never, git: { repository: () => Promise.resolve({ remoteHead: parts.remoteHead }) } as never, webUrl: 'https://github.example' };
}

test('git tells where GitHub does not answer', async () => {
  expect(await resolveRefs(source({ getRef: () => away('PROW_GITHUB', true), remoteHead: () => Promise.resolve('a'.repeat(40)) }), request)).toMatchObject({ base_sha: 'a'.repeat(40) });
});

test.each([
  ['neither', source({ getRef: () => away('PROW_GITHUB', true), remoteHead: () => away('PROW_GIT_FAILED', false) })],
  ['GitHub refuses', source({ getRef: () => away('PROW_GITHUB', false) })],
])('%s: 502 that names the repository, not an error of ours', async (_what, from) => {
  await expect(resolveRefs(from, request)).rejects.toMatchObject({ code: 'PROW_MANUAL_TRIGGER_GITHUB', httpStatus: 502, message: expect.stringContaining('GitHub does not tell of o/r') });
});
