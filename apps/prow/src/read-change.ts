// What of a change the flags do not say, asked of GitHub.
import { readFileSync } from 'node:fs';
import { ProwError } from '@prow/base-errors';
import type { ChangeSettings } from './make-prowjob.ts';

export interface Change {
  readonly baseRef: string;
  readonly baseSha?: string;
  readonly headSha?: string;
  readonly headRef?: string;
  readonly author?: string;
  readonly title?: string;
}

interface PullAnswer {
  readonly title: string;
  readonly user: { readonly login: string };
  readonly base: { readonly ref: string };
  readonly head: { readonly ref: string; readonly sha: string };
}

export async function readChange({ org, repo, number, settings }: { org: string; repo: string; number: number | undefined; settings: ChangeSettings }): Promise<Change> {
  const ask = <T>(path: string): Promise<T> => askGitHub<T>(`/repos/${encodeURIComponent(org)}/${encodeURIComponent(repo)}${path}`, settings);
  const pullIsKnown = number === undefined || (settings.pullSha !== undefined && settings.pullAuthor !== undefined && settings.baseRef !== undefined);
  const pull = pullIsKnown ? undefined : await ask<PullAnswer>(`/pulls/${number}`);
  const baseRef = settings.baseRef ?? pull?.base.ref ?? (await ask<{ default_branch: string }>('')).default_branch;
  const baseSha = settings.baseSha ?? (await ask<{ object: { sha: string } }>(`/git/ref/heads/${baseRef.split('/').map(encodeURIComponent).join('/')}`)).object.sha;
  const headSha = settings.pullSha ?? pull?.head.sha;
  const author = settings.pullAuthor ?? pull?.user.login;
  return {
    baseRef,
    baseSha,
    ...(headSha === undefined ? {} : { headSha }),
    ...(author === undefined ? {} : { author }),
    ...(pull === undefined ? {} : { title: pull.title, headRef: pull.head.ref }),
  };
}

async function askGitHub<T>(path: string, settings: ChangeSettings): Promise<T> {
  const url = `${settings.githubEndpoint.replace(/\/+$/, '')}${path}`;
  const token = settings.githubTokenPath === undefined || settings.githubTokenPath === '' ? undefined : readFileSync(settings.githubTokenPath, 'utf8').trim();
  const answer = await fetch(url, {
    headers: { accept: 'application/vnd.github+json', 'user-agent': 'prow', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    throw new ProwError('PROW_CLI_GITHUB', `GitHub could not be asked: GET ${url} failed; give --base-sha, --base-ref, --pull-sha and --pull-author to do without`, { cause: error });
  });
  if (!answer.ok) throw new ProwError('PROW_CLI_GITHUB', `GitHub answered ${answer.status} to GET ${url}`);
  return await answer.json() as T;
}
