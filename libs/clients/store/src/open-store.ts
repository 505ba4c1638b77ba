import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import { isErrorLike, messageOf, ProwError } from '@prow/base-errors';
import type { Store } from './api.ts';
import { checkDataFile } from './check-data-file.ts';
import { LmdbStore } from './lmdb-store.ts';
import { acquireOwnership } from './ownership.ts';

export interface StoreOptions {
  /** The longest value, in bytes of UTF-8. Default 32 MiB. */
  maxValueBytes?: number;
}

const defaultMaxValueBytes = 32 * 1024 * 1024;
const formatVersion = '1';

/**
 * Opens (or begins) the durable data in a folder. One process may have it open at a time; a process that was killed
 * does not count.
 * @throws ProwError PROW_STORE_FOLDER (cannot be made or written), PROW_STORE_LOCKED (in use, with the other's pid),
 *   PROW_STORE_CORRUPT (not our data, or damaged), PROW_STORE_VERSION (written by a newer version)
 */
export function openStore(dir: string, { maxValueBytes = defaultMaxValueBytes }: StoreOptions = {}): Store {
  const folder = resolve(dir);
  prepareFolder(folder);
  const path = join(folder, 'data.mdb');
  checkDataFile(path);
  let root: RootDatabase<string, string>;
  let data: Database<string, Buffer>;
  try {
    root = open<string, string>({ path, noSubdir: true, overlappingSync: false, encoding: 'string', maxDbs: 4, cache: false });
  } catch (error) {
    throw openError(folder, path, error);
  }
  let release: () => void;
  try {
    release = acquireOwnership(root, folder);
  } catch (error) {
    void root.close();
    throw error;
  }
  try {
    checkFormat(root, folder);
    data = root.openDB<string, Buffer>({ name: 'data', encoding: 'string', keyEncoding: 'binary', cache: false });
  } catch (error) {
    release();
    void root.close();
    throw error instanceof ProwError ? error : openError(folder, path, error);
  }
  return new LmdbStore({ dir: folder, path, root, data, release, maxValueBytes });
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ProwError('PROW_STORE_FOLDER', `cannot keep data in ${folder}: ${messageOf(error)}`, { details: { folder }, cause: error });
  }
}

function checkFormat(root: RootDatabase<string, string>, folder: string): void {
  const found = root.get('format');
  if (found === formatVersion) return;
  if (found !== undefined) {
    throw new ProwError('PROW_STORE_VERSION', `the data in ${folder} has format ${found}, this version reads format ${formatVersion}: use the newer version that wrote it`, { details: { folder, found, expected: formatVersion } });
  }
  root.putSync('format', formatVersion);
}

function openError(folder: string, path: string, error: unknown): ProwError {
  const code: unknown = isErrorLike(error) ? error.code : undefined;
  if (code === 13 || code === 1 || code === 30) {
    return new ProwError('PROW_STORE_FOLDER', `cannot write ${path}: ${messageOf(error)}`, { details: { folder }, cause: error });
  }
  return new ProwError('PROW_STORE_CORRUPT', `${path} cannot be read as our data (${messageOf(error)}): restore it from a copy, or move the folder away to begin anew`, { details: { folder }, cause: error });
}
