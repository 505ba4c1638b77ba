import { ProwError } from '@prow/base-errors';

export interface KubeErrorDetails {
  /** As Kubernetes names it: NotFound, AlreadyExists, Conflict, Invalid, Forbidden, Expired, TooManyRequests…, or Unreachable. */
  reason: string;
  /** The HTTP status; 0 when there was no answer. */
  status: number;
  /** What was asked: `GET /api/v1/…`. */
  request: string;
  retryAfterSeconds?: number;
  cause?: unknown;
}

const transientReasons = new Set(['Unreachable', 'TooManyRequests', 'ServiceUnavailable', 'Timeout', 'ServerTimeout', 'InternalError']);

/** An answer of the API server that is no success, or (`reason` Unreachable) no answer at all. */
export class KubeError extends ProwError {
  readonly reason: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly retryAfterSeconds?: number;

  constructor(message: string, { reason, status, request, retryAfterSeconds, cause }: KubeErrorDetails) {
    super('PROW_KUBE_REQUEST', message, {
      details: { reason, status, request },
      transient: transientReasons.has(reason),
      ...(status >= 400 ? { httpStatus: status } : {}),
      ...(cause === undefined ? {} : { cause }),
    });
    this.reason = reason;
    this.status = status;
    if (retryAfterSeconds !== undefined) this.retryAfterSeconds = retryAfterSeconds;
  }

  get isNotFound(): boolean {
    return this.reason === 'NotFound';
  }
}

/** Whether something thrown is a KubeError with this reason. */
export function hasReason(error: unknown, reason: string): error is KubeError {
  return error instanceof KubeError && error.reason === reason;
}

const reasonsByStatus: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** From the answer's text, which should be a Status and may be anything that a proxy on the way wrote. */
export function errorOfAnswer({ status, body, request, retryAfter }: { status: number; body: string; request: string; retryAfter?: string | undefined }): KubeError {
  const parsed = parseStatus(body);
  const seconds = parsed?.details?.retryAfterSeconds ?? Number(retryAfter);
  return new KubeError(parsed?.message || `${request}: HTTP ${status}: ${body.slice(0, 500).trim()}`, {
    reason: parsed?.reason || (reasonsByStatus[status] ?? (status >= 500 ? 'InternalError' : 'Unknown')),
    status,
    request,
    ...(Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}),
  });
}

/** From the Status object of a watch's ERROR event. */
export function errorOfStatus(status: unknown, request: string): KubeError {
  return errorOfAnswer({ status: statusCode(status), body: JSON.stringify(status), request });
}

interface StatusBody {
  message?: string;
  reason?: string;
  code?: number;
  details?: { retryAfterSeconds?: number };
}

function parseStatus(body: string): StatusBody | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status' ? (value as StatusBody) : undefined;
  } catch {
    return undefined;
  }
}

function statusCode(status: unknown): number {
  const code = typeof status === 'object' && status !== null && 'code' in status ? status.code : undefined;
  return typeof code === 'number' ? code : 500;
}
