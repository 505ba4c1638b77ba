import { ProwError } from '@prow/base-errors';

/** @param text the whole text of the template, @param at a position in it */
export function lineAndColumn(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let index = before.indexOf('\n'); index >= 0; index = before.indexOf('\n', index + 1)) line += 1;
  return { line, column: Buffer.byteLength(before.slice(lineStart)) };
}

/** The template does not read. The message is Go's. */
export function syntaxError(name: string, line: number, message: string): ProwError {
  return new ProwError('PROW_TEMPLATE_SYNTAX', `template: ${name}:${line}: ${message}`, { details: { template: name, line }, httpStatus: 400 });
}

/** The template reads, but cannot be executed on this data. The message is Go's. */
export function executeError(message: string, details: Record<string, unknown>, cause?: unknown): ProwError {
  return new ProwError('PROW_TEMPLATE_EXECUTE', message, { details, cause, httpStatus: 400 });
}

/** A bound of ours was reached. */
export function limitError(message: string): ProwError {
  return new ProwError('PROW_TEMPLATE_LIMIT', message, { httpStatus: 400 });
}
