// What GitHub calls. Checks, in this order, and answers as upstream: pkg/github/hmac.go ValidateWebhook.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '@prow/base-service';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { actionOf, numberOf, orderingKey, parseEvent, signingScope } from '@prow/model-github-events';
import type { Inbox } from '../inbox.ts';
import { maxBodyBytes } from '../inbox-store.ts';
import type { NewDelivery, DeliverySource } from '../types.ts';
import { type HmacTokens, tokensFor, tokensThatSigned } from './hmac-secrets.ts';

export interface WebhookOptions {
  readonly inbox: Pick<Inbox, 'accept'>;
  readonly tokens: () => HmacTokens;
  readonly log: Logger;
  readonly onEvent?: (eventType: string) => void;
  readonly onAnswer?: (status: number) => void;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const accepted: Answer = { status: 200, text: 'Event received. Have a nice day.' };
const maxForwardedHeaderBytes = 8192;
/** Headers that belong to one connection, not to the message. */
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'host', 'content-length', 'expect', 'proxy-authorization', 'authorization', 'cookie']);

/** Answers one webhook call: 200 once the delivery is on disk, not before. */
export async function receiveWebhook(request: IncomingMessage, response: ServerResponse, options: WebhookOptions): Promise<void> {
  const answer = await receive(request, options).catch((error: unknown): Answer => {
    const status = error instanceof ProwError ? (error.httpStatus ?? 500) : 500;
    options.log.error('webhook not taken in', { status, error });
    return { status, text: status === 413 ? '413 Payload too large' : status === 400 ? '400 Bad Request: the body ended early' : '500 Internal Server Error: the delivery could not be kept' };
  });
  options.onAnswer?.(answer.status);
  response.statusCode = answer.status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  // A body that was not read to its end cannot be followed by another request.
  if (!request.complete) response.setHeader('connection', 'close');
  response.end(answer.text);
}

async function receive(request: IncomingMessage, { inbox, tokens, log, onEvent }: WebhookOptions): Promise<Answer> {
  const headerProblem = checkHeaders(request);
  if (headerProblem !== undefined) return headerProblem;
  const eventType = headerOf(request, 'x-github-event');
  const guid = headerOf(request, 'x-github-delivery');
  const body = await readBody(request, { maxBytes: maxBodyBytes });
  const signers = tokensThatSigned(tokens(), body, headerOf(request, 'x-hub-signature-256'));
  if (signers.size === 0) return { status: 403, text: '403 Forbidden: Invalid X-Hub-Signature-256' };
  const payload = parseJson(body);
  if (payload === undefined) return { status: 403, text: '403 Forbidden: the body is not JSON' };
  // Only tokens of the repository that will be acted on may have signed.
  if (!tokensFor(tokens(), signingScope(payload)).some((token) => signers.has(token))) {
    log.warn('webhook signed with the secret of another repository', { guid, eventType, scope: signingScope(payload) });
    return { status: 403, text: '403 Forbidden: Invalid X-Hub-Signature-256' };
  }
  onEvent?.(eventType);
  const { isDuplicate } = await inbox.accept(describeDelivery({ eventType, guid, body, payload, headers: forwardedHeaders(request), source: 'webhook' }));
  if (isDuplicate) log.info('delivery was received before', { guid, eventType });
  return accepted;
}

function checkHeaders(request: IncomingMessage): Answer | undefined {
  if (request.method !== 'POST') return { status: 405, text: '405 Method not allowed' };
  if (headerOf(request, 'x-github-event') === '') return { status: 400, text: '400 Bad Request: Missing X-GitHub-Event Header' };
  const guid = headerOf(request, 'x-github-delivery');
  if (guid === '') return { status: 400, text: '400 Bad Request: Missing X-GitHub-Delivery Header' };
  if (!/^[\x21-\x7e]{1,200}$/.test(guid)) return { status: 400, text: '400 Bad Request: X-GitHub-Delivery is not a GUID' };
  if (headerOf(request, 'x-hub-signature-256') === '') return { status: 403, text: '403 Forbidden: Missing X-Hub-Signature-256' };
  if (headerOf(request, 'content-type') !== 'application/json') return { status: 400, text: '400 Bad Request: Hook only accepts content-type: application/json' };
  return undefined;
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

function forwardedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value !== 'string' || HOP_HEADERS.has(name)) continue;
    bytes += name.length + value.length;
    if (bytes <= maxForwardedHeaderBytes) headers[name] = value;
  }
  return headers;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** What the inbox notes of a delivery. A payload that is not what its type says is taken in all the same, for a look. */
export function describeDelivery(given: { eventType: string; guid: string; body: Buffer; payload: unknown; headers: Record<string, string>; source: DeliverySource }): NewDelivery {
  const { eventType, guid, body, payload, headers, source } = given;
  try {
    const event = parseEvent({ eventType, guid, payload });
    return {
      eventType,
      guid,
      body,
      headers,
      source,
      event,
      action: actionOf(event),
      orderingKey: orderingKey(event),
      repository: event.repository?.fullName,
      number: numberOf(event),
      sender: event.sender?.login,
    };
  } catch {
    const scope = signingScope(payload);
    const repository = scope?.repo === undefined ? undefined : `${scope.org}/${scope.repo}`;
    return { eventType, guid, body, headers, source, orderingKey: repository ?? scope?.org ?? '', repository };
  }
}
