import type { Credentials } from '../access.ts';
import { ApiError, invalid, notFound } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import type { Json, Rendering } from '../render/rendering.ts';
import { atLeast, findIssue, findRepository, isPull, permissionOf, type PullRecord } from '../state/queries.ts';
import type { AccountRecord, AppRecord, IssueRecord, PermissionName, RepositoryRecord } from '../state/records.ts';

/** What a handler answers. */
export interface Reply {
  status: number;
  /** JSON, or text or bytes when `contentType` is given; absent for 204. */
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
}

export const json = (body: unknown, status = 200): Reply => ({ status, body });
export const noContent: Reply = { status: 204 };

const maxPerPage = 100;

/** One request, with the questions that handlers ask of it. Refusals are thrown as `ApiError`. */
export class ApiRequest {
  readonly forge: Forge;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly accept: string;
  /** Full address without the query. */
  readonly url: string;
  /** The App that asks in its own name. */
  readonly app: AppRecord | undefined;
  /** The token that was presented. */
  readonly token: string | undefined;
  readonly #account: AccountRecord | undefined;

  constructor(parts: { forge: Forge; params: Record<string, string>; query: URLSearchParams; body: unknown; accept: string; url: string; credentials: Credentials }) {
    this.forge = parts.forge;
    this.params = parts.params;
    this.query = parts.query;
    this.body = new Body(parts.body);
    this.accept = parts.accept;
    this.url = parts.url;
    this.#account = parts.credentials.account;
    this.app = parts.credentials.app;
    this.token = parts.credentials.token;
  }

  get rendering(): Rendering {
    return this.forge.rendering();
  }

  param(name: string): string {
    return this.params[name] ?? '';
  }

  numberParam(name: string): number {
    const text = this.param(name);
    if (!/^\d{1,15}$/.test(text)) throw notFound();
    return Number(text);
  }

  /** Who asks, if they said. */
  get account(): AccountRecord | undefined {
    return this.#account;
  }

  /** Who asks; 401 for nobody. */
  get actor(): AccountRecord {
    if (this.#account === undefined) throw new ApiError(401, 'Requires authentication');
    return this.#account;
  }

  /** The repository of the path, if the asker may see it. */
  repository(owner = this.param('owner'), name = this.param('repo')): RepositoryRecord {
    const repository = findRepository(this.forge.database, owner, name);
    if (repository === undefined || !atLeast(permissionOf(this.forge.database, repository, this.#account?.login), 'read')) throw notFound();
    return repository;
  }

  /** The repository of the path, if the asker may do this in it. */
  repositoryFor(permission: PermissionName): RepositoryRecord {
    const repository = this.repository();
    const { actor } = this;
    if (!atLeast(permissionOf(this.forge.database, repository, actor.login), permission)) {
      throw permission === 'admin' ? notFound() : new ApiError(403, 'Resource not accessible by personal access token');
    }
    if (repository.isArchived) throw new ApiError(403, 'Repository was archived so is read-only.');
    return repository;
  }

  permission(repository: RepositoryRecord): PermissionName | 'none' {
    return permissionOf(this.forge.database, repository, this.#account?.login);
  }

  may(repository: RepositoryRecord, permission: PermissionName): boolean {
    return this.#account !== undefined && atLeast(permissionOf(this.forge.database, repository, this.#account.login), permission);
  }

  issue(repository: RepositoryRecord, param = 'issue_number'): IssueRecord {
    const issue = findIssue(this.forge.database, repository.id, this.numberParam(param));
    if (issue === undefined) throw notFound();
    return issue;
  }

  pull(repository: RepositoryRecord): PullRecord {
    const issue = this.issue(repository, 'pull_number');
    if (!isPull(issue)) throw notFound();
    return issue;
  }

  get page(): { page: number; perPage: number; from: number; to: number } {
    const read = (name: string, otherwise: number, max: number): number => {
      const value = Number(this.query.get(name) ?? otherwise);
      return Number.isInteger(value) && value >= 1 ? Math.min(value, max) : otherwise;
    };
    const perPage = read('per_page', 30, maxPerPage);
    const page = read('page', 1, 1_000_000);
    return { page, perPage, from: (page - 1) * perPage, to: page * perPage };
  }

  /** One page of a list, with links to the others. `render` is called for what is on the page only. */
  paged<T>(items: readonly T[], render: (item: T) => unknown): Reply {
    const { from, to } = this.page;
    return { ...json(items.slice(from, to).map((item) => render(item))), headers: this.links(items.length) };
  }

  async pagedAsync<T>(items: readonly T[], render: (items: readonly T[]) => Promise<unknown[]>): Promise<Reply> {
    const { from, to } = this.page;
    return { ...json(await render(items.slice(from, to))), headers: this.links(items.length) };
  }

  links(total: number): Record<string, string> {
    const { page, perPage } = this.page;
    const last = Math.max(1, Math.ceil(total / perPage));
    const to = (number: number, rel: string): string => {
      const query = new URLSearchParams(this.query);
      query.set('page', String(number));
      return `<${this.url}?${query.toString()}>; rel="${rel}"`;
    };
    const links = [
      ...(page > 1 ? [to(Math.min(page - 1, last), 'prev')] : []),
      ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
      ...(page > 1 ? [to(1, 'first')] : []),
    ];
    return links.length === 0 ? {} : { link: links.join(', ') };
  }
}

/** The fields of a JSON body, each checked when it is read: 422 in GitHub's shape for a wrong one. */
export class Body {
  readonly #fields: Json;
  readonly raw: unknown;

  constructor(raw: unknown) {
    this.raw = raw;
    this.#fields = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Json) : {};
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name) && this.#fields[name] !== undefined;
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  string(name: string): string {
    const value = this.optionalString(name);
    if (value === undefined) throw new ApiError(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
    return value;
  }

  /** Null counts as absent. */
  optionalString(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw this.#wrong(name, 'a string');
    if (value.includes('\0')) throw this.#wrong(name, 'text without NUL');
    return value;
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'a boolean');
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw this.#wrong(name, 'an integer');
    return value;
  }

  /** Strings, or objects with the string under `key`, as GitHub takes labels. */
  optionalStrings(name: string, key?: string): string[] | undefined {
    const value = this.get(name);
    if (value === undefined || value === null) return undefined;
    return stringsIn(value, key) ?? this.#throw(name);
  }

  optionalObject(name: string): Body | undefined {
    const value = this.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw this.#wrong(name, 'an object');
    return new Body(value);
  }

  optionalObjects(name: string): Body[] {
    const value = this.get(name);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value) || value.length > 1000) throw this.#wrong(name, 'a list of objects');
    return value.map((each) => new Body(each));
  }

  #wrong(name: string, expected: string): ApiError {
    return new ApiError(422, `Invalid request.\n\nFor '${name}', expected ${expected}.`);
  }

  #throw(name: string): never {
    throw this.#wrong(name, 'a list of strings');
  }
}

/** Undefined when the value is no list of strings. */
export function stringsIn(value: unknown, key?: string): string[] | undefined {
  if (!Array.isArray(value) || value.length > 1000) return undefined;
  const strings = value.map((each: unknown) => (typeof each === 'object' && each !== null && key !== undefined ? (each as Json)[key] : each));
  return strings.every((each): each is string => typeof each === 'string' && !each.includes('\0')) ? strings : undefined;
}

export function oneOf<const T extends string>(resource: string, field: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw invalid(resource, field, `${field} must be one of ${allowed.join(', ')}`, 'invalid');
  return found;
}
