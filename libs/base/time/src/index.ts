export { systemClock, sleepWith } from './clock.ts';
export type { Clock, Timer } from './clock.ts';
export { VirtualClock } from './virtual-clock.ts';
export { durationMs, formatDurationMs, formatGoDuration, parseGoDuration } from './go-duration.ts';
export { backoffMs, retry } from './backoff.ts';
export type { Backoff, RetryOptions } from './backoff.ts';
