// The metadata that tests leave, merged into finished.json. upstream: pkg/sidecar/run.go, combineMetadata
import { readFileSync, statSync } from 'node:fs';
import { messageOf } from '@prow/base-errors';
import type { WrapperOptions } from '../wrapper.ts';

const maxMetadataBytes = 4 * 1024 * 1024;

/** Later files win, per key. What could not be read is said under `sidecar-errors`. */
export function combineMetadata(entries: readonly WrapperOptions[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const [index, { metadataFile, args }] of entries.entries()) {
    if (metadataFile === '' || statSync(metadataFile, { throwIfNoEntry: false }) === undefined) continue;
    try {
      if (statSync(metadataFile).size > maxMetadataBytes) throw new Error(`it is larger than ${maxMetadataBytes} bytes`);
      const found: unknown = JSON.parse(readFileSync(metadataFile, 'utf8'));
      if (typeof found !== 'object' || found === null || Array.isArray(found)) throw new Error('it is not a JSON object');
      Object.assign(merged, found);
    } catch (error) {
      // The name upstream gives an entry.
      errors[`entry ${index}: ${args.join(' ')}`] = `${metadataFile}: ${messageOf(error)}`;
    }
  }
  if (Object.keys(errors).length > 0) merged['sidecar-errors'] = errors;
  return merged;
}
