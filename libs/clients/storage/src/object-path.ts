import { storageError } from './storage-error.ts';

const maxPathBytes = 1024;

/** Checks an object's name as the contract has it; returns it. @throws ProwError PROW_STORAGE_PATH */
export function checkedPath(url: string, path: string): string {
  const bad =
    path === '' ? 'it is empty'
    : path.startsWith('/') || path.endsWith('/') ? 'it starts or ends with a slash'
    : path.includes('\0') ? 'it contains a NUL'
    : Buffer.byteLength(path) > maxPathBytes ? `it has more than ${maxPathBytes} bytes`
    : path.split('/').some((element) => element === '' || element === '.' || element === '..') ? 'it has an empty, "." or ".." element'
    : undefined;
  if (bad === undefined) return path;
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  throw storageError('PROW_STORAGE_PATH', `object name ${JSON.stringify(shown)}: ${bad}`, { url, path: shown });
}

/** Checks the start of names: as a path, but it may be empty or end with a slash. */
export function checkedPrefix(url: string, prefix: string): string {
  const bare = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  if (bare !== '') checkedPath(url, bare);
  return prefix;
}

/** Order of names in every storage: by their UTF-8 bytes. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
