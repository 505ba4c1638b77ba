import { administrator } from '../access/authenticate.ts';
import type { WriteOptions } from '../core.ts';

/** For writes that the server makes by itself. */
export function internalOptions(fieldManager: string): WriteOptions {
  return { dryRun: false, fieldManager, fieldValidation: 'Ignore', warnings: [], user: administrator };
}
