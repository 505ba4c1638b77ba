import { ProwError } from '@prow/base-errors';

/** Thrown by a handler that wants to be run again after a while: no failure, and it keeps nobody else waiting. */
export class RunLater extends ProwError {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('PROW_PLUGINS_LATER', `to be run again in ${retryAfterMs} ms`, { transient: true, details: { retryAfterMs } });
    this.retryAfterMs = retryAfterMs;
  }
}
