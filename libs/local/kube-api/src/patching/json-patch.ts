// RFC 6902 with the bounds a server needs. Failures answer as upstream does.
import { applyPatch, type Operation } from 'rfc6902';
import { isJsonObject } from '../api-object.ts';
import { badRequest, unprocessablePatch } from '../status-error.ts';
import { cloneJson } from '../json-values.ts';

/** upstream: apiserver's maxJSONPatchOperations. */
const maxOperations = 10_000;
const maxCopiedBytes = 3 * 1024 * 1024;
/** As upstream: without a value it is null. */
const takesValue = new Set(['add', 'replace', 'test']);
const operations = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** Applies the patch to a copy; throws 422 when an operation does not apply, 400 when it is none. */
export function jsonPatch(target: object, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch must be an array of operations');
  if (patch.length > maxOperations) {
    throw badRequest(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`);
  }
  patch.forEach(checkOperation);
  const patched = cloneJson(target);
  for (const operation of patch as { op: string; value?: unknown }[]) if (takesValue.has(operation.op)) operation.value ??= null;
  let copiedBytes = 0;
  for (const operation of patch as Operation[]) {
    if (operation.op === 'copy') {
      copiedBytes += JSON.stringify(patched).length;
      if (copiedBytes > maxCopiedBytes * 10) throw badRequest('the copy operations of the JSON patch add up to too much');
    }
    const [failure] = applyPatch(patched, [asUpstream(patched, operation)]);
    if (failure !== null && failure !== undefined) throw unprocessablePatch();
  }
  return patched;
}

/**
 * What upstream's library makes of what the RFC refuses: a field that a `replace` does not find is set as long as what
 * holds it is there, one that a `copy` or `test` does not find is null, and negative indexes count from the end.
 */
function asUpstream(target: unknown, given: Operation): Operation {
  if (given.path === '') return given;
  const { holder, last } = holderOf(target, given.path);
  const isMissing = isJsonObject(holder) && !Object.hasOwn(holder, last);
  const path = Array.isArray(holder) && /^-[1-9]\d{0,5}$/.test(last) ? `${given.path.slice(0, given.path.lastIndexOf('/'))}/${holder.length + Number(last)}` : given.path;
  const operation = { ...given, path };
  if (operation.op === 'replace' && isMissing) return { op: 'add', path, value: operation.value };
  if (operation.op === 'test' && isMissing && operation.value === null) return { op: 'test', path: '', value: target };
  if (operation.op !== 'copy') return operation;
  const source = holderOf(target, operation.from);
  return isJsonObject(source.holder) && !Object.hasOwn(source.holder, source.last) ? { op: 'add', path, value: null } : operation;
}

function holderOf(target: unknown, path: string): { holder: unknown; last: string } {
  const steps = path.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop() ?? '';
  let holder = target;
  for (const step of steps) {
    if (Array.isArray(holder)) holder = holder[Number(step)] as unknown;
    else holder = isJsonObject(holder) && Object.hasOwn(holder, step) ? holder[step] : undefined;
  }
  return { holder, last };
}

function checkOperation(operation: unknown): void {
  if (!isJsonObject(operation) || !operations.has(String(operation['op'])) || typeof operation['path'] !== 'string') {
    throw unprocessablePatch();
  }
  for (const pointer of [operation['path'], operation['from']]) {
    if (typeof pointer !== 'string') continue;
    if (pointer !== '' && !pointer.startsWith('/')) throw badRequest(`a JSON pointer begins with "/", found ${JSON.stringify(pointer.slice(0, 100))}`);
    if (pointer.split('/').some((part) => part === '__proto__' || part === 'constructor' || part === 'prototype')) throw unprocessablePatch();
  }
  if ((operation['op'] === 'move' || operation['op'] === 'copy') && typeof operation['from'] !== 'string') throw badRequest(`the JSON patch operation ${String(operation['op'])} needs from`);
}
