// The change all dumped jobs run for: made up, and always the same, so that dumps can be compared.
import type { Refs } from '@prow/model-prowjob';

export const prowJobName = '11111111-2222-3333-4444-555555555555';
export const buildId = '1700000000000000000';
export const startedAt = '2026-01-02T03:04:05Z';
const baseSha = `ba5e${'0'.repeat(36)}`;
const headSha = `4ead${'0'.repeat(36)}`;

export function presubmitRefs(orgRepo: string): Refs {
  const link = `https://github.com/${orgRepo}`;
  return {
    ...splitRepo(orgRepo),
    repo_link: link,
    base_ref: 'master',
    base_sha: baseSha,
    base_link: `${link}/commit/${baseSha}`,
    pulls: [{
      number: 42,
      author: 'octocat',
      sha: headSha,
      title: 'a change',
      head_ref: 'topic',
      link: `${link}/pull/42`,
      commit_link: `${link}/pull/42/commits/${headSha}`,
      author_link: 'https://github.com/octocat',
    }],
  };
}

export function postsubmitRefs(orgRepo: string): Refs {
  const link = `https://github.com/${orgRepo}`;
  return { ...splitRepo(orgRepo), repo_link: link, base_ref: 'master', base_sha: baseSha, base_link: `${link}/compare/0000...ba5e` };
}

/** `org/repo` at its first slash; a name without one is an org. */
export function splitRepo(orgRepo: string): { org: string; repo: string } {
  const slash = orgRepo.indexOf('/');
  return slash === -1 ? { org: orgRepo, repo: '' } : { org: orgRepo.slice(0, slash), repo: orgRepo.slice(slash + 1) };
}
