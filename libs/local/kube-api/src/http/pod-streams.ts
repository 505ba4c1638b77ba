// pods/exec and pods/attach: the WebSocket of the caller is tied to one of the kubelet's, byte by byte.
// upstream: pkg/registry/core/pod/rest/subresources.go
import { request as httpRequest, ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { fromStoredText } from '../api-object.ts';
import { objectKey, type Core } from '../core.ts';
import { badRequest, internalError, notFound, notImplemented, StatusError, tooManyRequests } from '../status-error.ts';
import { readPath } from '../wire/json-path.ts';
import { answerError } from './answer.ts';
import { containerOf, firstBytes, kubeletOf } from './pod-log.ts';
import type { RequestInfo } from './request-info.ts';

const connectTimeoutMs = 10_000;
const maxStreams = 200;
/** What of a handshake is the kubelet's business. */
const passedHeaders = ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol'];

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

export class PodStreams {
  private readonly open = new Set<Duplex>();
  private readonly core: Core;
  private readonly kubeletToken: string;

  constructor(core: Core, kubeletToken: string) {
    this.core = core;
    this.kubeletToken = kubeletToken;
  }

  /** Throws before anything was answered; later failures end the connection. */
  async connect({ request, socket, head }: Upgrade, info: RequestInfo): Promise<void> {
    if (info.plural !== 'pods' || (info.subresource !== 'exec' && info.subresource !== 'attach')) throw badRequest('no upgrade is served here');
    if ((request.headers.upgrade ?? '').toLowerCase() !== 'websocket') throw notImplemented(`${info.plural}/${info.subresource} over ${request.headers.upgrade ?? 'nothing'}: only WebSockets`);
    if (this.open.size >= maxStreams) throw tooManyRequests(`${maxStreams} streams are open, which is the most this server keeps`, 5);
    const upstream = await this.dial(request, info);
    this.open.add(socket);
    const end = (): void => {
      this.open.delete(socket);
      socket.destroy();
      upstream.socket.destroy();
    };
    for (const side of [socket, upstream.socket]) side.on('error', end).once('close', end);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${pairs(upstream.rawHeaders)}\r\n`);
    if (upstream.head.length > 0) socket.write(upstream.head);
    if (head.length > 0) upstream.socket.write(head);
    socket.pipe(upstream.socket).pipe(socket);
  }

  endAll(): void {
    for (const socket of this.open) socket.destroy();
  }

  private dial(request: IncomingMessage, info: RequestInfo): Promise<{ socket: Duplex; head: Buffer; rawHeaders: readonly string[] }> {
    const definition = this.core.registry.find('', 'v1', 'pods');
    const version = this.core.store.get('pods', objectKey(info.namespace, info.name));
    if (version === undefined) throw definition === undefined ? internalError('no pods') : notFound(definition, info.name);
    const pod = fromStoredText(version.body, { apiVersion: 'v1', kind: 'Pod' });
    const container = containerOf(pod, info.name, info.query.get('container') ?? '');
    const [node] = readPath(pod, '.spec.nodeName');
    if (typeof node !== 'string' || node === '') throw badRequest(`pod ${info.name} does not have a host assigned`);
    const { host, port } = kubeletOf(this.core, node);
    const path = `/${info.subresource}/${[info.namespace, info.name, container].map(encodeURIComponent).join('/')}?${info.query.toString()}`;
    const headers: Record<string, string> = { Authorization: `Bearer ${this.kubeletToken}`, Connection: 'Upgrade', Upgrade: 'websocket' };
    for (const name of passedHeaders) if (typeof request.headers[name] === 'string') headers[name] = request.headers[name];
    return new Promise((resolve, reject) => {
      const dialled = httpRequest({ host, port, path, headers, agent: false });
      const timer = setTimeout(() => dialled.destroy(new Error('timed out')), connectTimeoutMs);
      dialled.once('error', (error) => reject(internalError(`error dialing backend: ${error.message}`)));
      dialled.once('close', () => clearTimeout(timer));
      dialled.once('upgrade', (response, socket, head) => {
        clearTimeout(timer);
        resolve({ socket, head, rawHeaders: response.rawHeaders });
      });
      dialled.once('response', (response) => {
        const code = response.statusCode === 404 || response.statusCode === 429 ? response.statusCode : 400;
        const reasons = { 400: 'BadRequest', 404: 'NotFound', 429: 'TooManyRequests' } as const;
        firstBytes(response).then((message) => reject(new StatusError({ code, reason: reasons[code as 400], message })), reject);
      });
      dialled.end();
    });
  }
}

function pairs(rawHeaders: readonly string[]): string {
  let text = '';
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  return text;
}

/** A Status on a connection that was to be upgraded. */
export function refuse({ request, socket }: Upgrade, error: unknown): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
  response.once('finish', () => socket.end());
  answerError(response, error);
}
