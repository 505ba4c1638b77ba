// HTTP to one API server: kept-alive connections, credentials that may change, errors as KubeError.
import * as http from 'node:http';
import * as https from 'node:https';
import type { Clock } from '@prow/base-time';
import { errorOfAnswer, KubeError } from './kube-error.ts';
import type { ContextConfig } from './kube-config.ts';

export interface KubeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server, with the query. */
  path: string;
  body?: string;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal | undefined;
  /** Silence allowed until the answer's head. Default 60 s. */
  timeoutMs?: number;
}

/** Credentials are asked for again this often; tokens of service accounts are rotated within hours. */
const credentialsMaxAgeMs = 30_000;
const defaultTimeoutMs = 60_000;
const maxAnswerBytes = 512 * 1024 * 1024;
const userAgent = 'prow-ts/0.1';

export class Connection {
  readonly server: string;
  private context: ContextConfig;
  private readonly clock: Clock;
  private readonly base: URL;
  private options: https.RequestOptions | undefined;
  private optionsAt = 0;
  private agent: http.Agent | undefined;
  private agentKey = '';
  private isClosed = false;
  private readonly open = new Set<http.ClientRequest>();

  constructor(context: ContextConfig, clock: Clock) {
    this.context = context;
    this.server = context.server;
    this.base = new URL(context.server);
    this.clock = clock;
  }

  /** From now on with the credentials of another connection to the same server; what is under way goes on. */
  renewFrom(other: Connection): void {
    this.context = other.context;
    this.options = undefined;
  }

  /** The parsed answer of a success; throws KubeError for everything else. */
  async json<T>(request: KubeRequest): Promise<T> {
    const text = await this.text(request);
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw new KubeError(`${nameOf(request)}: the answer is no JSON: ${text.slice(0, 200)}`, { reason: 'Unreachable', status: 0, request: nameOf(request), cause: error });
    }
  }

  async text(request: KubeRequest): Promise<string> {
    const response = await this.stream(request);
    return await collect(response, request);
  }

  /** The answer's body as it comes; throws KubeError for an answer that is no success. */
  async stream(request: KubeRequest): Promise<http.IncomingMessage> {
    let response = await this.send(request);
    if (response.statusCode === 401) {
      // The token may have been rotated since it was read.
      response.resume();
      this.options = undefined;
      response = await this.send(request);
    }
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const body = await collect(response, request, 1024 * 1024);
    throw errorOfAnswer({ status, body, request: nameOf(request), retryAfter: response.headers['retry-after'] });
  }

  close(): void {
    this.isClosed = true;
    for (const request of this.open) request.destroy();
    this.agent?.destroy();
  }

  private async send(request: KubeRequest): Promise<http.IncomingMessage> {
    const options = await this.credentials(request);
    // After the wait: a signal that is already aborted tells its listeners nothing.
    request.signal?.throwIfAborted();
    if (this.isClosed) throw unreachable(request, new Error('the client is closed'));
    const isTls = this.base.protocol === 'https:';
    return await new Promise<http.IncomingMessage>((resolve, reject) => {
      const sent = (isTls ? https : http).request({
        ...(isTls ? tlsOf(options) : {}),
        host: this.base.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: this.base.port || (isTls ? 443 : 80),
        method: request.method,
        path: `${this.base.pathname.replace(/\/$/, '')}${request.path}`,
        agent: this.agentOf(options, isTls),
        headers: headersOf(request, options),
      });
      this.open.add(sent);
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${request.timeoutMs ?? defaultTimeoutMs} ms`)), request.timeoutMs ?? defaultTimeoutMs);
      const onAbort = (): void => void sent.destroy(request.signal?.reason instanceof Error ? request.signal.reason : new Error('aborted'));
      request.signal?.addEventListener('abort', onAbort, { once: true });
      sent.once('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      // Kept on: destroying a request whose answer is being read raises an error that the reader sees as well.
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(request.signal?.aborted ? (request.signal.reason as Error) : unreachable(request, error));
      });
      sent.once('close', () => {
        clearTimeout(timer);
        this.open.delete(sent);
        request.signal?.removeEventListener('abort', onAbort);
      });
      sent.end(request.body);
    });
  }

  private async credentials(request: KubeRequest): Promise<https.RequestOptions> {
    const now = this.clock.now();
    if (this.options === undefined || now - this.optionsAt > credentialsMaxAgeMs) {
      try {
        const { context } = this;
        const options = await context.credentials();
        // Renewed meanwhile: these are the old ones.
        if (context !== this.context) return await this.credentials(request);
        this.options = options;
      } catch (error) {
        throw unreachable(request, error instanceof Error ? error : new Error(String(error)));
      }
      this.optionsAt = now;
    }
    return this.options;
  }

  private agentOf(options: https.RequestOptions, isTls: boolean): http.Agent {
    if (this.context.usesProxy && options.agent instanceof http.Agent) return options.agent;
    const key = isTls ? [options.ca, options.cert, options.key].map(String).join('|') : 'plain';
    if (this.agent === undefined || this.agentKey !== key) {
      this.agentKey = key;
      const settings = { keepAlive: true, maxSockets: 256, maxFreeSockets: 32, scheduling: 'lifo' as const };
      this.agent = isTls ? new https.Agent({ ...settings, ...(tlsOf(options) as https.AgentOptions) }) : new http.Agent(settings);
    }
    return this.agent;
  }
}

function tlsOf({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: https.RequestOptions): https.RequestOptions {
  const all = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function headersOf(request: KubeRequest, options: https.RequestOptions): http.OutgoingHttpHeaders {
  const auth = typeof options.auth === 'string' ? { Authorization: `Basic ${Buffer.from(options.auth).toString('base64')}` } : {};
  return {
    Accept: request.accept ?? 'application/json',
    'User-Agent': userAgent,
    ...auth,
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    ...(request.body === undefined ? {} : { 'Content-Type': request.contentType ?? 'application/json', 'Content-Length': Buffer.byteLength(request.body) }),
  };
}

export function nameOf({ method, path }: KubeRequest): string {
  return `${method} ${path.split('?')[0]}`;
}

function unreachable(request: KubeRequest, error: Error): KubeError {
  return new KubeError(`${nameOf(request)}: ${error.message}`, { reason: 'Unreachable', status: 0, request: nameOf(request), cause: error });
}

async function collect(response: http.IncomingMessage, request: KubeRequest, maxBytes = maxAnswerBytes): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    throw unreachable(request, error instanceof Error ? error : new Error(String(error)));
  }
  return Buffer.concat(chunks).toString('utf8');
}
