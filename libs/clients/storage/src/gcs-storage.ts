// Google Cloud Storage. Loaded only where a gs:// bucket is used.
import { IdempotencyStrategy, Storage as GcsClient } from '@google-cloud/storage';
import type { Bucket, File, StorageOptions as GcsClientOptions } from '@google-cloud/storage';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BucketAddress } from '@prow/model-artifact-layout';
import type { Body, ListEntry, ListOptions, ObjectStat, ReadOptions, Storage, StorageOptions, WriteOptions } from './api.ts';
import { readJsonFile } from './credentials.ts';
import { ObjectNames } from './object-names.ts';
import { collect, defaultMaxReadBytes } from './read-all.ts';
import { storageError } from './storage-error.ts';

/** A stream is uploaded in parts of this size, each tried again by itself. */
const partBytes = 8 * 1024 * 1024;
const publicEndpoint = 'https://storage.googleapis.com';
const listPageSize = 1000;
const maxRetries = 3;

/** @throws ProwError PROW_STORAGE_CREDENTIALS */
export async function openGcsStorage(address: BucketAddress, options: StorageOptions): Promise<GcsStorage> {
  const names = new ObjectNames(`gs://${address.bucket}`, address.path);
  const client = await connect(names.url, options);
  return new GcsStorage(client.bucket(address.bucket), names);
}

/** A key file; else the machine's default credentials; else none: public buckets can be read. */
async function connect(url: string, { gcsCredentialsFile, gcsEndpoint }: StorageOptions): Promise<GcsClient> {
  const options: GcsClientOptions = { projectId: 'unused', retryOptions: { autoRetry: true, maxRetries, idempotencyStrategy: IdempotencyStrategy.RetryAlways } };
  const endpoint = gcsEndpoint ?? process.env['STORAGE_EMULATOR_HOST'];
  if (gcsCredentialsFile !== undefined && gcsCredentialsFile !== '') {
    readJsonFile(url, gcsCredentialsFile);
    return new GcsClient({ ...options, keyFilename: gcsCredentialsFile, ...(endpoint === undefined ? {} : { apiEndpoint: endpoint, useAuthWithCustomEndpoint: true }) });
  }
  if (endpoint !== undefined) return new GcsClient({ ...options, apiEndpoint: endpoint });
  const client = new GcsClient(options);
  const hasCredentials = await client.authClient.getClient().then(() => true, () => false);
  return hasCredentials ? client : new GcsClient({ ...options, apiEndpoint: publicEndpoint, useAuthWithCustomEndpoint: false });
}

export class GcsStorage implements Storage {
  readonly url: string;
  readonly #bucket: Bucket;
  readonly #names: ObjectNames;

  constructor(bucket: Bucket, names: ObjectNames) {
    this.#bucket = bucket;
    this.#names = names;
    this.url = names.url;
  }

