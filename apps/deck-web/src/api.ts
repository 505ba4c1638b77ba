// deck's JSON API, from the browser. Each call rejects with the server's own message.
import { queryString, type ArtifactPage, type HistoryPage, type JobQuery, type JobsAnswer, type PullHistory, type RunAnswer } from '@prow/model-deck-api';

async function check(response: Response): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text();
  let message = text;
  try {
    const body = JSON.parse(text) as { message?: string; detail?: string; error?: string | { message?: string } };
    message = body.message ?? body.detail ?? (typeof body.error === 'string' ? body.error : body.error?.message) ?? text;
  } catch {
    // A plain text answer says it itself.
  }
  throw new Error(message.trim() === '' ? `the server answered ${response.status}` : message.trim());
}

async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await check(await fetch(path, { headers: { accept: 'application/json' }, ...(signal === undefined ? {} : { signal }) }));
  return (await response.json()) as T;
}

export function fetchJobs(query: JobQuery, limit: number, signal?: AbortSignal): Promise<JobsAnswer> {
  return getJson(`/api/jobs?${queryString(query)}&limit=${limit}`, signal);
}

export function fetchRun(key: string, signal?: AbortSignal): Promise<RunAnswer> {
  return getJson(`/api/run?key=${encodeURIComponent(key)}`, signal);
}

export function fetchArtifacts(key: string, after: string): Promise<ArtifactPage> {
  return getJson(`/api/run/artifacts?key=${encodeURIComponent(key)}&after=${encodeURIComponent(after)}`);
}

export function artifactUrl(key: string, path: string): string {
  return `/api/run/artifact?key=${encodeURIComponent(key)}&path=${encodeURIComponent(path)}`;
}

export function logUrl(key: string, path: string, more: Record<string, string> = {}): string {
  return `/api/run/log?${new URLSearchParams({ key, path, ...more }).toString()}`;
}

export async function openLog(url: string, signal: AbortSignal): Promise<Response> {
  return check(await fetch(url, { signal }));
}

export function fetchJobHistory(job: string, before: string | undefined): Promise<HistoryPage> {
  return getJson(`/api/job-history?job=${encodeURIComponent(job)}${before === undefined ? '' : `&before=${before}`}`);
}

export function fetchPullHistory(parameters: URLSearchParams): Promise<PullHistory> {
  return getJson(`/api/pr-history?${parameters.toString()}`);
}

export interface ConfigStatus {
  ok: boolean;
  errors: { code: string; message: string }[];
}

export function fetchConfigStatus(signal?: AbortSignal): Promise<ConfigStatus> {
  return getJson('/config-status', signal);
}

export interface TidePullRequest {
  Number: number;
  Title: string;
}

export interface TidePool {
  Org: string;
  Repo: string;
  Branch: string;
  SuccessPRs: TidePullRequest[] | null;
  PendingPRs: TidePullRequest[] | null;
  MissingPRs: TidePullRequest[] | null;
  BatchPending: TidePullRequest[] | null;
  Action: string;
  Target: TidePullRequest[] | null;
  Blockers: { Number: number; Title: string; URL: string }[] | null;
  Error?: string;
}

export async function fetchTidePools(): Promise<TidePool[]> {
  return (await getJson<{ Pools: TidePool[] | null }>('/tide.js')).Pools ?? [];
}

/** Asks for a rerun or an abort; answers what the server says. */
export async function act(what: 'rerun' | 'abort', prowJob: string): Promise<string> {
  const response = await check(await fetch(`/${what}?prowjob=${encodeURIComponent(prowJob)}`, { method: 'POST' }));
  return (await response.text()).trim();
}
