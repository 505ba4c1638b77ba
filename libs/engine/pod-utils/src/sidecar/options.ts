// upstream: pkg/sidecar/options.go, censor.go
import { ProwError } from '@prow/base-errors';
import type { FlagSpec } from '../options/go-flags.ts';
import { readOptions } from '../options/source.ts';
import type { OptionSource } from '../options/source.ts';
import { readUploadOptions, uploadFlags } from '../upload/options.ts';
import type { UploadOptions } from '../upload/options.ts';
import { readWrapper, wrapperFlags } from '../wrapper.ts';
import type { WrapperOptions } from '../wrapper.ts';

export interface CensoringOptions {
  secretDirectories: string[];
  /** Globs below the artifacts folder; only these are censored, if there are any. */
  includeDirectories: string[];
  excludeDirectories: string[];
  /** Names of files of which the values of each `key = value` line are secrets. */
  iniFilenames: string[];
  /** Shorter values are no secrets. */
  minimumSecretLength: number;
}

export interface SidecarOptions {
  upload: UploadOptions;
  entries: WrapperOptions[];
  /** Exit with 1 if a test failed. */
  entryError: boolean;
  /** SIGINT and SIGTERM do not cause an upload; the markers do. */
  ignoreInterrupts: boolean;
  censoring: CensoringOptions;
}

const flags: Readonly<Record<string, FlagSpec>> = {
  ...uploadFlags, ...wrapperFlags,
  'entry-error': { key: 'entry_error', kind: 'flag' },
  'ignore-interrupts': { key: 'ignore_interrupts', kind: 'flag' },
};

/** @throws ProwError PROW_POD_UTILS_OPTION, PROW_POD_UTILS_FLAG */
export function readSidecarOptions(source: OptionSource): SidecarOptions {
  const { fields, rest } = readOptions(source, 'SIDECAR_OPTIONS', flags);
  const upload = readUploadOptions(fields.object('gcs_options') ?? fields);
  const entries = fields.objects('entries').map(readWrapper);
  // One test may be given by flags.
  if (entries.length === 0 && fields.has('marker_file')) entries.push(readWrapper(fields));
  if (entries.length === 0) throw new ProwError('PROW_POD_UTILS_OPTION', 'no tests to wait for: entries is empty');
  const censoring = fields.object('censoring_options');
  return {
    upload: { ...upload, items: [...upload.items, ...rest] },
    entries,
    entryError: fields.flag('entry_error'),
    ignoreInterrupts: fields.flag('ignore_interrupts'),
    censoring: {
      secretDirectories: censoring?.texts('secret_directories') ?? [],
      includeDirectories: censoring?.texts('include_directories') ?? [],
      excludeDirectories: censoring?.texts('exclude_directories') ?? [],
      iniFilenames: censoring?.texts('ini_filenames') ?? [],
      minimumSecretLength: censoring?.whole('minimum_secret_length') ?? 0,
    },
  };
}