  async write(path: string, body: Body, options: WriteOptions = {}): Promise<void> {
    try {
      const file = this.#file(path);
      const metadata = properties(options);
      if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
        await pipeline(body instanceof Readable ? body : kept(body), file.createWriteStream({ resumable: true, chunkSize: partBytes, validation: false, metadata }), options.signal === undefined ? {} : { signal: options.signal });
      } else {
        await file.save(asBuffer(body), { resumable: false, validation: false, metadata });
      }
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async createIfAbsent(path: string, body: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    try {
      await this.#file(path).save(asBuffer(body), { resumable: false, validation: false, metadata: properties(options), preconditionOpts: { ifGenerationMatch: 0 } });
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async read(path: string, { range, signal }: ReadOptions = {}): Promise<Readable> {
    if (range?.end !== undefined && range.end < range.start) return Readable.from([]);
    const part = range === undefined ? {} : range.start < 0 ? { end: range.start } : { start: range.start, ...(range.end === undefined ? {} : { end: range.end }) };
    const stream = this.#file(path).createReadStream({ ...part, decompress: false, validation: false });
    const abort = (): void => void stream.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    stream.once('close', () => signal?.removeEventListener('abort', abort));
    // The answer's head decides whether the object is there; nothing is lost: the stream stays paused.
    return await new Promise((resolve, reject) => {
      stream.once('error', (error) => {
        if (statusOf(error) === 416) resolve(Readable.from([]));
        else reject(this.#failure(error, path) as Error);
      });
      // A refusal also comes as a response first; its error follows.
      stream.once('response', ({ statusCode }: { statusCode: number }) => {
        if (statusCode < 300) resolve(stream);
      });
      stream.read(0);
    });
  }

  async readAll(path: string, { maxBytes = defaultMaxReadBytes, signal }: { maxBytes?: number; signal?: AbortSignal } = {}): Promise<Buffer> {
    return await collect(await this.read(path, signal === undefined ? {} : { signal }), { url: this.url, path, maxBytes });
  }

  async stat(path: string): Promise<ObjectStat> {
    try {
      const [found] = await this.#file(path).getMetadata();
      const { contentType, contentEncoding, metadata = {} } = found;
      const own = Object.fromEntries(Object.entries(metadata).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]])));
      return { path, size: Number(found.size ?? 0), modifiedAt: new Date(found.updated ?? 0), metadata: own, ...(contentType === undefined ? {} : { contentType }), ...(contentEncoding === undefined ? {} : { contentEncoding }) };
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async exists(path: string): Promise<boolean> {
    return await this.stat(path).then(() => true, (error: unknown) => {
      if ((error as { code?: unknown }).code === 'PROW_STORAGE_NOT_FOUND') return false;
      throw error;
    });
  }

  async *list(prefix: string, { delimiter, after, signal }: ListOptions = {}): AsyncIterable<ListEntry> {
    let token: string | undefined;
    do {
      signal?.throwIfAborted();
      const [files, next, answer] = await this.#bucket.getFiles({
        prefix: this.#names.prefix(prefix), autoPaginate: false, maxResults: listPageSize, ...(delimiter === undefined ? {} : { delimiter }),
        ...(token === undefined ? {} : { pageToken: token }), ...(after === undefined ? {} : { startOffset: this.#names.prefix(after) }),
      }).catch((error: unknown) => {
        throw this.#failure(error, prefix);
      });
      yield* this.#names.merge(
        files.map(({ name, metadata }) => ({ key: name, size: Number(metadata.size ?? 0), modifiedAt: new Date(metadata.updated ?? 0) })),
        (answer as { prefixes?: string[] } | undefined)?.prefixes ?? [],
        after,
      );
      token = (next as { pageToken?: string } | null)?.pageToken;
    } while (token !== undefined && token !== '');
  }

  async delete(path: string): Promise<void> {
    try {
      await this.#file(path).delete({ ignoreNotFound: true });
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async signedUrl(path: string, { expiresInSeconds }: { expiresInSeconds: number }): Promise<string> {
    try {
      const [url] = await this.#file(path).getSignedUrl({ version: 'v4', action: 'read', expires: Date.now() + expiresInSeconds * 1000 });
      return url;
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  #file(path: string): File {
    return this.#bucket.file(this.#names.key(path));
  }

  #failure(error: unknown, path: string): unknown {
    const { code, message = '', name } = error as { code?: unknown; message?: string; name?: string };
    if ((typeof code === 'string' && code.startsWith('PROW_')) || name === 'AbortError') return error;
    const status = statusOf(error);
    const at = { url: this.url, path, cause: error, httpStatus: status };
    const where = `${this.url}/${path}`;
    if (status === 404) return storageError('PROW_STORAGE_NOT_FOUND', `${where} does not exist`, at);
    if (status === 412) return storageError('PROW_STORAGE_EXISTS', `${where} exists`, at);
    if (status === 401 || status === 403 || name === 'SigningError') return storageError('PROW_STORAGE_DENIED', `${where}: ${message}`, at);
    return storageError('PROW_STORAGE_IO', `${where}: ${message}`, { ...at, transient: status === undefined || status >= 500 || status === 429 || status === 408 });
  }
}

function statusOf(error: unknown): number | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

/** Chunks that a stream may hold on to. */
async function* kept(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

function asBuffer(body: string | Uint8Array): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function properties({ contentType, contentEncoding, cacheControl, metadata }: WriteOptions): Record<string, unknown> {
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
  };
}
