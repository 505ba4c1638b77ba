// One request and its answer. Not fetch: that gives up on an answer after five minutes, and hides the news of the queue.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ProwError } from '@prow/base-errors';

const maxAnswerBytes = 8 * 1024 * 1024;

export interface Exchange {
  url: URL;
  fields: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  /** No answer by then: trouble. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
  /** Headers of answers before the answer. */
  onNews?: (headers: IncomingHttpHeaders) => void;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** @throws ProwError PROW_CLUSTER_POOL_CLIENT_UNREACHABLE (transient), or the signal's reason (rejects) */
export async function exchange({ url, fields, headers, timeoutMs, signal, onNews }: Exchange): Promise<Answer> {
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const body = new URLSearchParams(fields).toString();
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body), ...headers },
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        agent: false,
      });
      if (onNews !== undefined) request.on('information', (info) => onNews(info.headers));
      request.once('error', reject);
      request.once('response', (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          parts.push(part);
          if (size > maxAnswerBytes) response.destroy(new Error(`the answer has more than ${maxAnswerBytes} bytes`));
        });
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString('utf8') }));
      });
      request.end(body);
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ProwError('PROW_CLUSTER_POOL_CLIENT_UNREACHABLE', `cimaster does not answer${timeout.aborted ? ` within ${Math.round(timeoutMs / 1000)} s` : ''}`, { httpStatus: 502, transient: true, ...(timeout.aborted ? {} : { cause }) });
  }
}
