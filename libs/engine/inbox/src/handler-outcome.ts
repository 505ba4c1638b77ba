import { isTransient } from '@prow/base-errors';

const maxRecordedItems = 100;

/** Whether the same run may succeed later: transient trouble, or somebody else was quicker. */
export function isRetryable(error: unknown): boolean {
  if (isTransient(error)) return true;
  const { isConflict, reason } = (typeof error === 'object' && error !== null ? error : {}) as { isConflict?: unknown; reason?: unknown };
  return isConflict === true || reason === 'Conflict';
}

/** Set on what a handler throws to be run again after a while, which is no failure. */
export function retryAfterMs(error: unknown): number | undefined {
  const value = typeof error === 'object' && error !== null && 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

/** Keeps records small, however much a handler does. */
export function pushBounded<T>(list: T[], item: T): void {
  if (list.length < maxRecordedItems) list.push(item);
}
