import { isErrorLike, systemCodeOf } from './is-error-like.ts';

/** System error codes after which the same call may well succeed: the other side was away, or the machine was busy. */
const transientSystemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  'EAGAIN',
  'EBUSY',
  'EMFILE',
  'ENFILE',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
]);
const maxCauses = 8;

/**
 * Whether the same call may succeed later without anybody changing anything.
 * An error that says so itself (`transient: boolean`) is believed; otherwise the system error code of it, or of an
 * error that caused it, decides. A deliberate abort is never transient.
 */
export function isTransient(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < maxCauses && isErrorLike(current); depth += 1) {
    if ('transient' in current && typeof current.transient === 'boolean') return current.transient;
    if (current.name === 'AbortError') return false;
    if (transientSystemCodes.has(systemCodeOf(current) ?? '')) return true;
    if (Array.isArray(current.errors) && current.errors.length > 0) return current.errors.every((each) => isTransient(each));
    current = current.cause;
  }
  return false;
}
