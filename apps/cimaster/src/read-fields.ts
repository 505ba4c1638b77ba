// What a request gives to a call: the query of its address, and a form or a JSON object as its body.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import { messageOf, ProwError } from '@prow/base-errors';
import { readBody, refuseDuplicateFields } from '@prow/base-service';

const maxBodyBytes = 64 * 1024;

export interface Given {
  query: Readonly<Record<string, unknown>>;
  body: Readonly<Record<string, unknown>>;
}

/** @throws ProwError PROW_CIMASTER_BODY (400, 415), PROW_SERVICE_BODY_* (400, 413, 415) (rejects) */
export async function readFields(request: IncomingMessage, response: ServerResponse, query: string): Promise<Given> {
  mustBeEncoded(query, 'the address');
  return { query: parse(query), body: hasBody(request) ? await readBodyFields(request, response) : {} };
}

/** Else a percent sign that was not encoded would be taken as it is. */
function mustBeEncoded(fields: string, where: string): void {
  try {
    decodeURIComponent(fields);
  } catch {
    throw badBody(`the parameters in ${where}: found a "%" that begins no percent-encoded UTF-8, expected %25 for the sign itself`, 400);
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

async function readBodyFields(request: IncomingMessage, response: ServerResponse): Promise<Readonly<Record<string, unknown>>> {
  const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = request.headers;
  const kind = /^application\/(json|x-www-form-urlencoded)\s*(?:;|$)/i.exec(type)?.[1]?.toLowerCase();
  if (kind === undefined) throw badBody(`the Content-Type of the body: found ${JSON.stringify(type.slice(0, 80))}, expected application/x-www-form-urlencoded or application/json`, 415);
  if (coding.toLowerCase() !== 'identity') throw badBody(`the Content-Encoding of the body: found ${JSON.stringify(coding.slice(0, 80))}, expected none`, 415);
  const charset = /;\s*charset="?([^\s;"]{1,40})/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  const body = await readBody(request, { maxBytes: maxBodyBytes });
  if (kind !== 'json') {
    mustBeEncoded(body.toString('utf8'), 'the body');
    return parse(body.toString('utf8'));
  }
  refuseDuplicateFields(request, response, body, charset);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw badBody(`the body cannot be read: ${messageOf(error)}`, 400);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badBody(`the body: found ${Array.isArray(value) ? 'a list' : JSON.stringify(value).slice(0, 40)}, expected an object`, 400);
  return value as Readonly<Record<string, unknown>>;
}

function badBody(message: string, httpStatus: number): ProwError {
  return new ProwError('PROW_CIMASTER_BODY', message, { httpStatus });
}
