import type { ApiObject } from '../api-object.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** What a committed write did, as watchers see it. Kept until compaction. */
export interface Change {
  readonly revision: number;
  readonly type: ChangeType;
  /** Where the object is stored, such as `pods` or `prowjobs.prow.k8s.io`. */
  readonly resource: string;
  /** `namespace/name`, or `name` in cluster-wide resources. */
  readonly key: string;
  /** The version replaced, 0 for none; its body can be read as long as this change is kept. */
  readonly previousRevision: number;
  readonly sizeBytes: number;
}

/** One stored version of an object: the JSON text without kind and apiVersion. */
export interface StoredVersion {
  readonly revision: number;
  readonly body: Buffer;
  readonly metadataLength: number;
}

/** A write that passed all checks: what the object becomes, or that it goes. */
export interface Write {
  resource: string;
  key: string;
  type: ChangeType;
  /** The new state, or for a deletion the last one. `metadata.resourceVersion` is set when the write is staged. */
  object: ApiObject;
  /** Must still be the newest version (0: none) when the write is staged. */
  expectedRevision: number;
}
