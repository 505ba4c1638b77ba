// Deletion: at once, after a grace period, or once finalizers are done. upstream: apiserver/pkg/registry/rest/delete.go
import { formatTime } from '@prow/model-kube-types';
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import { objectKey, type Core } from '../core.ts';
import { phaseOf } from '../kinds/namespaces-and-nodes.ts';
import { invalidValue, unsupportedValue } from '../schema/field-error.ts';
import { badRequest, conflict, forbidden, invalidOptions } from '../status-error.ts';
import { isTrue } from '../http/request-info.ts';
import { presentObject, removeObject, typeOf, type Present, type Target } from './write-object.ts';

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

const foreground = 'foregroundDeletion';
const orphan = 'orphan';
/** upstream: plugin/pkg/admission/namespace/lifecycle */
const immortalNamespaces = new Set(['default', 'kube-system', 'kube-public']);
const definitionStorage = 'customresourcedefinitions.apiextensions.k8s.io';
const definitionCleanup = 'customresourcecleanup.apiextensions.k8s.io';

/** From the body (may be empty) and the query, which wins where it says something. Throws 400 for a body that is about something else. */
export function parseDeleteOptions(body: JsonObject | undefined, query: URLSearchParams): DeleteOptions {
  if (body?.['kind'] !== undefined && body['kind'] !== 'DeleteOptions') throw badRequest(`no kind ${JSON.stringify(body['kind'])} is registered for version ${JSON.stringify(body['apiVersion'] ?? '')}: the body of a deletion is DeleteOptions`);
  const dryRun = query.has('dryRun') ? query.getAll('dryRun') : (body?.['dryRun'] ?? []);
  if (!Array.isArray(dryRun) || dryRun.some((one) => one !== 'All')) throw invalidOptions('DeleteOptions', unsupportedValue('dryRun', dryRun, ['All']));
  const options: DeleteOptions = { dryRun: dryRun.length > 0 };
  const grace = query.get('gracePeriodSeconds') ?? body?.['gracePeriodSeconds'];
  if (grace !== undefined && grace !== null) {
    const seconds = Number(grace);
    if (!Number.isInteger(seconds)) throw badRequest(`gracePeriodSeconds must be a whole number of seconds, found ${JSON.stringify(grace)}`);
    // As upstream: less than nothing is the least there is.
    options.gracePeriodSeconds = seconds < 0 ? 1 : seconds;
  }
  const policy = query.get('propagationPolicy') ?? body?.['propagationPolicy'];
  if (policy !== undefined && policy !== null) {
    if (policy !== 'Orphan' && policy !== 'Background' && policy !== 'Foreground') {
      throw invalidOptions('DeleteOptions', unsupportedValue('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']));
    }
    if (typeof body?.['orphanDependents'] === 'boolean' || query.has('orphanDependents')) throw invalidOptions('DeleteOptions', invalidValue('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'));
    options.propagationPolicy = policy;
  } else if (isTrue(query.get('orphanDependents')) || body?.['orphanDependents'] === true) options.propagationPolicy = 'Orphan';
  if (isJsonObject(body?.['preconditions'])) options.preconditions = body['preconditions'] as { uid?: string; resourceVersion?: string };
  return options;
}

/** `isGone` false: the object is marked and goes later. */
export async function deleteObject(core: Core, target: Target, options: DeleteOptions): Promise<{ object: ApiObject; isGone: boolean }> {
  const present = presentObject(core, target);
  if (target.resource.storage === 'namespaces' && immortalNamespaces.has(target.name)) throw forbidden(target.resource, target.name, 'this namespace may not be deleted');
  checkPreconditions(target, present, options);
  const { object } = present;
  const { metadata } = object;
  const finalizers = finalizersFor(object, target, options);
  const graceSeconds = graceFor(object, target, options);
  const isNamespace = target.resource.storage === 'namespaces';
  const hasNamespaceFinalizers = isNamespace && isJsonObject(object['spec']) && Array.isArray(object['spec']['finalizers']) && object['spec']['finalizers'].length > 0;
  if (finalizers.length === 0 && graceSeconds === 0 && !hasNamespaceFinalizers) {
    if (target.resource.storage === 'pods') markPodDeleted(object, core.clock.now());
    if (options.dryRun) return { object, isGone: true };
    return { object: await removeObject(core, target, present), isGone: true };
  }
  const alreadyGraceSeconds = metadata.deletionGracePeriodSeconds as number | undefined;
  const isDeleting = metadata.deletionTimestamp !== undefined;
  if (isDeleting && (alreadyGraceSeconds ?? 0) <= graceSeconds && sameFinalizers(finalizers, metadata.finalizers)) return { object, isGone: false };
  metadata.deletionTimestamp = isDeleting && graceSeconds === (alreadyGraceSeconds ?? 0) ? metadata.deletionTimestamp : formatTime(core.clock.now() + graceSeconds * 1000);
  const isDefinition = target.resource.storage === definitionStorage;
  if (!isNamespace && !isDefinition) {
    metadata.deletionGracePeriodSeconds = graceSeconds;
    if (!isDeleting && typeof metadata['generation'] === 'number') metadata['generation'] += 1;
  }
  if (isDefinition && !isDeleting) object['status'] = terminatingStatus(object, core.clock.now());
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  if (isNamespace) object['status'] = { ...(isJsonObject(object['status']) ? object['status'] : {}), phase: 'Terminating' };
  if (options.dryRun) return { object, isGone: false };
  const staged = core.store.stage({
    resource: target.resource.storage,
    key: objectKey(target.namespace, target.name),
    type: 'MODIFIED',
    object,
    expectedRevision: present.revision,
  });
  await staged.committed;
  return { object: staged.object, isGone: false };
}

