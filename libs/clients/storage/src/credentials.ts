import { readFileSync } from 'node:fs';
import { storageError } from './storage-error.ts';

/** What upstream's S3 credentials file holds. upstream: pkg/io/providers/providers.go */
export interface S3Credentials {
  region?: string;
  endpoint?: string;
  /** http instead of https for an endpoint without scheme. */
  insecure?: boolean;
  s3_force_path_style?: boolean;
  access_key?: string;
  secret_key?: string;
  session_token?: string;
}

const texts = ['region', 'endpoint', 'access_key', 'secret_key', 'session_token'] as const;
const flags = ['insecure', 's3_force_path_style'] as const;

/** @throws ProwError PROW_STORAGE_CREDENTIALS naming the file and the field; never its contents */
export function readS3Credentials(url: string, path: string): S3Credentials {
  const found = readJsonFile(url, path);
  const refuse = (field: string, expected: string): unknown => storageError('PROW_STORAGE_CREDENTIALS', `${path}: ${field}: expected ${expected}, found ${typeof found[field]}`, { url });
  for (const field of texts) if (found[field] != null && typeof found[field] !== 'string') throw refuse(field, 'text');
  for (const field of flags) if (found[field] != null && typeof found[field] !== 'boolean') throw refuse(field, 'true or false');
  return found as S3Credentials;
}

/** @throws ProwError PROW_STORAGE_CREDENTIALS */
export function readJsonFile(url: string, path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw storageError('PROW_STORAGE_CREDENTIALS', `cannot read the credentials file ${path}: ${(error as Error).message}`, { url, cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below; the parser's message would show the secret.
  }
  throw storageError('PROW_STORAGE_CREDENTIALS', `${path} is not a JSON object`, { url });
}
