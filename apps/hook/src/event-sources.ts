import { ProwError } from '@prow/base-errors';
import type { AppHost } from '@prow/base-service';
import type { GitHubClient, HookOwner } from '@prow/clients-github';
import { type Inbox, reconcilePulls, recoverDeliveries, repeat } from '@prow/engine-inbox';
import { type PluginConfig, pluginsFor } from '@prow/model-plugin-config';
import type { HookSettings } from './flags.ts';
import { isRepositoryHandled } from './org-filter.ts';

export interface EventSourcesOptions extends Pick<AppHost, 'log' | 'clock'> {
  readonly settings: HookSettings;
  readonly inbox: Inbox;
  readonly github: GitHubClient;
  readonly plugins: () => PluginConfig;
}

/** How events come besides the webhook: missed deliveries, polling, and a slow look at open pull requests. */
export function startEventSources({ settings, inbox, github, plugins, log, clock }: EventSourcesOptions): { stop(): Promise<void> } {
  const { eventSource } = settings;
  if (eventSource !== 'webhook' && eventSource !== 'poll') throw new ProwError('PROW_HOOK_FLAGS', `--event-source: expected webhook or poll, found ${eventSource}`);
  const background = github.withPriority('background');
  const isPolling = eventSource === 'poll';
  const sources: { stop(): Promise<void> }[] = [];
  if (isPolling || settings.recoverDeliveries) {
    const owners = (): HookOwner[] => hookOwners(settings, plugins());
    const run = (): Promise<number> =>
      recoverDeliveries({ inbox, github: isPolling ? github : background, owners, webhookPath: settings.webhookPath, take: isPolling ? 'all' : 'missed', log, clock });
    sources.push(repeat({ name: 'deliveries', everyMs: isPolling ? settings.pollIntervalMs : settings.recoveryIntervalMs, clock, log, run }));
  }
  if (settings.reconcileIntervalMs > 0) {
    const repositories = async (): Promise<{ org: string; repo: string }[]> => {
      const all = await Promise.all(Object.keys(plugins().plugins).map(async (key) => expand(key, background)));
      return all.flat().filter(({ org, repo }) => isRepositoryHandled(settings, { org, repo }) && pluginsFor(plugins(), org, repo).length > 0);
    };
    sources.push(repeat({ name: 'reconcile', everyMs: settings.reconcileIntervalMs, clock, log, run: () => reconcilePulls({ inbox, github: background, repositories, log }) }));
  }
  return { stop: async () => void (await Promise.all(sources.map((source) => source.stop()))) };
}

async function expand(key: string, github: GitHubClient): Promise<{ org: string; repo: string }[]> {
  const [org = '', repo] = key.split('/');
  if (repo !== undefined) return [{ org, repo }];
  return (await github.listRepositories({ org })).filter(({ archived }) => !archived).map(({ name }) => ({ org, repo: name }));
}

/** The App's own webhook; else those of the flags; else those of the plugin configuration. */
function hookOwners({ githubAppId, recoveryHooks }: HookSettings, { plugins }: PluginConfig): HookOwner[] {
  if (githubAppId !== undefined && githubAppId !== '') return [{}];
  const keys = recoveryHooks.length > 0 ? recoveryHooks : Object.keys(plugins);
  return keys.map((key) => {
    const [org = '', repo] = key.split('/');
    return repo === undefined ? { org } : { org, repo };
  });
}
