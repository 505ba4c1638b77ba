export type { Body, ListEntry, ListOptions, ObjectStat, ReadOptions, Storage, StorageOptions, WriteOptions } from './api.ts';
export { openStorage } from './open-storage.ts';
export { FileStorage } from './file-storage.ts';
export { isStorageError } from './storage-error.ts';
export type { StorageErrorCode } from './storage-error.ts';
