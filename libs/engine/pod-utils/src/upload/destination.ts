// Where a job's files go: a storage and the folder in it.
import type { Storage } from '@prow/clients-storage';
import { FileStorage, openStorage } from '@prow/clients-storage';
import { aliasPath, basePath, latestBuildPaths, objectUrl } from '@prow/model-artifact-layout';
import type { JobSpec } from '../job-spec.ts';
import type { UploadOptions } from './options.ts';

export interface Destination {
  storage: Storage;
  /** Goes before every file's name, with its slash; '' for a local output folder. */
  prefix: string;
  /** Files that lead to the job's folder; none for a local output folder. */
  pointers: Pointer[];
}

export interface Pointer {
  path: string;
  content: string;
  metadata?: Record<string, string>;
  /** `start` ones are written when the job starts, and later only if missing: a build that ends late must not pass for the newest. */
  when: 'start' | 'always';
}

/** @throws ProwError of storage and layout */
export async function openDestination(options: UploadOptions, spec: JobSpec): Promise<Destination> {
  const subDirectory = options.subDirectory === '' ? '' : `${options.subDirectory.replace(/^\/+|\/+$/g, '')}/`;
  if (options.localOutputDirectory !== '') return { storage: new FileStorage(options.localOutputDirectory), prefix: subDirectory, pointers: [] };
  const bucket = options.layout.bucket ?? '';
  const storage = await openStorage({ bucket, gcsCredentialsFile: options.gcsCredentialsFile, s3CredentialsFile: options.s3CredentialsFile });
  const base = basePath(spec, spec.buildId, options.layout);
  const alias = aliasPath(spec, spec.buildId);
  const link = objectUrl(bucket, base);
  return {
    storage,
    prefix: `${base}/${subDirectory}`,
    pointers: [
      ...(alias === undefined ? [] : [{ path: alias, content: link, metadata: { 'x-goog-meta-link': link }, when: 'always' as const }]),
      ...latestBuildPaths(spec, options.layout).map((path): Pointer => ({ path, content: spec.buildId, when: 'start' })),
    ],
  };
}
