// What GET /plugin-help answers; wire names are upstream's. upstream: pkg/pluginhelp/hook/hook.go
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { GitHubClient } from '@prow/clients-github';
import type { ExternalPlugin, PluginConfig } from '@prow/model-plugin-config';
import type { CommandHelp, Plugin, PluginHelp } from './plugin.ts';

export interface HelpOfPlugin {
  readonly Description: string;
  readonly Config: Readonly<Record<string, string>>;
  readonly Snippet: string;
  readonly Events: readonly string[];
  readonly Commands: readonly CommandHelp[];
}

export interface AllHelp {
  readonly AllRepos: readonly string[];
  readonly RepoPlugins: Readonly<Record<string, readonly string[]>>;
  readonly RepoExternalPlugins: Readonly<Record<string, readonly string[]>>;
  readonly PluginHelp: Readonly<Record<string, HelpOfPlugin>>;
  readonly ExternalPluginHelp: Readonly<Record<string, HelpOfPlugin>>;
}

export interface HelpAgentOptions {
  readonly plugins: readonly Plugin[];
  readonly config: () => PluginConfig;
  readonly github: Pick<GitHubClient, 'listRepositories'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const reposTtlMs = 3_600_000;
const externalTimeoutMs = 1000;
const maxHelpBytes = 1024 * 1024;

export class HelpAgent {
  readonly #options: HelpAgentOptions;
  readonly #repos = new Map<string, { at: number; names: Promise<readonly string[]> }>();

  constructor(options: HelpAgentOptions) {
    this.#options = options;
  }

  async help(): Promise<AllHelp> {
    const { plugins } = this.#options;
    const config = this.#options.config();
    const keys = [...new Set([...Object.keys(config.plugins), ...Object.keys(config.external_plugins)])];
    const expanded = new Map(await Promise.all(keys.map(async (key) => [key, await this.#expand(key)] as const)));
    const enabledAt = (has: (key: string) => boolean): string[] => [...new Set(keys.filter(has).flatMap((key) => expanded.get(key) ?? []))].sort();
    const external = new Map(Object.values(config.external_plugins).flat().map((plugin) => [plugin.name ?? '', plugin]));
    const externalHelp = await Promise.all(
      [...external.values()].map(async (plugin) => {
        const repos = enabledAt((key) => config.external_plugins[key]?.some(({ name }) => name === plugin.name) ?? false);
        return [plugin.name ?? '', await this.#externalHelp(plugin, repos)] as const;
      }),
    );
    return {
      AllRepos: [...new Set(keys.flatMap((key) => expanded.get(key) ?? []))].sort(),
      RepoPlugins: { '': plugins.map(({ name }) => name), ...Object.fromEntries(Object.entries(config.plugins).map(([key, value]) => [key, value.plugins ?? []])) },
      RepoExternalPlugins: { '': [...external.keys()], ...Object.fromEntries(Object.entries(config.external_plugins).map(([key, list]) => [key, list.map(({ name }) => name ?? '')])) },
      PluginHelp: Object.fromEntries(plugins.map((plugin) => [plugin.name, this.#builtInHelp(plugin, config, enabledAt((key) => config.plugins[key]?.plugins?.includes(plugin.name) ?? false))])),
      ExternalPluginHelp: Object.fromEntries(externalHelp.filter((entry): entry is [string, HelpOfPlugin] => entry[1] !== undefined)),
    };
  }

  #builtInHelp(plugin: Plugin, config: PluginConfig, enabledRepos: string[]): HelpOfPlugin {
    return complete(plugin.help({ plugins: config, enabledRepos }), eventsOf(plugin));
  }

  /** An org stands for its repositories; where GitHub does not tell them, for none. */
  async #expand(key: string): Promise<readonly string[]> {
    if (key.includes('/')) return [key];
    const now = this.#options.clock.now();
    const known = this.#repos.get(key);
    if (known !== undefined && now - known.at < reposTtlMs) return known.names;
    const names = this.#options.github.listRepositories({ org: key }).then(
      (repos) => repos.map(({ full_name }) => full_name),
      (error: unknown) => {
        this.#options.log.warn('repositories of an organisation cannot be listed', { org: key, error });
        this.#repos.delete(key);
        return [];
      },
    );
    this.#repos.set(key, { at: now, names });
    return names;
  }

  async #externalHelp(plugin: ExternalPlugin, enabledRepos: string[]): Promise<HelpOfPlugin | undefined> {
    const repos = enabledRepos.map((name) => ({ Org: name.slice(0, name.indexOf('/')), Repo: name.slice(name.indexOf('/') + 1) }));
    try {
      const url = new URL(plugin.endpoint ?? '');
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/help`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(repos), headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(externalTimeoutMs) });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      const text = await response.text();
      if (text.length > maxHelpBytes) throw new Error('answered too much');
      return complete(JSON.parse(text) as PluginHelp, plugin.events ?? []);
    } catch (error) {
      this.#options.log.warn('an external plugin does not tell what it does', { externalPlugin: plugin.name, reason: messageOf(error) });
      return undefined;
    }
  }
}

function complete(help: Partial<PluginHelp>, events: readonly string[]): HelpOfPlugin {
  return { Description: help.Description ?? '', Config: help.Config ?? {}, Snippet: help.Snippet ?? '', Events: events, Commands: help.Commands ?? [] };
}

function eventsOf(plugin: Plugin): string[] {
  const names: [boolean, string][] = [
    [plugin.onIssue !== undefined, 'issue'],
    [plugin.onIssueComment !== undefined, 'issue_comment'],
    [plugin.onPullRequest !== undefined, 'pull_request'],
    [plugin.onPush !== undefined, 'push'],
    [plugin.onReview !== undefined, 'pull_request_review'],
    [plugin.onReviewComment !== undefined, 'pull_request_review_comment'],
    [plugin.onStatus !== undefined, 'status'],
    [plugin.onComment !== undefined, 'GenericCommentEvent (any event for user text)'],
  ];
  return names.filter(([isThere]) => isThere).map(([, name]) => name);
}
