// Where a job's page is. upstream: pkg/pjutil/pjutil.go, JobURL
import type { LayoutConfiguration, LayoutJob, LayoutRefs } from './job.ts';
import { parseBucket } from './bucket.ts';
import { basePath } from './paths.ts';

/** The parts of `plank` in config.yaml that decide the URL. */
export interface JobUrlConfiguration {
  job_url_prefix_config?: Readonly<Record<string, string>> | null;
  jobURLPrefixDisableAppendStorageProvider?: boolean;
}

/** A ProwJob, as far as its URL goes. */
export interface UrlJob {
  spec: LayoutJob & {
    extra_refs?: readonly Pick<LayoutRefs, 'org' | 'repo'>[] | null;
    decoration_config?: { gcs_configuration?: (LayoutConfiguration & { job_url_prefix?: string }) | null } | null;
  };
  status?: { build_id?: string } | null;
}

/** The prefix of the most specific of the job's own, `org/repo`, `org` and `*`; '' where none is set. */
export function jobUrlPrefix(plank: JobUrlConfiguration, job: UrlJob): string {
  const own = job.spec.decoration_config?.gcs_configuration?.job_url_prefix;
  if (own !== undefined && own !== '') return own;
  const prefixes = plank.job_url_prefix_config ?? {};
  const refs = job.spec.refs ?? job.spec.extra_refs?.[0];
  const keys = refs == null ? ['*'] : [`${refs.org}/${refs.repo}`, refs.org, '*'];
  for (const key of keys) {
    const prefix = Object.hasOwn(prefixes, key) ? prefixes[key] : undefined;
    if (prefix !== undefined && prefix !== '') return prefix;
  }
  return '';
}

/**
 * `<prefix>/<provider>/<bucket[/path]>/<base path>` of a decorated job for which a prefix is configured; else what
 * `executeTemplate` (`plank.job_url_template` on the ProwJob) gives, or ''.
 * @throws ProwError PROW_ARTIFACT_LAYOUT_*: the job has no such path
 */
export function jobUrl(plank: JobUrlConfiguration, job: UrlJob, executeTemplate: () => string = () => ''): string {
  const configuration = job.spec.decoration_config?.gcs_configuration;
  const prefix = jobUrlPrefix(plank, job);
  if (configuration == null || prefix === '') return executeTemplate();
  const { provider, bucket, path } = parseBucket(configuration.bucket ?? '');
  const base = basePath(job.spec, job.status?.build_id ?? '', configuration);
  const [, origin = '', place = '', query = ''] = /^([^/?#]*:\/\/[^/?#]*)?([^?#]*)(.*)$/s.exec(prefix) ?? [];
  const parts = [unescapePath(place), ...(plank.jobURLPrefixDisableAppendStorageProvider === true ? [] : [provider]), bucket, path, base];
  const below = escapePath(parts.flatMap((part) => part.split('/')).filter((element) => element !== '').join('/'));
  return origin === '' && !place.startsWith('/') ? `${below}${query}` : `${origin}/${below}${query}`;
}

function unescapePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** As Go's net/url writes a path. */
function escapePath(path: string): string {
  return encodeURI(path).replace(/[?#!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
