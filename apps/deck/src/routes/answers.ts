// How deck answers: never cached, as a value or, for upstream's clients, as a script that assigns it.
import { ProwError } from '@prow/base-errors';
import type { Request, Response } from 'express';

/** One text parameter of the address; the last one when given several times. */
export function parameter(request: Request, name: string): string | undefined {
  const value: unknown = request.query[name];
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' && last !== '' ? last : undefined;
}

/** @throws ProwError PROW_DECK_PARAMETER (400) */
export function requiredParameter(request: Request, name: string): string {
  const value = parameter(request, name);
  if (value === undefined) throw badParameter(name, 'nothing', 'a value');
  return value;
}

export function badParameter(name: string, found: string, expected: string): ProwError {
  return new ProwError('PROW_DECK_PARAMETER', `parameter ${name}: found ${found}, expected ${expected}`, { httpStatus: 400, details: { name } });
}

/** @throws ProwError PROW_DECK_PARAMETER (400) */
export function integerParameter(request: Request, name: string, { fallback, min, max }: { fallback: number; min: number; max: number }): number {
  const text = parameter(request, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw badParameter(name, `"${text.slice(0, 100)}"`, `a whole number from ${min} to ${max}`);
  return value;
}

export function notFound(message: string): ProwError {
  return new ProwError('PROW_DECK_NOT_FOUND', message, { httpStatus: 404 });
}

export function neverCache(response: Response): void {
  response.set({ 'Cache-Control': 'no-store, must-revalidate', Expires: '0' });
}

/** JSON, or with `?var=X` the script `var X = JSON;`. upstream: cmd/deck/main.go, handleProwJobs */
export function sendData(request: Request, response: Response, data: unknown): void {
  neverCache(response);
  response.set('X-Content-Type-Options', 'nosniff');
  const name = parameter(request, 'var');
  if (name === undefined) {
    response.json(data);
    return;
  }
  if (!/^[A-Za-z_$][\w$]{0,63}$/.test(name)) throw badParameter('var', 'something else', 'the name of a JavaScript variable');
  // In a script these two end a line, in JSON they do not.
  const json = JSON.stringify(data).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  response.type('application/javascript').send(`var ${name} = ${json};`);
}

export function sendText(response: Response, text: string): void {
  neverCache(response);
  response.set('X-Content-Type-Options', 'nosniff').type('text/plain').send(text);
}
