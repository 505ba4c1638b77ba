import { parseBucket } from '@prow/model-artifact-layout';
import type { Storage, StorageOptions } from './api.ts';
import { FileStorage } from './file-storage.ts';

/**
 * The storage a bucket setting names. The libraries of S3 and GCS are loaded when needed; nothing is contacted yet.
 * @throws ProwError PROW_ARTIFACT_LAYOUT_BUCKET, PROW_STORAGE_CREDENTIALS (a file that cannot be read)
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const address = parseBucket(options.bucket);
  if (address.provider === 'file') return new FileStorage(address.path);
  if (address.provider === 's3') {
    const { openS3Storage } = await import('./s3-storage.ts');
    return openS3Storage(address, options);
  }
  const { openGcsStorage } = await import('./gcs-storage.ts');
  return await openGcsStorage(address, options);
}
