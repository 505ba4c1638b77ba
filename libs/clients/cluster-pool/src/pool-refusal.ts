import { ProwError } from '@prow/base-errors';
import { durationOfRetryAfter } from './retry-after.ts';

/** What cimaster answered instead: `code` is cimaster's own (PROW_CLUSTER_POOL_STATE, …), or PROW_CLUSTER_POOL_CLIENT_ANSWER. */
export class PoolRefusal extends ProwError {
  readonly status: number;
  /** The wait that it asks for. */
  readonly retryAfterMs: number | undefined;
  /** The state that was in the way (409). */
  readonly state: string | undefined;
  /** The moves that are allowed in that state (409). */
  readonly allowed: readonly string[];
  /** The parameter that is wrong (400). */
  readonly parameter: string | undefined;

  constructor({ status, text, retryAfter, nowMs }: { status: number; text: string; retryAfter: string | undefined; nowMs: number }) {
    const { code, detail, type: _type, title: _title, status: _status, ...details } = parseObject(text);
    const message = typeof detail === 'string' ? detail : text.slice(0, 300).trim();
    super(typeof code === 'string' && /^PROW_[A-Z0-9_]{1,80}$/.test(code) ? code : 'PROW_CLUSTER_POOL_CLIENT_ANSWER', message === '' ? `status ${status}` : message, { httpStatus: status, transient: status >= 500 ? status !== 507 : status === 429 || status === 408, details });
    this.status = status;
    this.retryAfterMs = durationOfRetryAfter(retryAfter, nowMs);
    const { state, allowed, parameter } = details;
    this.state = typeof state === 'string' ? state : undefined;
    this.allowed = Array.isArray(allowed) ? allowed.filter((each) => typeof each === 'string') : [];
    this.parameter = typeof parameter === 'string' ? parameter : undefined;
  }

  /** Nothing is vacant; all is well otherwise. */
  get isNothingVacant(): boolean {
    return this.code === 'PROW_CLUSTER_POOL_NOTHING_VACANT';
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
