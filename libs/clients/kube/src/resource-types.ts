// The collections this project uses, as values to give to `KubeClient.resource`.
import type { KubeResource, ResourceType } from './api.ts';

/** A collection of the core group, typed by the caller who knows the object's shape: `coreType<Pod>('pods', 'Pod')`. */
export function coreType<T extends KubeResource>(plural: string, kind: string, namespaced = true): ResourceType<T> {
  return { group: '', version: 'v1', plural, kind, namespaced };
}
