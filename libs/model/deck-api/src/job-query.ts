// The job list's filters: from and to an address, and over summaries. upstream: pkg/deck's page, its URL parameters.
import type { JobQuery, JobsAnswer, JobState, JobSummary } from './types.ts';

const keys = ['type', 'repo', 'pull', 'author', 'job', 'state', 'cluster'] as const;

/** Filters from an address's parameters; empty ones and a pull that is no number are left out. */
export function jobQueryFrom(parameters: URLSearchParams): JobQuery {
  const query: JobQuery = {};
  for (const key of keys) {
    const value = parameters.get(key)?.trim();
    if (value === undefined || value === '') continue;
    if (key === 'pull') {
      if (/^\d{1,9}$/.test(value)) query.pull = Number(value);
    } else query[key] = value;
  }
  return query;
}

/** The address's parameters of filters, in a fixed order, without `?`. */
export function queryString(query: JobQuery): string {
  const parameters = new URLSearchParams();
  for (const key of keys) if (query[key] !== undefined) parameters.set(key, String(query[key]));
  return parameters.toString();
}

/** Whether all of `text` fits `glob`, `*` standing for anything. Linear in text for each `*`; no regular expressions. */
export function matchesGlob(glob: string, text: string): boolean {
  const parts = glob.split('*');
  const [first = ''] = parts;
  if (parts.length === 1) return text === glob;
  const last = parts.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

function matches(job: JobSummary, query: JobQuery, without?: keyof JobQuery): boolean {
  const wants = (key: keyof JobQuery): boolean => key !== without && query[key] !== undefined;
  return (
    (!wants('type') || job.type === query.type) &&
    (!wants('repo') || job.repo === query.repo) &&
    (!wants('state') || job.state === query.state) &&
    (!wants('cluster') || job.cluster === query.cluster) &&
    (!wants('pull') || job.pulls.some(({ number }) => number === query.pull)) &&
    (!wants('author') || job.pulls.some(({ author }) => author === query.author)) &&
    (!wants('job') || matchesGlob(query.job ?? '', job.job))
  );
}

/** Answers a query over all jobs, newest first. */
export function filterJobs(jobs: readonly JobSummary[], query: JobQuery, limit: number): JobsAnswer {
  const found = jobs.filter((job) => matches(job, query));
  const byState: Partial<Record<JobState, number>> = {};
  for (const job of jobs) if (matches(job, query, 'state')) byState[job.state] = (byState[job.state] ?? 0) + 1;
  const ofRepo = query.repo === undefined ? jobs : jobs.filter(({ repo }) => repo === query.repo);
  return {
    jobs: found.slice(0, limit),
    total: found.length,
    byState,
    choices: {
      repos: distinct(jobs.map(({ repo }) => repo)),
      jobs: distinct(ofRepo.map(({ job }) => job)),
      authors: distinct(ofRepo.flatMap(({ pulls }) => pulls.map(({ author }) => author))),
      types: distinct(jobs.map(({ type }) => type)),
      clusters: distinct(jobs.map(({ cluster }) => cluster)),
    },
  };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== '').toSorted();
}
