// ownerReferences: dependents of an owner that is gone go too, owners being deleted in the foreground wait for those
// that block them, and orphaned dependents lose the reference. upstream: pkg/controller/garbagecollector
import type { OwnerReference } from '@prow/model-kube-types';
import { metadataBytes, metadataOf } from '../api-object.ts';
import { objectKey, type Core } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import { StatusError } from '../status-error.ts';
import type { Change } from '../storage/change.ts';
import { deleteObject, dropFinalizer } from '../verbs/delete-object.ts';
import { presentObject, updateObject, type Target } from '../verbs/write-object.ts';
import { internalOptions } from './internal-options.ts';
import { cloneJson } from '../json-values.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';
const deletionMark = Buffer.from('"deletionTimestamp":');

/** Work keys: `owned\tSTORAGE\tKEY` (has this dependent an owner?) and `owner\tSTORAGE\tKEY` (is this owner's deletion done?). */
export class GarbageCollector {
  private readonly core: Core;
  private readonly add: (key: string) => void;
  /** uid of owner → `STORAGE\tKEY` of dependents. */
  private readonly dependents = new Map<string, Set<string>>();
  private readonly ownersOf = new Map<string, string[]>();
  /** uid of an owner whose deletion waits for dependents → `STORAGE\tKEY` of the owner. */
  private readonly waiting = new Map<string, string>();

  constructor(core: Core, add: (key: string) => void) {
    this.core = core;
    this.add = add;
  }

  load(): void {
    for (const storage of this.core.store.resources()) {
      for (const entry of this.core.store.collection(storage).values()) {
        if (entry.isOwned) this.index(storage, entry.key);
      }
    }
  }

  observe(change: Change): void {
    const { resource: storage, key } = change;
    const id = `${storage}\t${key}`;
    if (change.type === 'DELETED') {
      this.forget(id);
      const version = this.core.store.version(change.revision);
      const uid = version === undefined ? undefined : metadataOf(version).uid;
      if (uid !== undefined) for (const dependent of this.dependents.get(uid) ?? []) this.add(`owned\t${dependent}`);
      return;
    }
    const entry = this.core.store.collection(storage).get(key);
    if (entry?.isOwned || this.ownersOf.has(id)) this.index(storage, key);
    if (change.type === 'MODIFIED' && this.isBeingDeleted(change)) this.add(`owner\t${id}`);
  }

  /** By the bytes: most writes are of living objects, and parsing each again would be dear. */
  private isBeingDeleted({ revision }: Change): boolean {
    const version = this.core.store.version(revision);
    return version !== undefined && metadataBytes(version).includes(deletionMark);
  }

  async reconcile(workKey: string): Promise<{ requeueAfterMs: number } | undefined> {
    const [kind, storage = '', key = ''] = workKey.split('\t');
    const resource = this.core.registry.findStorage(storage);
    if (resource === undefined || this.core.store.get(storage, key) === undefined) return undefined;
    const slash = key.indexOf('/');
    const target: Target = { resource, namespace: slash < 0 ? '' : key.slice(0, slash), name: key.slice(slash + 1) };
    try {
      if (kind === 'owned') await this.checkOwned(target);
      else await this.checkOwner(target);
    } catch (error) {
      if (error instanceof StatusError && (error.reason === 'NotFound' || error.reason === 'Conflict')) return { requeueAfterMs: 20 };
      throw error;
    }
    return undefined;
  }

  private index(storage: string, key: string): void {
    const id = `${storage}\t${key}`;
    const version = this.core.store.get(storage, key);
    if (version === undefined) return;
    const owners = (metadataOf(version).ownerReferences ?? []).map(({ uid }) => uid);
    const known = this.ownersOf.get(id);
    if (known !== undefined && known.join() === owners.join()) return;
    this.forget(id);
    if (owners.length === 0) return;
    this.ownersOf.set(id, owners);
    for (const uid of owners) {
      const set = this.dependents.get(uid);
      if (set === undefined) this.dependents.set(uid, new Set([id]));
      else set.add(id);
    }
    this.add(`owned\t${id}`);
  }

