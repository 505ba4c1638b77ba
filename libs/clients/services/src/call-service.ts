import { ProwError } from '@prow/base-errors';

const timeoutMs = 20_000;
const maxAnswerBytes = 4 * 1024 * 1024;

export interface ServiceCall {
  /** For messages: `Jira`. */
  readonly service: string;
  readonly url: string;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Status codes that are answers, too. */
  readonly accepts?: readonly number[];
}

/** One call, its answer parsed; undefined for an empty one. */
export async function callService({ service, url, method = 'GET', headers = {}, body, accepts = [] }: ServiceCall): Promise<{ status: number; data: unknown }> {
  // Credentials may be in the query.
  const shown = url.split('?', 1)[0] ?? '';
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await boundedText(response);
  } catch (cause) {
    throw new ProwError('PROW_SERVICES_CALL', `${service}: ${method} ${shown} got no answer`, { cause, transient: true, details: { service } });
  }
  const { status } = response;
  if (!response.ok && !accepts.includes(status)) {
    throw new ProwError('PROW_SERVICES_CALL', `${service}: ${method} ${shown} answered ${status}: ${text.slice(0, 300)}`, { transient: status >= 500 || status === 429 || status === 408, details: { service, status } });
  }
  if (text.trim() === '') return { status, data: undefined };
  try {
    return { status, data: JSON.parse(text) as unknown };
  } catch (cause) {
    throw new ProwError('PROW_SERVICES_CALL', `${service}: ${method} ${shown} answered ${status}, expected JSON, found ${JSON.stringify(text.slice(0, 80))}`, { cause, details: { service, status } });
  }
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    const bytes = part as Uint8Array;
    size += bytes.length;
    if (size > maxAnswerBytes) throw new Error(`more than ${maxAnswerBytes} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A field of an answer, `undefined` where the answer is not of that shape. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

export function textField(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}

export function listField(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}
