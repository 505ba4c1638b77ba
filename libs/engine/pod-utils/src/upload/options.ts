// upstream: pkg/gcsupload/options.go
import { ProwError } from '@prow/base-errors';
import type { LayoutConfiguration } from '@prow/model-artifact-layout';
import type { Fields } from '../options/decode.ts';
import type { FlagSpec } from '../options/go-flags.ts';

export interface UploadOptions {
  /** Files and folders to upload, besides what the utility itself has. */
  items: string[];
  /** Goes between the job's folder and the items. */
  subDirectory: string;
  layout: LayoutConfiguration;
  /** File name extension (with or without dot) → content type. */
  mediaTypes: Record<string, string>;
  /** Copy here, without a job's folder, instead of uploading. */
  localOutputDirectory: string;
  /** Extensions, or `*`. */
  compressFileTypes: string[];
  gcsCredentialsFile: string;
  s3CredentialsFile: string;
  /** Only say what would be uploaded. */
  isDryRun: boolean;
}

export const uploadFlags: Readonly<Record<string, FlagSpec>> = {
  'sub-dir': { key: 'sub_dir', kind: 'text' },
  bucket: { key: 'bucket', kind: 'text' },
  // PROVIDER://BUCKET/PREFIX, for people: stands for bucket and path-prefix.
  'gcs-path': { key: 'gcs_path', kind: 'text' },
  // EXTENSION:TYPE[,…]
  'media-type': { key: 'media_types', kind: 'texts' },
  'path-strategy': { key: 'path_strategy', kind: 'text' },
  'path-prefix': { key: 'path_prefix', kind: 'text' },
  'default-org': { key: 'default_org', kind: 'text' },
  'default-repo': { key: 'default_repo', kind: 'text' },
  'local-output-dir': { key: 'local_output_dir', kind: 'text' },
  'gcs-credentials-file': { key: 'gcs_credentials_file', kind: 'text' },
  's3-credentials-file': { key: 's3_credentials_file', kind: 'text' },
  'dry-run': { key: 'dry_run', kind: 'flag' },
};

/** @throws ProwError PROW_POD_UTILS_OPTION */
export function readUploadOptions(fields: Fields): UploadOptions {
  const localOutputDirectory = fields.text('local_output_dir');
  const isDryRun = fields.flag('dry_run');
  const given = splitPath(fields.text('gcs_path'));
  const layout = {
    bucket: given?.bucket ?? fields.text('bucket'),
    path_prefix: given?.prefix ?? fields.text('path_prefix'),
    path_strategy: fields.text('path_strategy') || 'explicit',
    default_org: fields.text('default_org'),
    default_repo: fields.text('default_repo'),
  };
  if (!isDryRun && localOutputDirectory === '' && layout.bucket === '') throw new ProwError('PROW_POD_UTILS_OPTION', 'nowhere to upload to: bucket is missing');
  return {
    items: fields.texts('items'),
    subDirectory: fields.text('sub_dir'),
    layout,
    mediaTypes: { ...fields.textMap('mediaTypes'), ...mediaTypesOf(fields.texts('media_types')) },
    localOutputDirectory,
    compressFileTypes: fields.texts('compress_file_types'),
    gcsCredentialsFile: fields.text('gcs_credentials_file'),
    s3CredentialsFile: fields.text('s3_credentials_file'),
    isDryRun,
  };
}

/** `gs://bucket/a/b` is the bucket `gs://bucket` and the prefix `a/b`. */
function splitPath(path: string): { bucket: string; prefix: string } | undefined {
  if (path === '') return undefined;
  const [, bucket, prefix = ''] = /^([a-z][a-z0-9]*:\/\/[^/]+)(?:\/(.*))?$/.exec(path) ?? [];
  if (bucket === undefined) throw new ProwError('PROW_POD_UTILS_FLAG', `flag --gcs-path: found "${path}", expected gs://BUCKET/PREFIX`, { details: { flag: 'gcs-path', value: path } });
  return { bucket, prefix };
}

function mediaTypesOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.flatMap((text) => text.split(',')).map((entry) => {
    const [, extension, type] = /^([^:]+):([^:]+)$/.exec(entry) ?? [];
    if (extension === undefined || type === undefined) throw new ProwError('PROW_POD_UTILS_FLAG', `flag --media-type: found "${entry}", expected EXTENSION:TYPE`, { details: { flag: 'media-type', value: entry } });
    return [extension, type];
  }));
}
