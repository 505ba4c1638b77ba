// RFC 6902 with the bounds a server needs. Failures answer as upstream does.
import { applyPatch, type Operation } from 'rfc6902';
import { isJsonObject } from '../api-object.ts';
import { badRequest, unprocessablePatch } from '../status-error.ts';
import { cloneJson } from '../json-values.ts';

/** upstream: apiserver's maxJSONPatchOperations. */
const maxOperations = 10_000;
const maxCopiedBytes = 3 * 1024 * 1024;
const operations = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** Applies the patch to a copy; throws 422 when an operation does not apply, 400 when it is none. */
export function jsonPatch(target: object, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch must be an array of operations');
  if (patch.length > maxOperations) {
    throw badRequest(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`);
  }
  patch.forEach(checkOperation);
  const patched = cloneJson(target);
  let copiedBytes = 0;
  for (const operation of patch as Operation[]) {
    if (operation.op === 'copy') {
      copiedBytes += JSON.stringify(patched).length;
      if (copiedBytes > maxCopiedBytes * 10) throw badRequest('the copy operations of the JSON patch add up to too much');
    }
    const [failure] = applyPatch(patched, [operation]);
    if (failure !== null && failure !== undefined) throw unprocessablePatch();
  }
  return patched;
}

function checkOperation(operation: unknown): void {
  if (!isJsonObject(operation) || !operations.has(String(operation['op'])) || typeof operation['path'] !== 'string') {
    throw badRequest(`a JSON patch operation needs op (one of ${[...operations].join(', ')}) and path, found ${JSON.stringify(operation)?.slice(0, 200)}`);
  }
  for (const pointer of [operation['path'], operation['from']]) {
    if (typeof pointer !== 'string') continue;
    if (pointer !== '' && !pointer.startsWith('/')) throw badRequest(`a JSON pointer begins with "/", found ${JSON.stringify(pointer.slice(0, 100))}`);
    if (pointer.split('/').some((part) => part === '__proto__' || part === 'constructor' || part === 'prototype')) throw unprocessablePatch();
  }
  if ((operation['op'] === 'move' || operation['op'] === 'copy') && typeof operation['from'] !== 'string') throw badRequest(`the JSON patch operation ${String(operation['op'])} needs from`);
}
