// Answers without express, which costs each request that waits some kilobytes.
import type { IncomingMessage, ServerResponse } from 'node:http';

export function send(response: ServerResponse, status: number, type: 'text/plain' | 'application/json' | 'application/problem+json', body: string): void {
  response.statusCode = status;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** Text, or what `json` makes where the client asks for it. */
export function answer(request: IncomingMessage, response: ServerResponse, { status = 200, text, json }: { status?: number; text: string; json: unknown }): void {
  if (wantsJson(request)) send(response, status, 'application/json', JSON.stringify(json));
  else send(response, status, 'text/plain', text);
}

/** What is named beats a wildcard of the same quality. */
const wildcardPenalty = 0.0001;

/** JSON is named in `Accept`, and text not preferred to it; of two that are liked alike, the one that was named first. */
export function wantsJson({ headers: { accept } }: IncomingMessage): boolean {
  if (accept === undefined || !accept.includes('json')) return false;
  let best = { isJson: false, quality: 0 };
  for (const range of accept.slice(0, 1000).split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const isJson = type === 'application/json' || type === 'application/problem+json';
    const isWildcard = type === '*/*' || type === 'text/*';
    if (!isJson && !isWildcard && type !== 'text/plain') continue;
    const quality = Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1) - (isWildcard ? wildcardPenalty : 0);
    if (quality > best.quality) best = { isJson, quality };
  }
  return best.isJson;
}

export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
