// Questions hook and its plugins ask of plugins.yaml. Lists are never merged: the first entry naming org/repo counts,
// else the first naming the org, else the zero value. upstream: …For functions in pkg/plugins/config.go
import type { PluginConfig } from './plugin-config.ts';
import type { Approve, Dco, ExternalPlugin, Lgtm, RestrictedLabel, Trigger, Welcome } from './shapes.ts';

/** The entry of a list section for a repository. */
export function entryFor<T extends { repos?: string[] }>(entries: readonly T[] | undefined, org: string, repo: string): T | undefined {
  const name = `${org}/${repo}`;
  return entries?.find((entry) => entry.repos?.includes(name) === true) ?? entries?.find((entry) => entry.repos?.includes(org) === true);
}

/** Names of the plugins enabled for a repository: its org's (unless excluded) and its own. */
export function pluginsFor(config: PluginConfig, org: string, repo: string): string[] {
  const ofOrg = Object.hasOwn(config.plugins, org) ? config.plugins[org] : undefined;
  const name = `${org}/${repo}`;
  const ofRepo = Object.hasOwn(config.plugins, name) ? config.plugins[name] : undefined;
  const inherited = ofOrg?.excluded_repos?.includes(repo) === true ? [] : (ofOrg?.plugins ?? []);
  return [...new Set([...inherited, ...(ofRepo?.plugins ?? [])])];
}

/** External plugins of a repository: its org's and its own; `excluded_repos` does not touch them. */
export function externalPluginsFor(config: PluginConfig, org: string, repo: string): ExternalPlugin[] {
  const of = (key: string): ExternalPlugin[] => (Object.hasOwn(config.external_plugins, key) ? (config.external_plugins[key] ?? []) : []);
  return [...of(org), ...of(`${org}/${repo}`)];
}

/** Orgs and repositories (`org/repo`) a plugin is enabled for, and an org's exceptions. upstream: EnabledReposForPlugin */
export function reposWithPlugin(config: PluginConfig, plugin: string): { orgs: string[]; repos: string[]; exceptions: Record<string, string[]> } {
  const orgs: string[] = [];
  const repos: string[] = [];
  const exceptions: Record<string, string[]> = {};
  for (const [key, { plugins = [], excluded_repos: excluded = [] }] of Object.entries(config.plugins)) {
    if (!plugins.includes(plugin)) continue;
    if (key.includes('/')) repos.push(key);
    else {
      orgs.push(key);
      exceptions[key] = excluded.map((name) => `${key}/${name}`);
    }
  }
  return { orgs, repos, exceptions };
}

/** Whether a plugin is enabled for a repository. */
export function isPluginEnabled(config: PluginConfig, plugin: string, org: string, repo: string): boolean {
  return pluginsFor(config, org, repo).includes(plugin);
}

export function triggerFor(config: PluginConfig, org: string, repo: string): Trigger {
  return entryFor(config.triggers, org, repo) ?? {};
}

export function lgtmFor(config: PluginConfig, org: string, repo: string): Lgtm {
  return entryFor(config.lgtm, org, repo) ?? {};
}

/** With the links' defaults. */
export function approveFor(config: PluginConfig, org: string, repo: string): Approve & { commandHelpLink: string; isCommandHelpLinkSet: boolean; pr_process_link: string } {
  const entry = entryFor(config.approve, org, repo) ?? {};
  return {
    ...entry,
    commandHelpLink: entry.commandHelpLink ?? 'https://go.k8s.io/bot-commands',
    isCommandHelpLinkSet: entry.commandHelpLink !== undefined,
    pr_process_link: entry.pr_process_link ?? 'https://git.k8s.io/community/contributors/guide/owners.md#the-code-review-process',
  };
}

/** An author's own pull request counts as approved by them unless required otherwise. upstream: HasSelfApproval */
export function authorSelfApproves(approve: Approve): boolean {
  return approve.require_self_approval !== true;
}

/** GitHub reviews count as approvals unless ignored. upstream: ConsiderReviewState */
export function considersReviews(approve: Approve): boolean {
  return approve.ignore_review_state !== true;
}

export function welcomeFor(config: PluginConfig, org: string, repo: string): Welcome {
  return entryFor(config.welcome, org, repo) ?? {};
}

export function dcoFor(config: PluginConfig, org: string, repo: string): Dco {
  const dco = config.dco ?? {};
  for (const key of [`${org}/${repo}`, org, '*']) if (Object.hasOwn(dco, key)) return dco[key] ?? {};
  return {};
}

/** Restricted labels of a repository by lower-case name: those of *, the org and the repository together. */
export function restrictedLabelsFor(config: PluginConfig, org: string, repo: string): Map<string, RestrictedLabel> {
  const found = new Map<string, RestrictedLabel>();
  const all = config.label?.restricted_labels ?? {};
  for (const key of ['*', org, `${org}/${repo}`]) {
    for (const label of Object.hasOwn(all, key) ? (all[key] ?? []) : []) found.set((label.label ?? '').toLowerCase(), label);
  }
  return found;
}

/** Names of the files with owners in a repository. upstream: OwnersFilenames */
export function ownersFilenamesFor(config: PluginConfig, org: string, repo: string): { owners: string; owners_aliases: string } {
  const names = config.owners.filenames ?? {};
  for (const key of [`${org}/${repo}`, org]) {
    if (Object.hasOwn(names, key)) return { owners: names[key]?.owners ?? '', owners_aliases: names[key]?.owners_aliases ?? '' };
  }
  return { owners: 'OWNERS', owners_aliases: 'OWNERS_ALIASES' };
}

/** Whether markdown files may carry their owners. upstream: MDYAMLEnabled */
export function markdownOwnersEnabled(config: PluginConfig, org: string, repo: string): boolean {
  return namesRepo(config.owners.mdyamlrepos, org, repo);
}

/** Whether owners need not be collaborators. upstream: SkipCollaborators */
export function skipsCollaborators(config: PluginConfig, org: string, repo: string): boolean {
  return namesRepo(config.owners.skip_collaborators, org, repo);
}

function namesRepo(names: readonly string[] | undefined, org: string, repo: string): boolean {
  return names?.includes(org) === true || names?.includes(`${org}/${repo}`) === true;
}
