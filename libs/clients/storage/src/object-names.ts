import type { ListEntry } from './api.ts';
import { checkedPath, checkedPrefix, compareNames } from './object-path.ts';

/** Between names below a bucket setting and keys in the bucket, which begin with the setting's path. */
export class ObjectNames {
  /** The setting: `gs://bucket/path`. */
  readonly url: string;
  readonly #base: string;

  constructor(bucketUrl: string, path: string) {
    this.url = path === '' ? bucketUrl : `${bucketUrl}/${path}`;
    this.#base = path === '' ? '' : `${path}/`;
  }

  key(path: string): string {
    return this.#base + checkedPath(this.url, path);
  }

  prefix(prefix: string): string {
    return this.#base + checkedPrefix(this.url, prefix);
  }

  /** One page of a listing in the order of names. A folder's own placeholder object (`a/`) is left out. */
  merge(objects: readonly { key: string; size: number; modifiedAt: Date }[], folders: readonly string[], after?: string): ListEntry[] {
    const entries: ListEntry[] = [
      ...objects.filter(({ key }) => !key.endsWith('/')).map(({ key, size, modifiedAt }): ListEntry => ({ kind: 'object', path: key.slice(this.#base.length), size, modifiedAt })),
      ...folders.map((key): ListEntry => ({ kind: 'folder', path: key.slice(this.#base.length) })),
    ];
    return entries.filter(({ path }) => after === undefined || compareNames(path, after) > 0).toSorted((a, b) => compareNames(a.path, b.path));
  }
}
