// S3 and what speaks its protocol (MinIO, Ceph). Loaded only where an s3:// bucket is used.
import {
  DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Readable } from 'node:stream';
import type { BucketAddress } from '@prow/model-artifact-layout';
import type { Body, ListEntry, ListOptions, ObjectStat, ReadOptions, Storage, StorageOptions, WriteOptions } from './api.ts';
import { readS3Credentials } from './credentials.ts';
import { ObjectNames } from './object-names.ts';
import { collect, defaultMaxReadBytes } from './read-all.ts';
import { uploadInParts } from './s3-parts.ts';
import { SmallPuts, smallObjectBytes } from './s3-small-puts.ts';
import { storageError } from './storage-error.ts';

const attempts = 3;
const defaultRegion = 'us-east-1';

/** @throws ProwError PROW_STORAGE_CREDENTIALS */
export function openS3Storage(address: BucketAddress, options: StorageOptions): S3Storage {
  // It says on standard error that it will once need a newer Node; our users cannot act on that.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const names = new ObjectNames(`s3://${address.bucket}`, address.path);
  const config: S3ClientConfig = { maxAttempts: attempts, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' };
  if (options.s3CredentialsFile !== undefined && options.s3CredentialsFile !== '') {
    const { region, endpoint = '', insecure, s3_force_path_style: pathStyle, access_key: accessKeyId = '', secret_key: secretAccessKey = '', session_token: sessionToken } = readS3Credentials(names.url, options.s3CredentialsFile);
    config.region = region === undefined || region === '' ? defaultRegion : region;
    if (endpoint !== '') config.endpoint = endpoint.includes('://') ? endpoint : `${insecure === true ? 'http' : 'https'}://${endpoint}`;
    config.forcePathStyle = pathStyle ?? false;
    if (accessKeyId !== '' && secretAccessKey !== '') config.credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined || sessionToken === '' ? {} : { sessionToken }) };
  }
  return new S3Storage(new S3Client(config), address.bucket, names);
}

export class S3Storage implements Storage {
  readonly url: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #names: ObjectNames;
  readonly #smallPuts: SmallPuts;

  constructor(client: S3Client, bucket: string, names: ObjectNames) {
    this.#client = client;
    this.#bucket = bucket;
    this.#names = names;
    this.#smallPuts = new SmallPuts(client);
    this.url = names.url;
  }

  async write(path: string, body: Body, options: WriteOptions = {}): Promise<void> {
    const input = { ...this.#object(path), ...properties(options) };
    const { signal } = options;
    try {
      if (typeof body === 'string' || body instanceof Uint8Array) {
        await this.#put(input, typeof body === 'string' ? Buffer.from(body) : body, options);
      } else {
        await uploadInParts(this.#client, input, body, signal);
      }
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async createIfAbsent(path: string, body: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    try {
      await this.#client.send(new PutObjectCommand({ ...this.#object(path), ...properties(options), Body: body, IfNoneMatch: '*' }));
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async read(path: string, { range, signal }: ReadOptions = {}): Promise<Readable> {
    const Range = range === undefined ? undefined : range.start < 0 ? `bytes=${range.start}` : `bytes=${range.start}-${range.end ?? ''}`;
    if (range?.end !== undefined && range.end < range.start) return Readable.from([]);
    try {
      const { Body: body } = await this.#client.send(new GetObjectCommand({ ...this.#object(path), ...(Range === undefined ? {} : { Range }) }), signal === undefined ? {} : { abortSignal: signal });
      return body as Readable;
    } catch (error) {
      if (statusOf(error) === 416) return Readable.from([]);
      throw this.#failure(error, path);
    }
  }

  async readAll(path: string, { maxBytes = defaultMaxReadBytes, signal }: { maxBytes?: number; signal?: AbortSignal } = {}): Promise<Buffer> {
    return await collect(await this.read(path, signal === undefined ? {} : { signal }), { url: this.url, path, maxBytes });
  }

  async stat(path: string): Promise<ObjectStat> {
    try {
      const { ContentLength: size = 0, LastModified: modifiedAt = new Date(0), ContentType: contentType, ContentEncoding: contentEncoding, Metadata: metadata = {} } = await this.#client.send(new HeadObjectCommand(this.#object(path)));
      return { path, size, modifiedAt, metadata, ...(contentType === undefined ? {} : { contentType }), ...(contentEncoding === undefined ? {} : { contentEncoding }) };
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
      const page = await this.#client.send(new ListObjectsV2Command({
        Bucket: this.#bucket, Prefix: this.#names.prefix(prefix), ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
        ...(token === undefined ? {} : { ContinuationToken: token }), ...(after === undefined ? {} : { StartAfter: this.#names.prefix(after) }),
      }), signal === undefined ? {} : { abortSignal: signal }).catch((error: unknown) => {
        throw this.#failure(error, prefix);
      });
      yield* this.#names.merge(
        (page.Contents ?? []).map(({ Key = '', Size = 0, LastModified = new Date(0) }) => ({ key: Key, size: Size, modifiedAt: LastModified })),
        (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix),
        after,
      );
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(path: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(this.#object(path)));
    } catch (error) {
      const failure = this.#failure(error, path);
      if ((failure as { code?: unknown }).code !== 'PROW_STORAGE_NOT_FOUND') throw failure;
    }
  }

  async signedUrl(path: string, { expiresInSeconds }: { expiresInSeconds: number }): Promise<string> {
    try {
      return await getSignedUrl(this.#client, new GetObjectCommand(this.#object(path)), { expiresIn: expiresInSeconds });
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async #put(input: { Bucket: string; Key: string }, body: Uint8Array, { contentType, contentEncoding, cacheControl, metadata, signal }: WriteOptions): Promise<void> {
    const isPlain = cacheControl === undefined && metadata === undefined && body.length <= smallObjectBytes;
    const { Key: key } = input;
    if (isPlain && (await this.#smallPuts.put({ key, body, contentType, contentEncoding, signal }))) return;
    const command = new PutObjectCommand({ ...input, Body: body });
    if (isPlain) this.#smallPuts.learnFrom(command, key);
    await this.#client.send(command, signal === undefined ? {} : { abortSignal: signal });
  }

  #object(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#names.key(path) };
  }

  #failure(error: unknown, path: string): unknown {
    const status = statusOf(error);
    const { name = '', message = '', code } = error as { name?: string; message?: string; code?: unknown };
    if (typeof code === 'string' && code.startsWith('PROW_')) return error;
    const at = { url: this.url, path, cause: error, httpStatus: status };
    const where = `${this.url}/${path}`;
    if (status === 404 || name === 'NoSuchKey' || name === 'NoSuchBucket') return storageError('PROW_STORAGE_NOT_FOUND', `${where} does not exist`, at);
    if (status === 412 || status === 409) return storageError('PROW_STORAGE_EXISTS', `${where} exists`, at);
    if (status === 401 || status === 403 || name === 'CredentialsProviderError') return storageError('PROW_STORAGE_DENIED', `${where}: ${message || name}`, at);
    return storageError('PROW_STORAGE_IO', `${where}: ${message || name}`, { ...at, transient: status === undefined || status >= 500 || status === 429 });
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function properties({ contentType, contentEncoding, cacheControl, metadata }: WriteOptions): Record<string, unknown> {
  return {
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
    ...(cacheControl === undefined ? {} : { CacheControl: cacheControl }),
    ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
  };
}
