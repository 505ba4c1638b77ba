// Tide's own status on every open pull request of the repositories it looks at. upstream: pkg/tide/status.go
import type { GitHubClient, StatusState } from '@prow/clients-github';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { contextPolicyFor, prStatusBaseUrlFor, queryIsForRepo, tideTargetUrlFor, type ProwConfig } from '@prow/model-config';
import type { Presubmit } from '@prow/model-prowjob';
import { tideContext } from './context-policy.ts';
import { searchPulls } from './search-pulls.ts';
import { statusText, whyNoQueryFits } from './status-text.ts';
import type { Blocker, TidePull } from './types.ts';

export interface StatusParts {
  github: GitHubClient;
  log: Logger;
  presubmitsOf: (pull: TidePull) => Promise<readonly Presubmit[]>;
}

/** What the last round found. */
export interface RoundFindings {
  pooled: ReadonlySet<string>;
  reasons: ReadonlyMap<string, string>;
  blockersOf: (pull: TidePull) => readonly Blocker[];
}

export function pullKey({ org, repo, number, headSha }: TidePull): string {
  return `${org}/${repo}#${number}@${headSha}`;
}

interface WantedStatus {
  state: StatusState;
  description: string;
}

function wantedStatus(config: ProwConfig, pull: TidePull, presubmits: readonly Presubmit[], { pooled, reasons, blockersOf }: RoundFindings): WantedStatus {
  const queries = (config.tide.queries ?? []).filter((query) => queryIsForRepo(query, pull.org, pull.repo));
  const { policy = {}, error } = contextPolicyFor(config, pull.org, pull.repo, pull.base, presubmits);
  if (error !== undefined) return { state: 'error', description: statusText(`Not mergeable. ${error}`) };
  const lack = whyNoQueryFits(pull, queries, policy);
  const blockers = blockersOf(pull);
  if (lack === '' && blockers.length > 0) return { state: 'error', description: statusText(`Not mergeable. Merging is blocked by issue${blockers.length > 1 ? 's' : ''} ${blockers.map(({ number }) => number).join(', ')}.`) };
  const reason = reasons.get(pullKey(pull));
  if (pooled.has(pullKey(pull)) && reason === undefined) return { state: 'success', description: 'In merge pool.' };
  if (pull.mergeable === 'conflicting') return { state: 'error', description: 'Not mergeable. PR has a merge conflict.' };
  return { state: 'pending', description: statusText(`Not mergeable. ${lack !== '' ? lack : (reason ?? '')}`.trim()) };
}

function targetUrl(config: ProwConfig, pull: TidePull): string {
  const fixed = tideTargetUrlFor(config, pull.org, pull.repo);
  if (fixed !== undefined && fixed !== '') return fixed;
  const base = prStatusBaseUrlFor(config, pull.org, pull.repo);
  if (base === undefined || base === '') return '';
  return `${base}?query=${encodeURIComponent(`is:pr repo:${pull.org}/${pull.repo} author:${pull.author} head:${pull.headRef}`)}`;
}

/** Searches all that may have a status; sets those that differ. Trouble with one does not keep the others. */
export async function setStatuses({ github, log, presubmitsOf }: StatusParts, config: ProwConfig, findings: RoundFindings, signal: AbortSignal): Promise<number> {
  const scopes = new Map<string, Set<string>>();
  const add = (org: string, scope: string): void => void scopes.set(org, (scopes.get(org) ?? new Set()).add(scope));
  for (const query of config.tide.queries ?? []) {
    for (const org of query.orgs ?? []) add(org, `org:"${org}"`);
    for (const repo of query.repos ?? []) add(repo.split('/')[0] ?? '', `repo:"${repo}"`);
  }
  let changed = 0;
  for (const [org, places] of scopes) {
    const pulls = await searchPulls(github, { query: `is:pr state:open archived:false ${[...places].join(' ')}`, org });
    for (const pull of pulls) {
      signal.throwIfAborted();
      if (!(config.tide.queries ?? []).some((query) => queryIsForRepo(query, pull.org, pull.repo))) continue;
      try {
        const wanted = wantedStatus(config, pull, await presubmitsOf(pull), findings);
        const present = pull.contexts?.find(({ context }) => context === tideContext);
        const isSame = present !== undefined && present.description === wanted.description && (present.state === wanted.state || (present.state === 'failure' && wanted.state === 'error'));
        if (isSame) continue;
        await github.createStatus({ org: pull.org, repo: pull.repo, sha: pull.headSha, context: tideContext, ...wanted, targetUrl: targetUrl(config, pull) });
        changed += 1;
      } catch (error) {
        log.warn('status not set', { org: pull.org, repo: pull.repo, pull: pull.number, error: messageOf(error) });
      }
    }
  }
  return changed;
}
