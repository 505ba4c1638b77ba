// The collections this project uses, as values to give to `KubeClient.resource`.
import type { KubeResource, ResourceType } from './api.ts';

function core<T extends KubeResource>(plural: string, kind: string, namespaced = true): ResourceType<T> {
  return { group: '', version: 'v1', plural, kind, namespaced };
}

/** `core<Pod>('pods', 'Pod')` and the like, typed by the caller who knows the object's shape. */
export function coreType<T extends KubeResource>(plural: string, kind: string, namespaced = true): ResourceType<T> {
  return core<T>(plural, kind, namespaced);
}
