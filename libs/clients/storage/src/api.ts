// The contract with a place for artifacts: a local folder, S3 (also MinIO) or Google Cloud Storage, all alike.
import type { Readable } from 'node:stream';

/**
 * One bucket, or one folder. Made by `openStorage`; safe for concurrent use; holds nothing that needs closing.
 *
 * `path` is an object's name below the bucket setting's own path: `/` between elements, no leading slash, no `.` or `..`
 * element, no NUL, at most 1,024 bytes of UTF-8, else PROW_STORAGE_PATH. Names may hold any other character.
 *
 * Errors are ProwErrors: PROW_STORAGE_NOT_FOUND (object or bucket absent), PROW_STORAGE_DENIED (credentials missing or
 * refused), PROW_STORAGE_EXISTS (createIfAbsent), PROW_STORAGE_UNSUPPORTED, PROW_STORAGE_IO (everything else; `transient`
 * says whether trying again may help). Calls do not retry bodies that are streams; buffers are retried by the library.
 */
export interface Storage {
  /** The bucket as configured, scheme included: `gs://name/path`, `s3://name/path`, `file:///folder`. */
  readonly url: string;

  /**
   * Writes a whole object; what was there is replaced at once when the last byte is in (a reader sees old or new, never
   * half). Flat memory for streams of any size. A body that fails leaves nothing.
   */
  write(path: string, body: Body, options?: WriteOptions): Promise<void>;

  /** As write, but PROW_STORAGE_EXISTS and no change if the object exists: of several at once exactly one succeeds. */
  createIfAbsent(path: string, body: string | Uint8Array, options?: WriteOptions): Promise<void>;

  /**
   * The object's bytes as a stream, `range` for a part. Bytes are as stored: a gzip content encoding is not undone.
   * Rejects before the first byte if absent; a range beyond the end gives an empty stream.
   */
  read(path: string, options?: ReadOptions): Promise<Readable>;

  /** Whole small object in memory. More than `maxBytes` (default 64 MiB): PROW_STORAGE_TOO_LARGE. */
  readAll(path: string, options?: { maxBytes?: number; signal?: AbortSignal }): Promise<Buffer>;

  stat(path: string): Promise<ObjectStat>;
  exists(path: string): Promise<boolean>;

  /**
   * Entries below `prefix` (a folder ends in `/`) in the order of their names' UTF-8 bytes. `delimiter: '/'` gives one
   * level: objects and `{kind: 'folder', path: 'a/b/'}`; without it every object below. An absent folder is empty.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry>;

  /** Removes an object; one that is absent is fine. */
  delete(path: string): Promise<void>;

  /** A URL that lets anyone read the object for a while. file: PROW_STORAGE_UNSUPPORTED. */
  signedUrl(path: string, options: { expiresInSeconds: number }): Promise<string>;
}

/**
 * Of chunks that are no stream, each is used up before the next is asked for: they may all come in one buffer. Bytes must
 * not change while a call has them.
 */
export type Body = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

export interface WriteOptions {
  contentType?: string;
  /** Of the bytes given (`gzip`); nothing is compressed here. */
  contentEncoding?: string;
  cacheControl?: string;
  /** Custom metadata; keys without the providers' prefix (`x-goog-meta-`, `x-amz-meta-`). */
  metadata?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

export interface ReadOptions {
  /** Bytes `start` to `end` inclusive; a negative `start` without `end` counts from the end. */
  range?: { start: number; end?: number };
  signal?: AbortSignal;
}

export interface ObjectStat {
  path: string;
  size: number;
  modifiedAt: Date;
  contentType?: string;
  contentEncoding?: string;
  metadata: Readonly<Record<string, string>>;
}

export interface ListOptions {
  delimiter?: '/';
  /** Only names after this one. */
  after?: string;
  signal?: AbortSignal;
}

export type ListEntry = { kind: 'object'; path: string; size: number; modifiedAt: Date } | { kind: 'folder'; path: string };

export interface StorageOptions {
  /** `name`, `gs://name[/path]`, `s3://name[/path]` or `file:///folder`. */
  bucket: string;
  /** A service account's JSON key; absent: application default credentials, else anonymous. */
  gcsCredentialsFile?: string;
  /**
   * JSON: region, endpoint, insecure, s3_force_path_style, access_key, secret_key, session_token; absent: the AWS
   * provider chain. upstream: pkg/io/providers/providers.go
   */
  s3CredentialsFile?: string;
  /** Where the GCS JSON API is instead of https://storage.googleapis.com (STORAGE_EMULATOR_HOST is honoured, too). */
  gcsEndpoint?: string;
}
