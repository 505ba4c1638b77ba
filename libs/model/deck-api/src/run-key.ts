// A run's address on deck: `/view/KEYTYPE/KEY`. upstream: pkg/spyglass/spyglass.go

export type RunKey =
  | { kind: 'storage'; provider: 'gs' | 's3' | 'file'; bucket: string; path: string; key: string }
  | { kind: 'prowjob'; job: string; buildId: string; key: string };

const providers: Record<string, 'gs' | 's3' | 'file'> = { gs: 'gs', gcs: 'gs', s3: 's3', file: 'file' };

/**
 * Reads `gs|s3|gcs|file/BUCKET/PATH` or `prowjob/JOB/BUILD`. For `file` there is no bucket: all is path.
 * Undefined for anything else, for `.` and `..` elements, and beyond 1,024 characters.
 */
export function parseRunKey(text: string): RunKey | undefined {
  const key = text.replace(/^\/+|\/+$/g, '');
  if (key.length > 1024 || key.includes('\0')) return undefined;
  const [type = '', ...rest] = key.split('/');
  if (rest.some((element) => element === '' || element === '.' || element === '..')) return undefined;
  if (type === 'prowjob') {
    const [job, buildId, more] = rest;
    return job === undefined || buildId === undefined || more !== undefined ? undefined : { kind: 'prowjob', job, buildId, key };
  }
  const provider = Object.hasOwn(providers, type) ? providers[type] : undefined;
  if (provider === undefined) return undefined;
  const bucket = provider === 'file' ? '' : rest.shift();
  if (bucket === undefined || rest.length === 0) return undefined;
  return { kind: 'storage', provider, bucket, path: rest.join('/'), key: [provider, ...(bucket === '' ? [] : [bucket]), ...rest].join('/') };
}

/** The page's path on this deck for a ProwJob's `status.url`, wherever that says deck is; '' when it is no deck address. */
export function runKeyFromUrl(url: string): string {
  const at = url.indexOf('/view/');
  if (at === -1) return '';
  const end = url.slice(at).search(/[?#]/);
  return end === -1 ? url.slice(at) : url.slice(at, at + end);
}
