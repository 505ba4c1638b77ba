// What the joke plugins have in common: a small question to a public service, answered or left alone, never insisted on.
import { ProwError } from '@prow/base-errors';

const timeoutMs = 10_000;
const maxBytes = 256 * 1024;

/** Asks a service for JSON. Throws PROW_PLUGINS_PICTURE, transient, when it does not answer properly. */
export async function askService(url: string, { headers = {}, signal }: { headers?: Record<string, string>; signal: AbortSignal }): Promise<unknown> {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json', ...headers }, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const text = await response.text();
    if (text.length > maxBytes) throw new Error('answered too much');
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ProwError('PROW_PLUGINS_PICTURE', `${new URL(url).host} did not answer`, { cause, transient: true });
  }
}

/** A string at a path of an answer; undefined when it is not there. */
export function textAt(answer: unknown, ...path: readonly (string | number)[]): string | undefined {
  let value: unknown = answer;
  for (const key of path) value = typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Markdown of a picture; undefined for anything but a plain https address. */
export function pictureMarkdown(alt: string, url: string | undefined): string | undefined {
  if (url === undefined || !/^https?:\/\/[^\s()<>"]+$/.test(url)) return undefined;
  return `![${alt}](${url})`;
}
