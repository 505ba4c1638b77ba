// What the renderers of a folder share: whom they ask, and where things are.
import type { View } from '../state/database.ts';
import type { PullRecord } from '../state/queries.ts';
import type { RepositoryRecord } from '../state/records.ts';

export type Json = Record<string, unknown>;

/** What is known of a pull request's fitness to be merged; undefined while nobody has looked. */
export interface Mergeability {
  mergeable: boolean;
  rebaseable: boolean;
}

export interface PullNumbers {
  commits: number;
  additions: number;
  deletions: number;
  changedFiles: number;
}

export interface Rendering {
  view: View;
  /** Root of the pages, no slash at the end. */
  base: string;
  /** As far as it has been computed for the present base and head. */
  mergeabilityOf(issue: PullRecord): Mergeability | undefined;
  numbersOf(issue: PullRecord): PullNumbers | undefined;
}

export const apiPath = '/api/v3';

export function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}

/** An opaque name, from which `kind` and id can be read again. */
export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64url');
}

export function readNodeId(text: string): { kind: string; id: string } | undefined {
  const decoded = Buffer.from(text, 'base64url').toString('utf8');
  const match = /^([A-Za-z]+):([\w./-]+)$/.exec(decoded);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { kind: match[1], id: match[2] };
}

export function repositoryApi({ base }: Rendering, repository: RepositoryRecord): string {
  return `${base}${apiPath}/repos/${repository.owner}/${repository.name}`;
}

export function repositoryPage({ base }: Rendering, repository: RepositoryRecord): string {
  return `${base}/${repository.owner}/${repository.name}`;
}
