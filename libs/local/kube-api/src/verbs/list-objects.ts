// LIST: the present state, or a page of the state as of an earlier revision.
// upstream: apiserver/pkg/storage/etcd3/store.go (GetList), continue.go
import type { Core } from '../core.ts';
import { badRequest, expired, invalidOptions, timeout } from '../status-error.ts';
import { forbiddenField, unsupportedValue } from '../schema/field-error.ts';
import type { StoredVersion } from '../storage/change.ts';
import type { Selection } from './selection.ts';

export interface ListResult {
  revision: number;
  /** Which versions; their bodies are read when they are written, so that a long list is never in memory as a whole. */
  items: { key: string; revision: number }[];
  /** Set when more items follow. */
  continueToken?: string;
  /** Known only for lists without selectors. */
  remainingItemCount?: number;
}

interface ContinueToken {
  v: 'meta.k8s.io/v1';
  rv: number;
  start: string;
}

export function listObjects(core: Core, selection: Selection, query: URLSearchParams): ListResult {
  // As upstream, which takes a negative limit for none.
  const limit = isNegative(query.get('limit')) ? 0 : (wholeNumber(query.get('limit'), 'limit') ?? 0);
  const token = query.get('continue');
  const match = query.get('resourceVersionMatch') ?? '';
  const wanted = parseResourceVersion(query.get('resourceVersion'));
  if (token !== null && token !== '') {
    if (match !== '') throw invalidOptions('ListOptions', forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
    if (wanted !== undefined && wanted !== 0) throw badRequest('specifying resource version is not allowed when using continue');
    const { rv, start } = parseToken(token);
    return page(core, selection, { revision: rv, after: start, limit });
  }
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') throw invalidOptions('ListOptions', unsupportedValue('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
  if (query.has('sendInitialEvents')) throw invalidOptions('ListOptions', forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  // Less than nothing is none, as for limits.
  if (!isNegative(query.get('timeoutSeconds'))) wholeNumber(query.get('timeoutSeconds'), 'timeoutSeconds');
  if (match !== '' && wanted === undefined) throw invalidOptions('ListOptions', forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (match === 'Exact' && wanted === 0) throw invalidOptions('ListOptions', forbiddenField('resourceVersionMatch', 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"'));
  const { store } = core;
  if (wanted !== undefined && wanted > store.revision) throw tooLargeResourceVersion(wanted, store.revision);
  const isExact = match === 'Exact' || (match === '' && limit > 0 && wanted !== undefined && wanted !== 0);
  return page(core, selection, { revision: isExact && wanted !== undefined ? wanted : store.revision, after: '', limit });
}

export function tooLargeResourceVersion(wanted: number, present: number): Error {
  const error = timeout(`Timeout: Too large resource version: ${wanted}, current: ${present}`);
  error.shape.details = { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 };
  return error;
}

function page(core: Core, selection: Selection, { revision, after, limit }: { revision: number; after: string; limit: number }): ListResult {
  const { store } = core;
  if (revision < store.droppedRevision(selection.resource.storage)) {
    throw expired(
      after === ''
        ? `The resourceVersion for the provided list is too old.`
        : 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    );
  }
  const source = revision === store.revision ? presentState(core, selection, after) : pastState(core, selection, { revision, after });
  const items: ListResult['items'] = [];
  let next = source.next();
  while (!next.done && (limit === 0 || items.length < limit)) {
    items.push(next.value);
    next = source.next();
  }
  const last = items.at(-1);
  if (next.done || last === undefined) return { revision, items };
  const result: ListResult = { revision, items, continueToken: formatToken({ v: 'meta.k8s.io/v1', rv: revision, start: last.key }) };
  if (selection.selectsAll && revision === store.revision) {
    const collection = store.collection(selection.resource.storage);
    const { end } = collection.range(selection.keyPrefix);
    result.remainingItemCount = end - collection.firstAtLeast(`${last.key}\0`);
  }
  return result;
}

type Item = ListResult['items'][number];

function* presentState({ store }: Core, selection: Selection, after: string): Generator<Item> {
  const collection = store.collection(selection.resource.storage);
  const single = selection.singleName;
  if (single !== undefined && (selection.namespace !== '' || !selection.resource.namespaced)) {
    const key = `${selection.keyPrefix}${single}`;
    const entry = collection.get(key);
    if (entry !== undefined && key > after && selection.matchesEntry(entry)) yield { key, revision: entry.revision };
    return;
  }
  const { start, end } = collection.range(selection.keyPrefix);
  const keys = collection.keys();
  for (let index = after === '' ? start : Math.max(start, collection.firstAtLeast(`${after}\0`)); index < end; index += 1) {
    const key = keys[index] as string;
    const entry = collection.get(key);
    if (entry !== undefined && selection.matchesEntry(entry)) yield { key, revision: entry.revision };
  }
}

/** What changed since is undone: every changed key has, at its first change after `revision`, the version before. */
function* pastState({ store }: Core, selection: Selection, { revision, after }: { revision: number; after: string }): Generator<Item> {
  const before = new Map<string, number>();
  for (const change of store.changes(selection.resource.storage).after(revision)) {
    if (!before.has(change.key)) before.set(change.key, change.previousRevision);
  }
  const collection = store.collection(selection.resource.storage);
  const { start, end } = collection.range(selection.keyPrefix);
  const gone = [...before.keys()].filter((key) => key.startsWith(selection.keyPrefix) && collection.get(key) === undefined);
  const keys = gone.length === 0 ? collection.keys().slice(start, end) : [...collection.keys().slice(start, end), ...gone].sort();
  for (const key of keys) {
    if (key <= after) continue;
    const then = before.get(key) ?? collection.get(key)?.revision ?? 0;
    if (then === 0) continue;
    if (selection.selectsAll || selection.matchesVersion(key, store.version(then))) yield { key, revision: then };
  }
}

/** The body of a listed version. Throws 410 when it was compacted meanwhile. */
export function listedVersion({ store }: Core, { revision }: Item): StoredVersion {
  const version = store.version(revision);
  if (version === undefined) throw expired('the version of an object was compacted while it was listed');
  return version;
}

/** Undefined for none; throws 400 for what is no number. */
export function parseResourceVersion(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`Invalid value: ${JSON.stringify(text.slice(0, 50))}: resourceVersion must be a whole number`);
  return Number(text);
}

function isNegative(text: string | null): boolean {
  return /^-\d{1,15}$/.test(text ?? '');
}

export function wholeNumber(text: string | null, name: string): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} must be a whole number from 0 on, found ${JSON.stringify(text.slice(0, 50))}`);
  return Number(text);
}

function formatToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function parseToken(text: string): ContinueToken {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as ContinueToken;
    if (token.v === 'meta.k8s.io/v1' && Number.isSafeInteger(token.rv) && typeof token.start === 'string' && !token.start.startsWith('/') && !token.start.split('/').includes('..')) return token;
  } catch {
    // falls through to the one answer for all broken tokens
  }
  throw badRequest('continue key is not valid: it must be a token that a list of this server returned');
}
