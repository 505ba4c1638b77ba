import { messageOf } from '@prow/base-errors';
import { GitHubError } from '../github-error.ts';

/** One failed attempt, and what may be done about it. */
export interface Failure {
  error: GitHubError;
  /** GitHub refused before doing anything, or was never reached: even a write may be sent again. */
  hadNoEffect: boolean;
  isRateLimit: boolean;
  /** How long GitHub asks to wait. */
  retryAfterMs?: number;
  headers?: Readonly<Record<string, string | number | undefined>>;
}

interface RequestFailure {
  status?: number;
  message?: string;
  response?: { headers?: Record<string, string | number | undefined>; data?: unknown };
  cause?: unknown;
}

/** System codes that say the request never left. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
const defaultSecondaryWaitMs = 60_000;

/** Makes sense of what Octokit threw. @param now Unix milliseconds, for limits that end at a time */
export function describeFailure(route: string, thrown: unknown, now: number): Failure {
  const failure = thrown as RequestFailure;
  const headers = failure.response?.headers;
  if (headers === undefined) return unreachable(route, thrown);
  const status = failure.status ?? 0;
  const githubMessage = messageIn(failure.response?.data);
  const limit = rateLimitOf(status, headers, githubMessage, now);
  const error = new GitHubError(`${route}: GitHub answered ${status}${githubMessage === '' ? '' : ` ${githubMessage}`}`, {
    status,
    githubMessage,
    ...(limit === undefined ? {} : { code: 'PROW_GITHUB_RATE_LIMIT', transient: true }),
    cause: thrown,
  });
  return {
    error,
    headers,
    hadNoEffect: limit !== undefined,
    isRateLimit: limit !== undefined,
    ...(limit === undefined ? {} : { retryAfterMs: limit }),
  };
}

function unreachable(route: string, thrown: unknown): Failure {
  const error = new GitHubError(`${route}: no answer from GitHub: ${rootMessage(thrown)}`, { status: 0, code: 'PROW_GITHUB_UNREACHABLE', cause: thrown });
  return { error, hadNoEffect: neverSent.has(codeOf(thrown) ?? ''), isRateLimit: false };
}

/** Milliseconds to wait, when the answer is a rate limit. upstream: pkg/github/client.go requestRetry */
function rateLimitOf(status: number, headers: Readonly<Record<string, string | number | undefined>>, message: string, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfterS = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(retryAfterS)) return Math.max(1000, retryAfterS * 1000);
  if (String(headers['x-ratelimit-remaining']) === '0') return Math.max(1000, Number(headers['x-ratelimit-reset']) * 1000 - now + 1000);
  const isSecondary = status === 429 || /secondary rate limit|abuse detection/i.test(message);
  return isSecondary ? defaultSecondaryWaitMs : undefined;
}

/** GitHub's message with the field problems behind it. */
function messageIn(data: unknown): string {
  if (typeof data === 'string') return data.slice(0, 300);
  if (typeof data !== 'object' || data === null) return '';
  const { message, errors } = data as { message?: unknown; errors?: unknown };
  const problems = Array.isArray(errors) ? errors.slice(0, 5).map((each) => problemIn(each)) : [];
  return [typeof message === 'string' ? message : '', ...problems].filter((text) => text !== '').join('; ');
}

function problemIn(problem: unknown): string {
  if (typeof problem === 'string') return problem;
  if (typeof problem !== 'object' || problem === null) return '';
  const { message, field, code } = problem as Record<string, unknown>;
  if (typeof message === 'string') return message;
  return [field, code].filter((text) => typeof text === 'string').join(' ');
}

function codeOf(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 6; error = error.cause, depth += 1) {
    if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
    if (error instanceof AggregateError && error.errors[0] instanceof Error && 'code' in error.errors[0]) return String(error.errors[0].code);
  }
  return undefined;
}

function rootMessage(thrown: unknown): string {
  const code = codeOf(thrown);
  return code === undefined ? messageOf(thrown) : `${messageOf(thrown)} (${code})`;
}
