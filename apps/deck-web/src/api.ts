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
  /** Lines and columns count from 1; without a file the mistake is in none. */
  errors: { code: string; message: string; file?: string; line?: number; column?: number; path: (string | number)[] }[];
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

export interface Session {
  hasLogin: boolean;
  /** Undefined: nobody is signed in. */
  login?: string;
  csrfToken?: string;
}

export function fetchSession(signal?: AbortSignal): Promise<Session> {
  return getJson('/api/session', signal);
}

export function loginAddress(): string {
  return `/github-login?dest=${encodeURIComponent(location.pathname + location.search)}`;
}

export async function signOut(): Promise<void> {
  await post('/github-logout');
}

/** With what tells the server that a page of its own asks. A browser that must sign in first is sent there. */
async function post(path: string): Promise<Response> {
  const { csrfToken, hasLogin, login } = await fetchSession();
  const response = await fetch(path, { method: 'POST', headers: { accept: 'application/json', ...(csrfToken === undefined ? {} : { 'x-csrf-token': csrfToken }) } });
  if (response.status === 401 && hasLogin && login === undefined) location.assign(loginAddress());
  return check(response);
}

/** Asks for a rerun or an abort; answers what the server says. */
export async function act(what: 'rerun' | 'abort', prowJob: string): Promise<string> {
  return (await (await post(`/${what}?prowjob=${encodeURIComponent(prowJob)}`)).text()).trim();
}

export interface PoolCluster {
  name: string;
  region: string;
  administrator: string;
  labels?: Record<string, string>;
  state: string;
  since?: string;
  lease?: { build: string; job: string; since: string; prowjob?: string; until?: string };
  hold?: { user: string; reason: string; since: string; until: string };
  cleaning?: { since: string; prowjob?: string; url?: string };
  reason?: string;
}

export interface Pool {
  clusters: PoolCluster[];
  waiting: number;
  waiters?: { build: string; job: string; place?: number; expectedSeconds?: number; since?: string }[];
  broken?: { key: string; problem: string }[];
  /** Whether who looks may press the buttons. */
  mayAct: boolean;
}

export function fetchPool(signal?: AbortSignal): Promise<Pool> {
  return getJson('/api/pool', signal);
}

export async function movePool(call: string, fields: Record<string, string>): Promise<void> {
  await post(`/api/pool/${call}?${new URLSearchParams(fields).toString()}`);
}
