// What entrypoint leaves for sidecar. upstream: pkg/pod-utils/wrapper/options.go
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Fields } from './options/decode.ts';
import type { FlagSpec } from './options/go-flags.ts';

/** One wrapped test container; keys as in the option JSON. */
export interface WrapperOptions {
  args: string[];
  containerName: string;
  processLog: string;
  markerFile: string;
  metadataFile: string;
}

/** Something in entrypoint failed, or the timeout struck. */
export const internalErrorCode = 127;
/** The job was stopped by a signal. */
export const abortedErrorCode = 130;
/** The container before this one failed, so this one did not run. */
export const previousErrorCode = 1130;

export const wrapperFlags: Readonly<Record<string, FlagSpec>> = {
  'process-log': { key: 'process_log', kind: 'text' },
  'marker-file': { key: 'marker_file', kind: 'text' },
  'metadata-file': { key: 'metadata_file', kind: 'text' },
};

export function readWrapper(fields: Fields): WrapperOptions {
  return {
    args: fields.texts('args'),
    containerName: fields.text('container_name'),
    processLog: fields.requiredText('process_log'),
    markerFile: fields.requiredText('marker_file'),
    metadataFile: fields.text('metadata_file'),
  };
}

/** The exit code as text, there at once and whole. */
export function writeMarker(path: string, code: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.next-${process.pid}`;
  try {
    writeFileSync(next, String(code));
    renameSync(next, path);
  } catch (error) {
    try {
      unlinkSync(next);
    } catch {
      // It may not exist.
    }
    throw error;
  }
}

/** The code in a marker; undefined while there is none; internalErrorCode if it is not a number. */
export function readMarker(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return internalErrorCode;
  }
  return /^\s*-?\d{1,9}\s*$/.test(text) ? Number(text) : internalErrorCode;
}

/** A unix socket beside the marker that entrypoint holds open while it lives. */
export function livenessPath(markerFile: string): string {
  return `${markerFile}.live`;
}
