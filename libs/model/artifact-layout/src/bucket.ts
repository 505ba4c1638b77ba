// The `bucket` setting: a storage provider, a bucket and an optional path in it. upstream: pkg/apis/prowjobs/v1/types.go, ParsePath
import { ProwError } from '@prow/base-errors';

export type StorageProvider = 'gs' | 's3' | 'file';

export interface BucketAddress {
  provider: StorageProvider;
  /** The bucket's name; '' for file. */
  bucket: string;
  /** Path in the bucket without slashes at its ends; for file the folder, absolute. */
  path: string;
}

/**
 * Reads `name[/path]` (gs), `gs://…`, `s3://…` or `file:///folder`.
 * @throws ProwError PROW_ARTIFACT_LAYOUT_BUCKET
 */
export function parseBucket(text: string): BucketAddress {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1];
  const provider = scheme ?? 'gs';
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  const refuse = (expected: string): ProwError =>
    new ProwError('PROW_ARTIFACT_LAYOUT_BUCKET', `bucket: found "${text}", expected ${expected}`, { details: { bucket: text } });
  if (provider === 'file') {
    if (!rest.startsWith('/')) throw refuse('file:///absolute/folder');
    return { provider, bucket: '', path: rest.length > 1 ? rest.replace(/\/+$/, '') : rest };
  }
  if (provider !== 'gs' && provider !== 's3') throw refuse('a name, gs://name, s3://name or file:///folder');
  const slash = rest.indexOf('/');
  const bucket = slash === -1 ? rest : rest.slice(0, slash);
  if (bucket === '') throw refuse('a bucket name');
  return { provider, bucket, path: slash === -1 ? '' : rest.slice(slash + 1).replace(/^\/+|\/+$/g, '') };
}

/** Address of an object below a bucket setting, its scheme kept: `gs://bucket/…` for a bare name. */
export function objectUrl(bucket: string, path: string): string {
  const base = bucket.includes('://') ? bucket : `gs://${bucket}`;
  return `${base.replace(/\/+$/, '')}/${path}`;
}
