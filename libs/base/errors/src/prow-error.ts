export interface ProwErrorOptions {
  /** What a reader needs to act: the file, line, field, port, what was found and what was expected. */
  details?: Readonly<Record<string, unknown>>;
  /** The error that led to this one. */
  cause?: unknown;
  /** True when the same call may succeed later without anybody changing anything. Default false. */
  transient?: boolean;
  /** The HTTP status with which a service answers this error. Default: 500. */
  httpStatus?: number;
}

/** The error of this code base: a code that never changes, a message for people, fields for machines. */
export class ProwError extends Error {
  /** `PROW_<ROOM>_<WHAT>`, for example `PROW_REGEX_SYNTAX`. */
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly transient: boolean;
  readonly httpStatus?: number;

  constructor(code: string, message: string, options: ProwErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
    this.transient = options.transient ?? false;
    if (options.httpStatus !== undefined) this.httpStatus = options.httpStatus;
  }
}
