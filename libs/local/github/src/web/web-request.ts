import type { ServerResponse } from 'node:http';
import { ApiError, notFound } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { atLeast, findRepository, permissionOf } from '../state/queries.ts';
import type { AccountRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { html, type Html, type HtmlValue } from './html.ts';
import { repositoryHead } from './layout.ts';

/** What a page or a form leads to. */
export type WebReply =
  | { kind: 'page'; title: string; body: Html; status?: number }
  | { kind: 'redirect'; to: string }
  | { kind: 'bytes'; contentType: string; body: Buffer | string };

export interface WebRequest {
  forge: Forge;
  account: AccountRecord | undefined;
  path: string;
  query: URLSearchParams;
  response: ServerResponse;
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError(404, 'Not Found');
  }
}

/** The repository of an address, if the asker may see it. */
export function repositoryFor({ forge, account }: WebRequest, ownerName: string, name: string): RepositoryRecord {
  const repository = findRepository(forge.database, ownerName, name);
  if (repository === undefined || !atLeast(permissionOf(forge.database, repository, account?.login), 'read')) throw notFound();
  return repository;
}

/** A page of a repository: its head, its tabs, and what is below. */
export function framed({ forge }: WebRequest, repository: RepositoryRecord, current: 'code' | 'pulls' | 'issues' | 'commits', body: HtmlValue): Html {
  const open = forge.database.list(tables.issues, String(repository.id)).filter((issue) => issue.state === 'open');
  const pulls = open.filter((issue) => issue.pull !== null).length;
  return html`${repositoryHead(repository, current, { pulls, issues: open.length - pulls })}${body}`;
}

export function branchNames(repository: RepositoryRecord): string[] {
  return Object.keys(repository.refs).filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice('refs/heads/'.length)).toSorted();
}
