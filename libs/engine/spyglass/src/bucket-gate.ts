// Which buckets deck reads, and one open storage for each. upstream: cmd/deck/main.go, validateStoragePath
import { ProwError } from '@prow/base-errors';
import type { Storage, StorageOptions } from '@prow/clients-storage';
import { parseBucket } from '@prow/model-artifact-layout';
import type { RunKey } from '@prow/model-deck-api';

export interface BucketGateOptions {
  /** Bucket settings as configured (`gs://x`, `s3://x/path`, `file:///folder`) that may be read; asked at each use, for configuration changes. */
  allowedBuckets: () => readonly string[];
  openStorage: (options: StorageOptions) => Promise<Storage>;
  /** Credentials and endpoints, the same for all buckets. */
  storageOptions?: Omit<StorageOptions, 'bucket'>;
}

export interface RunStorage {
  storage: Storage;
  /** The run's folder below the storage, ending in `/`. */
  folder: string;
}

/** Opens the place a run lies in, if configuration names that place as one of job artifacts. */
export class BucketGate {
  readonly #options: BucketGateOptions;
  readonly #open = new Map<string, Promise<Storage>>();

  constructor(options: BucketGateOptions) {
    this.#options = options;
  }

  /** @throws ProwError PROW_SPYGLASS_BUCKET (403): no job stores artifacts there */
  async locate(key: RunKey & { kind: 'storage' }): Promise<RunStorage> {
    for (const configured of this.#options.allowedBuckets()) {
      const address = parseBucket(configured);
      if (address.provider !== key.provider || address.bucket !== key.bucket) continue;
      const root = address.path.replace(/^\/+/, '');
      if (root === '') return { storage: await this.#storage(configured), folder: `${key.path}/` };
      if (!key.path.startsWith(`${root}/`)) continue;
      return { storage: await this.#storage(configured), folder: `${key.path.slice(root.length + 1)}/` };
    }
    throw new ProwError('PROW_SPYGLASS_BUCKET', 'no job of the configuration stores its artifacts there', { httpStatus: 403, details: { key: key.key } });
  }

  /** The storages of all buckets that may be read, with the key of each one's root (`gs/bucket`, `file/artifacts`). */
  all(): Promise<{ storage: Storage; rootKey: string }[]> {
    return Promise.all([...new Set(this.#options.allowedBuckets())].map(async (configured) => {
      const { provider, bucket, path } = parseBucket(configured);
      return { storage: await this.#storage(configured), rootKey: [provider, bucket, path].flatMap((part) => part.split('/')).filter((part) => part !== '').join('/') };
    }));
  }

  #storage(bucket: string): Promise<Storage> {
    let storage = this.#open.get(bucket);
    if (storage === undefined) {
      storage = this.#options.openStorage({ ...this.#options.storageOptions, bucket });
      this.#open.set(bucket, storage);
      // One that failed to open is tried anew by the next who asks.
      storage.catch(() => this.#open.delete(bucket));
    }
    return storage;
  }
}
