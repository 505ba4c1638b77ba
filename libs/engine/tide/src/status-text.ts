// What tide's status says on a pull request that is not in the pool. upstream: pkg/tide/status.go
import type { TideQuery } from '@prow/model-config';
import { unsuccessfulContexts, type ContextPolicy } from './context-policy.ts';
import type { TidePull } from './types.ts';

const maxLength = 140;

interface Shortfall {
  weight: number;
  text: string;
}

/** What a pull request lacks of one query: the smaller, the closer. */
function shortfallOf(pull: TidePull, query: TideQuery, policy: ContextPolicy): Shortfall {
  const parts: string[] = [];
  let weight = 0;
  const isBranchOut = (query.excludedBranches?.includes(pull.base) ?? false) || ((query.includedBranches?.length ?? 0) > 0 && query.includedBranches?.includes(pull.base) === false);
  if (isBranchOut) {
    weight += 2000;
    parts.push(`Merging to branch ${pull.base} is forbidden.`);
  }
  if (query.author !== undefined && query.author !== '' && query.author.toLowerCase() !== pull.author.toLowerCase()) {
    weight += 1000;
    parts.push(`Must be by author ${query.author}.`);
  }
  if (query.milestone !== undefined && query.milestone !== '' && query.milestone !== pull.milestone) {
    weight += 100;
    parts.push(`Must be in milestone ${query.milestone}.`);
  }
  const has = new Set(pull.labels.map((label) => label.toLowerCase()));
  const needed = (query.labels ?? []).filter((either) => !either.split(',').some((label) => has.has(label.trim().toLowerCase())));
  const unwanted = (query.missingLabels ?? []).filter((label) => has.has(label.toLowerCase()));
  weight += needed.length + unwanted.length;
  if (needed.length > 0) parts.push(`Needs ${needed.join(', ')} label${needed.length > 1 ? 's' : ''}.`);
  if (unwanted.length > 0) parts.push(`Should not have ${unwanted.join(', ')} label${unwanted.length > 1 ? 's' : ''}.`);
  const bad = unsuccessfulContexts(policy, pull.contexts ?? []);
  weight += bad.length;
  if (bad.length === 1) parts.push(`Job ${bad[0]?.context ?? ''} has not succeeded.`);
  else if (bad.length > 1) parts.push(`Jobs ${bad.map(({ context }) => context).join(', ')} have not succeeded.`);
  if (query.reviewApprovedRequired === true && !pull.isApproved) {
    weight += 50;
    parts.push('PullRequest is missing sufficient approving GitHub review(s)');
  }
  return { weight, text: parts.join(' ') };
}

/** The lack by the closest of the queries that ask for this repository. */
export function whyNoQueryFits(pull: TidePull, queries: readonly TideQuery[], policy: ContextPolicy): string {
  const closest = queries.map((query) => shortfallOf(pull, query, policy)).toSorted((a, b) => a.weight - b.weight)[0];
  return closest?.text ?? '';
}

/** As a status can hold it: at most 140 characters, the end left out. */
export function statusText(text: string): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 4)} ...`;
}
