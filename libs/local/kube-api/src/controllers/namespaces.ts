// What belongs to a namespace: its default service account while it lives, and nothing at all before it goes.
// upstream: pkg/controller/namespace/deletion, pkg/controller/serviceaccount
import { isJsonObject, type ApiObject } from '../api-object.ts';
import { objectKey, type Core } from '../core.ts';
import { internalOptions } from './internal-options.ts';
import { StatusError } from '../status-error.ts';
import { deleteObject } from '../verbs/delete-object.ts';
import { createObject, presentObject, removeObject, type Target } from '../verbs/write-object.ts';

const retryMs = 300;
/** Where pods find the API server's certificate. */
export const rootCertificateName = 'kube-root-ca.crt';

export class NamespaceController {
  private readonly core: Core;

  constructor(core: Core) {
    this.core = core;
  }

  async reconcile(name: string): Promise<{ requeueAfterMs: number } | undefined> {
    const { registry, store } = this.core;
    const resource = registry.find('', 'v1', 'namespaces');
    if (resource === undefined || store.get('namespaces', name) === undefined) return undefined;
    const target: Target = { resource, namespace: '', name };
    const present = presentObject(this.core, target);
    if (present.object.metadata.deletionTimestamp === undefined) {
      await this.ensureContents(name);
      return undefined;
    }
    if (await this.empty(name)) {
      const now = presentObject(this.core, target);
      if (isJsonObject(now.object['spec'])) now.object['spec']['finalizers'] = [];
      if ((now.object.metadata.finalizers ?? []).length > 0) return undefined;
      await removeObject(this.core, target, now);
      return undefined;
    }
    return { requeueAfterMs: retryMs };
  }

  private async ensureContents(namespace: string): Promise<void> {
    await this.ensure('serviceaccounts', namespace, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    const { rootCertificate } = this.core;
    if (rootCertificate === undefined) return;
    const annotations = { 'kubernetes.io/description': 'The certificate to verify the API server with' };
    const data = { 'ca.crt': rootCertificate };
    await this.ensure('configmaps', namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: rootCertificateName, annotations }, data });
  }

  private async ensure(plural: string, namespace: string, object: ApiObject): Promise<void> {
    const resource = this.core.registry.find('', 'v1', plural);
    if (resource === undefined || this.core.store.get(plural, objectKey(namespace, object.metadata.name ?? '')) !== undefined) return;
    try {
      await createObject(this.core, { resource, namespace }, object, internalOptions('kube-controller-manager'));
    } catch (error) {
      if (!(error instanceof StatusError && (error.reason === 'AlreadyExists' || error.reason === 'NotFound' || error.reason === 'Forbidden'))) throw error;
    }
  }

  /** Deletes everything in it; true when nothing is left. */
  private async empty(namespace: string): Promise<boolean> {
    const { registry, store } = this.core;
    let left = 0;
    const storages = new Set(registry.all().filter((one) => one.namespaced).map(({ storage }) => storage));
    for (const storage of storages) {
      const resource = registry.findStorage(storage);
      if (resource === undefined) continue;
      const collection = store.collection(storage);
      const { start, end } = collection.range(`${namespace}/`);
      for (const key of collection.keys().slice(start, end)) {
        try {
          await deleteObject(this.core, { resource, namespace, name: key.slice(namespace.length + 1) }, { dryRun: false, propagationPolicy: 'Background' });
        } catch (error) {
          if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error;
        }
      }
      const after = collection.range(`${namespace}/`);
      left += after.end - after.start;
    }
    return left === 0;
  }
}
