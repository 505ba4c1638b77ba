import { ProwError } from '@prow/base-errors';

export type StorageErrorCode =
  | 'PROW_STORAGE_NOT_FOUND' | 'PROW_STORAGE_DENIED' | 'PROW_STORAGE_EXISTS' | 'PROW_STORAGE_UNSUPPORTED' | 'PROW_STORAGE_IO'
  | 'PROW_STORAGE_PATH' | 'PROW_STORAGE_TOO_LARGE' | 'PROW_STORAGE_CREDENTIALS';

/** An error of this room; `details` has the storage's URL and the path. */
export function storageError(code: StorageErrorCode, message: string, { url, path, cause, transient = false, httpStatus }: { url: string; path?: string; cause?: unknown; transient?: boolean; httpStatus?: number | undefined }): ProwError {
  return new ProwError(code, message, { details: { url, ...(path === undefined ? {} : { path }) }, cause, transient, ...(httpStatus === undefined ? {} : { httpStatus }) });
}

export function isStorageError(error: unknown, code: StorageErrorCode): boolean {
  return error instanceof ProwError && error.code === code;
}
