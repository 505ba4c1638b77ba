import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { newExpressApp } from '@prow/base-service';
import type { Logger } from '@prow/base-log';
import { eventsRouter, type HmacTokens, type Inbox, receiveWebhook } from '@prow/engine-inbox';
import { contentSecurityPolicy, type Navigation } from '@prow/base-page';
import { commandHelpPage, type HelpAgent } from '@prow/engine-plugins';
import type { HookMetrics } from './hook-metrics.ts';

export interface HookHttpOptions {
  readonly inbox: Inbox;
  readonly tokens: () => HmacTokens;
  readonly helpAgent: HelpAgent;
  readonly metrics: HookMetrics;
  readonly webhookPath: string;
  readonly pages: HookPages;
  readonly log: Logger;
}

/** What the pages of hook need to know of the rest. */
export interface HookPages {
  readonly links: Navigation['links'];
  readonly deckUrl: string | undefined;
  readonly githubUrl: string;
  readonly eventsTokenFile: string | undefined;
  readonly allowsAnyone: boolean;
  /** Repositories that deck does not show either. */
  readonly isHidden: (repository: string) => boolean;
}

const eventsPath = '/events';
const commandHelpPath = '/command-help';

/** hook's paths: the webhook, /plugin-help and its page, /events, and / for load balancers. */
export function hookHttp({ inbox, tokens, helpAgent, metrics, webhookPath, pages, log }: HookHttpOptions): RequestListener {
  const app = newExpressApp({ log });
  app.get('/', (_request, response) => void response.type('text').send(''));
  app.all('/plugin-help', async (request, response) => {
    response.setHeader('cache-control', 'no-cache');
    if (request.method !== 'GET') response.status(405).type('text').send('405 Method not allowed');
    else response.json(await helpAgent.help());
  });
  const replayToken = async (): Promise<string | undefined> => {
    if (pages.eventsTokenFile === undefined || pages.eventsTokenFile === '') return undefined;
    return (await readFile(pages.eventsTokenFile, 'utf8')).trim() || undefined;
  };
  const { links, deckUrl, githubUrl, allowsAnyone, isHidden } = pages;
  const home = deckUrl === undefined ? undefined : `${deckUrl}/`;
  app.get(commandHelpPath, async (request, response) => {
    const { repo } = request.query;
    const repository = typeof repo === 'string' && repo !== '' ? repo : undefined;
    const body = commandHelpPage({ help: await helpAgent.help(), repository, navigation: { home, links }, path: commandHelpPath });
    response.set({ 'cache-control': 'no-cache', 'content-security-policy': contentSecurityPolicy, 'x-content-type-options': 'nosniff' }).type('html').send(body);
  });
  app.use(eventsPath, eventsRouter({ inbox, replayToken, allowsAnyone, isHidden, links, deckUrl, githubUrl, basePath: eventsPath }));
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
