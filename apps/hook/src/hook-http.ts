import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { newExpressApp } from '@prow/base-service';
import type { Logger } from '@prow/base-log';
import { eventsRouter, type HmacTokens, type Inbox, receiveWebhook } from '@prow/engine-inbox';
import type { HelpAgent } from '@prow/engine-plugins';
import type { HookMetrics } from './hook-metrics.ts';

export interface HookHttpOptions {
  readonly inbox: Inbox;
  readonly tokens: () => HmacTokens;
  readonly helpAgent: HelpAgent;
  readonly metrics: HookMetrics;
  readonly webhookPath: string;
  readonly eventsTokenFile: string | undefined;
  readonly log: Logger;
}

/** hook's paths: the webhook, /plugin-help, /events, and / for load balancers. */
export function hookHttp({ inbox, tokens, helpAgent, metrics, webhookPath, eventsTokenFile, log }: HookHttpOptions): RequestListener {
  const app = newExpressApp({ log });
  app.get('/', (_request, response) => void response.type('text').send(''));
  app.all('/plugin-help', async (request, response) => {
    response.setHeader('cache-control', 'no-cache');
    if (request.method !== 'GET') response.status(405).type('text').send('405 Method not allowed');
    else response.json(await helpAgent.help());
  });
  const replayToken = async (): Promise<string | undefined> => {
    if (eventsTokenFile === undefined || eventsTokenFile === '') return undefined;
    return (await readFile(eventsTokenFile, 'utf8')).trim() || undefined;
  };
  app.use('/events', eventsRouter({ inbox, replayToken, basePath: '/events' }));
  const webhook = {
    inbox,
    tokens,
    log,
    onEvent: (eventType: string) => metrics.webhooks.inc({ event_type: eventType }),
    onAnswer: (status: number) => metrics.answers.inc({ response_code: String(status) }),
  };
  // The one busy path goes past the framework.
  return (request, response) => {
    if (request.url?.split('?', 1)[0] === webhookPath) void receiveWebhook(request, response, webhook);
    else app(request, response);
  };
}
