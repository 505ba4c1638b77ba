import { ProwError } from '@prow/base-errors';
import type { Storage } from '@prow/clients-storage';

const maxJsonBytes = 4 << 20;

/** A small JSON object of the run; undefined when absent, too large, or not an object. */
export async function readJson(storage: Storage, path: string): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse((await storage.readAll(path, { maxBytes: maxJsonBytes })).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (error instanceof ProwError && ['PROW_STORAGE_NOT_FOUND', 'PROW_STORAGE_TOO_LARGE'].includes(error.code)) return undefined;
    throw error;
  }
}

/** A time of started.json or finished.json (unix seconds) in milliseconds. */
export function timestampMs(object: Record<string, unknown> | undefined): number | undefined {
  const value = object?.['timestamp'];
  return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined;
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
