// External plugins: other programs that are given the webhook as it came. upstream: pkg/hook/server.go demuxExternal
import { ProwError } from '@prow/base-errors';
import type { GitHubEvent } from '@prow/model-github-events';
import { type ExternalPlugin, externalPluginsFor, type PluginConfig } from '@prow/model-plugin-config';

/** Handler names of external plugins begin so; names of built-in ones never do. */
export const externalPrefix = 'external:';
const timeoutMs = 30_000;
const maxAnswerChars = 500;

/** External plugins that want an event; an empty list of events means all. */
export function externalPluginsWanting(config: PluginConfig, event: GitHubEvent): ExternalPlugin[] {
  if (event.repository === undefined) return [];
  const wanted = externalPluginsFor(config, event.repository.org, event.repository.repo).filter(({ events }) => events === undefined || events.length === 0 || events.includes(event.eventType));
  return [...new Map(wanted.map((plugin) => [plugin.name ?? '', plugin])).values()];
}

export interface ExternalCall {
  readonly plugin: ExternalPlugin;
  readonly body: Buffer;
  /** As GitHub sent them, the signature among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Hands one webhook over. An answer other than 2xx is a failure: transient for 5xx, 408 and 429 and when none came, so that the
 * delivery is handed over again; final otherwise.
 */
export async function callExternalPlugin({ plugin, body, headers, signal }: ExternalCall): Promise<{ status: number }> {
  const { name = '', endpoint = '' } = plugin;
  let response: Response;
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { ...headers, 'user-agent': 'ProwHook' },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  } catch (cause) {
    throw new ProwError('PROW_PLUGINS_EXTERNAL', `external plugin ${name} at ${endpoint} did not answer`, { cause, transient: true, details: { plugin: name, endpoint } });
  }
  const { status, ok } = response;
  const text = ok ? '' : (await readStart(response)).slice(0, maxAnswerChars);
  await response.body?.cancel().catch(() => undefined);
  if (!ok) {
    const transient = status >= 500 || status === 408 || status === 429;
    throw new ProwError('PROW_PLUGINS_EXTERNAL', `external plugin ${name} at ${endpoint} answered ${status}: ${text}`, { transient, details: { plugin: name, endpoint, status } });
  }
  return { status };
}

async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const first = await reader?.read().catch(() => undefined);
  await reader?.cancel().catch(() => undefined);
  return first?.value === undefined ? '' : Buffer.from(first.value).toString('utf8').trim();
}
