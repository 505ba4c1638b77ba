// Merges, one after the other. upstream: pkg/tide/tide.go, mergePRs, tryMerge
import type { Logger } from '@prow/base-log';
import { backoffMs, type Clock } from '@prow/base-time';
import { messageOf } from '@prow/base-errors';
import { parseTemplate } from '@prow/base-template';
import { MergeRefusedError, type PullRequests, type Statuses } from '@prow/clients-github';
import type { Exclusions } from './exclusions.ts';
import { tideContext } from './context-policy.ts';
import type { JudgedPull, TidePull } from './types.ts';

const attempts = 3;
const betweenMergesMs = 5000;

export interface MergeParts {
  github: PullRequests & Statuses;
  clock: Clock;
  log: Logger;
  exclusions: Exclusions;
  /** `tide.merge_commit_template` for the repository. */
  template: { title?: string; body?: string } | undefined;
}

export interface MergeResult {
  merged: TidePull[];
  /** Undefined when all went well. */
  error: string | undefined;
}

/** What a merge commit says, when configured. Fields are upstream's: Org, Repo, Number, Title, Body, Author… */
function commitText(template: MergeParts['template'], pull: TidePull): { title?: string; message?: string } {
  const data = { Org: pull.org, Repo: pull.repo, Number: pull.number, Title: pull.title, Body: pull.body, AuthorLogin: pull.author, BaseRefName: pull.base, HeadRefName: pull.headRef, HeadRefOID: pull.headSha };
  const text = (source: string | undefined): string | undefined => (source === undefined || source === '' ? undefined : parseTemplate(source).execute(data));
  const title = text(template?.title);
  const message = text(template?.body);
  return { ...(title === undefined ? {} : { title }), ...(message === undefined ? {} : { message }) };
}

export async function mergePulls({ github, clock, log, exclusions, template }: MergeParts, pulls: readonly JudgedPull[], signal: AbortSignal): Promise<MergeResult> {
  const merged: TidePull[] = [];
  for (const [index, { pull, method }] of pulls.entries()) {
    if (index > 0) await clock.sleep(betweenMergesMs, signal);
    const { org, repo, number, headSha: sha } = pull;
    try {
      // GitHub may itself require the status that says who merges.
      await github.createStatus({ org, repo, sha, context: tideContext, state: 'success', description: 'In merge pool.' });
      await mergeOnce({ github, clock }, { org, repo, number, sha, method, ...commitText(template, pull) }, signal);
      merged.push(pull);
      log.info('merged', { org, repo, pull: number, sha, method });
    } catch (error) {
      if (signal.aborted) throw error;
      const reason = messageOf(error);
      log.warn('merge refused', { org, repo, pull: number, sha, error: reason });
      if (error instanceof MergeRefusedError && error.reason !== 'head-modified') exclusions.refuse(pull, reason);
      // These concern all of the branch, not this pull request.
      const endsBatch = !(error instanceof MergeRefusedError) || error.reason === 'push-denied' || error.reason === 'method-forbidden';
      if (endsBatch || index === pulls.length - 1) return { merged, error: `#${number}: ${reason}` };
    }
  }
  return { merged, error: undefined };
}

async function mergeOnce({ github, clock }: Pick<MergeParts, 'github' | 'clock'>, request: Parameters<PullRequests['mergePullRequest']>[0], signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await github.mergePullRequest(request);
      return;
    } catch (error) {
      const isWorthWaiting = error instanceof MergeRefusedError && error.reason === 'base-modified' && attempt + 1 < attempts;
      if (!isWorthWaiting) throw error;
    }
    await clock.sleep(backoffMs(attempt, { baseMs: 4000, maxMs: 60_000 }), signal);
  }
}
