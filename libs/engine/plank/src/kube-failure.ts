// What an API server's refusal means for a job.
import { isTransient, messageOf } from '@prow/base-errors';

/** The `reason` of a Kubernetes error (NotFound, Conflict, …); undefined for anything else. */
export function reasonOf(error: unknown): string | undefined {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
}

export type CreateFailure =
  /** A pod of this name is there. */
  | { kind: 'exists' }
  /** Room is wanting, or the server is busy: will be tried again, and the job says on what it waits. */
  | { kind: 'later'; on: string; afterMs: number }
  /** The cluster did not answer. */
  | { kind: 'away' }
  /** This pod will never be accepted. */
  | { kind: 'never'; because: string };

const quotaRetryMs = 15_000;
const busyRetryMs = 2_000;
/** Reasons that say: this object is wrong, or not allowed. */
const finalReasons: ReadonlySet<string> = new Set(['Invalid', 'BadRequest', 'Forbidden', 'NotFound', 'MethodNotAllowed', 'NotAcceptable', 'RequestEntityTooLarge', 'UnsupportedMediaType', 'Gone']);

/** upstream ends the job at every 4xx; here only at those that the same request would meet again. */
export function classifyCreateFailure(error: unknown): CreateFailure {
  const reason = reasonOf(error);
  const message = messageOf(error);
  if (reason === 'AlreadyExists') return { kind: 'exists' };
  if (reason === 'Forbidden' && /exceeded quota|resource quota|quota/i.test(message)) return { kind: 'later', on: `quota: ${shorten(message)}`, afterMs: quotaRetryMs };
  if (reason === 'Forbidden' && /being terminated/.test(message)) return { kind: 'never', because: message };
  if (reason === 'TooManyRequests' || reason === 'Conflict') return { kind: 'later', on: `its build cluster: ${shorten(message)}`, afterMs: busyRetryMs };
  if (reason !== undefined && finalReasons.has(reason)) return { kind: 'never', because: message };
  if (isTransient(error) || reason !== undefined) return { kind: 'away' };
  return { kind: 'never', because: message };
}

const maxQuotedLength = 300;

function shorten(text: string): string {
  return text.length <= maxQuotedLength ? text : `${text.slice(0, maxQuotedLength)}…`;
}
