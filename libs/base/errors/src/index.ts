export { ProwError } from './prow-error.ts';
export type { ProwErrorOptions } from './prow-error.ts';
export { isErrorLike, systemCodeOf } from './is-error-like.ts';
export { isTransient } from './transient.ts';
export { messageOf } from './message-of.ts';
export { nearestNames } from './nearest-names.ts';
