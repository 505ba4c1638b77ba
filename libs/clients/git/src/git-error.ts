import { ProwError } from '@prow/base-errors';

/** git said no. `stderr` is what it wrote, without credentials. */
export class GitError extends ProwError {
  readonly exitCode: number | null;
  readonly stderr: string;

  constructor(message: string, options: { exitCode: number | null; stderr: string; transient?: boolean; code?: string; cause?: unknown }) {
    super(options.code ?? 'PROW_GIT_FAILED', message, {
      details: { exitCode: options.exitCode, stderr: options.stderr.slice(-2000) },
      transient: options.transient ?? false,
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.exitCode = options.exitCode;
    this.stderr = options.stderr;
  }
}