/** The last state that watchers see says that it is one. */
function markPodDeleted({ metadata }: ApiObject, nowMs: number): void {
  if (metadata.deletionTimestamp === undefined && typeof metadata['generation'] === 'number') metadata['generation'] += 1;
  metadata.deletionTimestamp ??= formatTime(nowMs);
  metadata.deletionGracePeriodSeconds = 0;
}

function terminatingStatus(object: ApiObject, nowMs: number): JsonObject {
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? (status['conditions'] as unknown[]) : [];
  const terminating = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: formatTime(nowMs),
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  return { ...status, conditions: [...conditions, terminating] };
}

function checkPreconditions({ resource, name }: Target, { object }: Present, { preconditions }: DeleteOptions): void {
  if (preconditions === undefined) return;
  const { uid, resourceVersion } = preconditions;
  // As upstream, which names the kind here.
  const asKind = { group: resource.group, plural: resource.kind };
  if (uid !== undefined && uid !== object.metadata.uid) {
    throw conflict(asKind, name, `the UID in the precondition (${uid}) does not match the UID in record (${object.metadata.uid}). The object might have been deleted and then recreated`);
  }
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
    throw conflict(asKind, name, `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${object.metadata.resourceVersion}). The object might have been modified`);
  }
}

function finalizersFor({ metadata }: ApiObject, { resource }: Target, { propagationPolicy }: DeleteOptions): string[] {
  const kept = (metadata.finalizers ?? []).filter((one) => propagationPolicy === undefined || (one !== foreground && one !== orphan));
  if (propagationPolicy === 'Foreground') kept.push(foreground);
  if (propagationPolicy === 'Orphan') kept.push(orphan);
  if (resource.storage === definitionStorage && !kept.includes(definitionCleanup) && metadata.deletionTimestamp === undefined) {
    kept.push(definitionCleanup);
  }
  return kept;
}

/** Only pods have a grace period: as long as somebody runs them. */
function graceFor(object: ApiObject, { resource }: Target, { gracePeriodSeconds }: DeleteOptions): number {
  if (resource.storage !== 'pods') return 0;
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const phase = phaseOf(object);
  if (!spec['nodeName'] || phase === 'Succeeded' || phase === 'Failed') return 0;
  const wanted = gracePeriodSeconds ?? Number(spec['terminationGracePeriodSeconds'] ?? 30);
  const running = object.metadata.deletionGracePeriodSeconds as number | undefined;
  return running === undefined ? wanted : Math.min(running, wanted);
}

function sameFinalizers(left: readonly string[], right: readonly string[] | undefined): boolean {
  return left.join('\n') === (right ?? []).join('\n');
}

/** Takes one finalizer off; the object goes when it was the last. Returns false when it was not there. */
export async function dropFinalizer(core: Core, target: Target, finalizer: string): Promise<boolean> {
  const present = core.store.latest(target.resource.storage, objectKey(target.namespace, target.name), typeOf(target.resource));
  if (present === undefined || !(present.object.metadata.finalizers ?? []).includes(finalizer)) return false;
  const { object } = present;
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  if (finalizers.length === 0) delete object.metadata.finalizers;
  else object.metadata.finalizers = finalizers;
  if (finalizers.length === 0 && object.metadata.deletionTimestamp !== undefined) await removeObject(core, target, present);
  else {
    const key = objectKey(target.namespace, target.name);
    await core.store.stage({ resource: target.resource.storage, key, type: 'MODIFIED', object, expectedRevision: present.revision }).committed;
  }
  return true;
}

/** The answer to a deletion that is done. */
export function deletedStatus({ resource, name }: Target, object: ApiObject): JsonObject {
  const details = { name, ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural, uid: object.metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

const returnsObject = new Set(['pods', 'persistentvolumes', 'persistentvolumeclaims', 'podtemplates', 'resourcequotas', 'serviceaccounts', 'services']);

export function answersWithObject(target: Target): boolean {
  return returnsObject.has(target.resource.storage);
}

