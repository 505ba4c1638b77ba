import type { KubeResource } from './api.ts';

/** Objects by namespace and name, and by any keys computed from them. */
export class ObjectIndex<T extends KubeResource> {
  /** Told of keys that could not be computed; the object then is under none of that index. */
  private readonly onError: (error: unknown) => void;
  private readonly objects = new Map<string, T>();
  private readonly indexes = new Map<string, { keysOf: (object: T) => string[]; objects: Map<string, Map<string, T>> }>();

  constructor(onError: (error: unknown) => void) {
    this.onError = onError;
  }

  get(namespace: string, name: string): T | undefined {
    return this.objects.get(`${namespace}/${name}`);
  }

  list(): T[] {
    return [...this.objects.values()];
  }

  byIndex(index: string, key: string): T[] {
    const found = this.indexes.get(index);
    if (found === undefined) throw new Error(`no index ${JSON.stringify(index)}: add it before the informer is used`);
    return [...(found.objects.get(key)?.values() ?? [])];
  }

  addIndex(index: string, keysOf: (object: T) => string[]): void {
    this.indexes.set(index, { keysOf, objects: new Map() });
    for (const [id, object] of this.objects) this.addTo(index, id, object);
  }

  /** Returns what was there. */
  put(object: T): T | undefined {
    const id = idOf(object);
    const previous = this.objects.get(id);
    if (previous !== undefined) this.removeFromIndexes(id, previous);
    this.objects.set(id, object);
    for (const index of this.indexes.keys()) this.addTo(index, id, object);
    return previous;
  }

  remove(object: T): T | undefined {
    const id = idOf(object);
    const previous = this.objects.get(id);
    if (previous === undefined) return undefined;
    this.objects.delete(id);
    this.removeFromIndexes(id, previous);
    return previous;
  }

  private addTo(index: string, id: string, object: T): void {
    const found = this.indexes.get(index);
    if (found === undefined) return;
    for (const key of this.keys(found.keysOf, object)) {
      const objects = found.objects.get(key);
      if (objects === undefined) found.objects.set(key, new Map([[id, object]]));
      else objects.set(id, object);
    }
  }

  private keys(keysOf: (object: T) => string[], object: T): string[] {
    try {
      return keysOf(object);
    } catch (error) {
      this.onError(error);
      return [];
    }
  }

  private removeFromIndexes(id: string, object: T): void {
    for (const { keysOf, objects } of this.indexes.values()) {
      for (const key of this.keys(keysOf, object)) {
        const found = objects.get(key);
        found?.delete(id);
        if (found?.size === 0) objects.delete(key);
      }
    }
  }
}

function idOf({ metadata }: KubeResource): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}