  private forget(id: string): void {
    for (const uid of this.ownersOf.get(id) ?? []) {
      const set = this.dependents.get(uid);
      set?.delete(id);
      if (set?.size === 0) this.dependents.delete(uid);
      // An owner in foreground deletion may have waited for this one.
      this.wakeOwner(uid);
    }
    this.ownersOf.delete(id);
  }

  private wakeOwner(uid: string): void {
    const id = this.waiting.get(uid);
    if (id !== undefined) this.add(`owner\t${id}`);
  }

  /** Deletes the dependent when none of its owners exists (any more); else drops references to those that do not. */
  private async checkOwned(target: Target): Promise<void> {
    const present = presentObject(this.core, target);
    const { metadata } = present.object;
    const references = metadata.ownerReferences ?? [];
    if (references.length === 0 || metadata.deletionTimestamp !== undefined) return;
    const alive = references.filter((reference) => this.isAlive(reference, target.namespace));
    if (alive.length === references.length) return;
    if (alive.length === 0) {
      const preconditions = metadata.uid === undefined ? {} : { uid: metadata.uid };
      await deleteObject(this.core, target, { dryRun: false, propagationPolicy: 'Background', preconditions });
    } else await this.setOwners(target, alive);
  }

  private async setOwners(target: Target, owners: OwnerReference[]): Promise<void> {
    const present = presentObject(this.core, target);
    const object = cloneJson(present.object);
    if (owners.length === 0) delete object.metadata.ownerReferences;
    else object.metadata.ownerReferences = owners;
    await updateObject(this.core, target, { present, object, subresource: '' }, internalOptions('kube-controller-manager'));
  }

  private isAlive(reference: OwnerReference, namespace: string): boolean {
    const slash = reference.apiVersion.indexOf('/');
    const [group, version] = slash < 0 ? ['', reference.apiVersion] : [reference.apiVersion.slice(0, slash), reference.apiVersion.slice(slash + 1)];
    const resource: Resource | undefined = this.core.registry.findKind(group, version, reference.kind);
    // A kind that is not served now may be back later: its objects are not known to be gone.
    if (resource === undefined) return true;
    const owner = this.core.store.get(resource.storage, objectKey(resource.namespaced ? namespace : '', reference.name));
    return owner !== undefined && metadataOf(owner).uid === reference.uid;
  }

  /** Foreground and orphan deletion of an owner. */
  private async checkOwner(target: Target): Promise<void> {
    const { metadata } = presentObject(this.core, target).object;
    const finalizers = metadata.finalizers ?? [];
    const id = `${target.resource.storage}\t${objectKey(target.namespace, target.name)}`;
    if (metadata.deletionTimestamp === undefined || metadata.uid === undefined) return;
    const dependents = [...(this.dependents.get(metadata.uid) ?? [])].map((one) => this.targetOf(one)).filter((one) => one !== undefined);
    if (finalizers.includes(orphan)) {
      for (const dependent of dependents) {
        const references = presentObject(this.core, dependent).object.metadata.ownerReferences ?? [];
        await this.setOwners(dependent, references.filter(({ uid }) => uid !== metadata.uid));
      }
      await dropFinalizer(this.core, target, orphan);
    } else if (finalizers.includes(foreground)) {
      const blocking = dependents.filter((one) => this.blocks(one, metadata.uid ?? ''));
      for (const dependent of dependents) await deleteObject(this.core, dependent, { dryRun: false, propagationPolicy: 'Foreground' });
      if (blocking.some((one) => this.core.store.get(one.resource.storage, objectKey(one.namespace, one.name)) !== undefined)) this.waiting.set(metadata.uid, id);
      else {
        this.waiting.delete(metadata.uid);
        await dropFinalizer(this.core, target, foreground);
      }
    }
  }

  private blocks({ resource, namespace, name }: Target, uid: string): boolean {
    const version = this.core.store.get(resource.storage, objectKey(namespace, name));
    return version !== undefined && (metadataOf(version).ownerReferences ?? []).some((one) => one.uid === uid && one.blockOwnerDeletion === true);
  }

  private targetOf(id: string): Target | undefined {
    const [storage = '', key = ''] = id.split('\t');
    const resource = this.core.registry.findStorage(storage);
    const slash = key.indexOf('/');
    return resource === undefined ? undefined : { resource, namespace: slash < 0 ? '' : key.slice(0, slash), name: key.slice(slash + 1) };
  }
}
