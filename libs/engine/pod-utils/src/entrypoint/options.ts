// upstream: pkg/entrypoint/options.go
import type { FlagSpec } from '../options/go-flags.ts';
import { readOptions } from '../options/source.ts';
import type { OptionSource } from '../options/source.ts';
import { readWrapper, wrapperFlags } from '../wrapper.ts';
import type { WrapperOptions } from '../wrapper.ts';
import { ProwError } from '@prow/base-errors';

export interface EntrypointOptions extends WrapperOptions {
  timeoutMs: number;
  graceMs: number;
  artifactDirectory: string;
  /** Marker of the container that must succeed first; '' for none. */
  previousMarker: string;
  alwaysZero: boolean;
  propagateErrorCode: boolean;
}

/** Either place the entrypoint file, or run a test. */
export type EntrypointRequest = { kind: 'place'; destination: string } | { kind: 'run'; options: EntrypointOptions };

const defaultTimeoutMs = 2 * 3600 * 1000;
const defaultGraceMs = 15 * 1000;
const nanosecondsPerMs = 1e6;
export const defaultDestination = '/tools/entrypoint';

const flags: Readonly<Record<string, FlagSpec>> = {
  ...wrapperFlags,
  timeout: { key: 'timeout', kind: 'duration' },
  'grace-period': { key: 'grace_period', kind: 'duration' },
  'artifact-dir': { key: 'artifact_dir', kind: 'text' },
  'previous-marker': { key: 'previous_marker', kind: 'text' },
  'always-zero': { key: 'always_zero', kind: 'flag' },
  'propagate-error-code': { key: 'propagate_error_code', kind: 'flag' },
  'copy-mode-only': { key: 'copy_mode_only', kind: 'flag' },
  'copy-destination': { key: 'copy_dst', kind: 'text' },
  // As the option JSON calls it.
  'copy-dst': { key: 'copy_dst', kind: 'text' },
};

/** @throws ProwError PROW_POD_UTILS_OPTION, PROW_POD_UTILS_FLAG */
export function readEntrypointOptions(source: OptionSource): EntrypointRequest {
  const { fields, rest } = readOptions(source, 'ENTRYPOINT_OPTIONS', flags);
  if (fields.flag('copy_mode_only')) return { kind: 'place', destination: fields.text('copy_dst') || defaultDestination };
  const wrapper = readWrapper(fields);
  const args = wrapper.args.length > 0 ? wrapper.args : rest;
  if (args.length === 0) throw new ProwError('PROW_POD_UTILS_OPTION', 'no command to run: args is empty');
  return {
    kind: 'run',
    options: {
      ...wrapper,
      args,
      timeoutMs: fields.whole('timeout') / nanosecondsPerMs || defaultTimeoutMs,
      graceMs: fields.whole('grace_period') / nanosecondsPerMs || defaultGraceMs,
      artifactDirectory: fields.text('artifact_dir'),
      previousMarker: fields.text('previous_marker'),
      alwaysZero: fields.flag('always_zero'),
      propagateErrorCode: fields.flag('propagate_error_code'),
    },
  };
}
