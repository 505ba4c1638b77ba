// Nothing new where there is no namespace, or one that is going. upstream: plugin/pkg/admission/namespace/lifecycle
import { isJsonObject, type ApiObject } from '../api-object.ts';
import type { Core } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import { forbidden, notFound, StatusError } from '../status-error.ts';

/** Versions of namespaces that were looked at already: most writes go to few namespaces. */
const activeRevisions = new WeakMap<Core, Map<string, number>>();

/** Throws 404 or 403; for a custom resource whose definition is going, 405. */
export function admitToNamespace(core: Core, { resource, namespace }: { resource: Resource; namespace: string }, name: string): void {
  if (!resource.namespaced) return;
  if (resource.custom?.isTerminating) {
    throw new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'create not allowed while custom resource definition is terminating', details: {} });
  }
  let active = activeRevisions.get(core);
  if (active === undefined) activeRevisions.set(core, (active = new Map()));
  const revision = core.store.newestRevision('namespaces', namespace);
  if (revision !== undefined && active.get(namespace) === revision) return;
  const definition = core.registry.find('', 'v1', 'namespaces');
  if (definition === undefined) return;
  const present = core.store.latest('namespaces', namespace, { apiVersion: 'v1', kind: 'Namespace' });
  if (present === undefined) {
    active.delete(namespace);
    throw notFound(definition, namespace);
  }
  if (isTerminating(present.object)) {
    const { shape } = forbidden(resource, name, `unable to create new content in namespace ${namespace} because it is being terminated`);
    const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' };
    throw new StatusError({ ...shape, details: { ...shape.details, causes: [cause] } });
  }
  active.set(namespace, present.revision);
}

function isTerminating({ metadata, status }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined || (isJsonObject(status) && status['phase'] === 'Terminating');
}
