// What does not fit between plugins, tide's queries and jobs.
import { nearestNames } from '@prow/base-errors';
import type { Findings, ProwConfig, Source, TideQuery } from '@prow/model-config';
import { sourceOf } from '@prow/model-config';
import type { PluginConfig } from '@prow/model-plugin-config';
import { builtInExternalPlugins, knownExternalPlugins, knownPlugins, labelRules } from './known-plugins.ts';
import type { LabelRule } from './known-plugins.ts';
import type { LintContext } from './lint.ts';
import { queryTarget, reposOfQueries } from './lint-tide.ts';
import { OrgRepoSet } from './org-repo-set.ts';

export function lintPlugins(config: ProwConfig, plugins: PluginConfig, findings: Findings, context: LintContext): void {
  const inPlugins = (...path: readonly (string | number)[]): Source => ({ ...(context.pluginFile === undefined ? {} : { file: context.pluginFile }), path });
  const inConfig = (...path: readonly (string | number)[]): Source => ({ ...(context.configFile === undefined ? {} : { file: context.configFile }), path });
  lintNames(plugins, findings, inPlugins);
  lintTriggers(config, plugins, findings);
  const queries = config.tide.queries ?? [];
  for (const rule of labelRules) lintLabel(rule, queries, plugins, findings, inConfig, inPlugins);
  lintOwners(plugins, findings, inPlugins);
  lintRestrictedLabels(plugins, findings, inPlugins);
}

function lintNames(plugins: PluginConfig, findings: Findings, at: (...path: (string | number)[]) => Source): void {
  for (const [key, { plugins: names = [] }] of Object.entries(plugins.plugins)) {
    for (const [index, name] of names.entries()) {
      if (knownPlugins.includes(name) || builtInExternalPlugins.includes(name)) continue;
      const near = nearestNames(name, knownPlugins);
      const external = knownExternalPlugins.includes(name) ? '; it is an external plugin, which goes to external_plugins' : near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
      findings.warning('PROW_CHECK_UNKNOWN_PLUGIN', `there is no plugin ${name}${external}`, at('plugins', key, 'plugins', index), near);
    }
  }
}

/** Repositories a plugin is enabled for. */
function reposWith(plugins: PluginConfig, plugin: string, external = false): OrgRepoSet {
  const orgs: [string, string[]][] = [];
  const repos: string[] = [];
  const entries = external
    ? Object.entries(plugins.external_plugins).filter(([, list]) => list.some((each) => each.name === plugin)).map(([key]) => [key, [] as string[]] as const)
    : Object.entries(plugins.plugins).filter(([, entry]) => entry.plugins?.includes(plugin) === true).map(([key, entry]) => [key, entry.excluded_repos ?? []] as const);
  for (const [key, excluded] of entries) {
    if (key.includes('/')) repos.push(key);
    else orgs.push([key, excluded.map((name) => `${key}/${name}`)]);
  }
  return new OrgRepoSet(orgs, repos);
}

// upstream: validateTriggers
function lintTriggers(config: ProwConfig, plugins: PluginConfig, findings: Findings): void {
  const enabled = reposWith(plugins, 'trigger');
  for (const repo of new Set([...Object.keys(config.presubmits), ...Object.keys(config.postsubmits)])) {
    if (enabled.has(repo)) continue;
    const job = config.presubmits[repo]?.[0] ?? config.postsubmits[repo]?.[0];
    const source = job === undefined ? undefined : sourceOf(job);
    const shape = /^[^/\s]+\/[^/\s]+$/.test(repo) ? '' : '; a repository is written org/repo';
    findings.warning('PROW_CHECK_NO_TRIGGER', `${repo} has jobs, but the trigger plugin is not enabled for it: nothing starts them${shape}`, source === undefined ? { path: [] } : { ...source, path: source.path.slice(0, 2) });
  }
}

// upstream: validateTideRequirements
function lintLabel(rule: LabelRule, queries: readonly TideQuery[], plugins: PluginConfig, findings: Findings, inConfig: (...path: string[]) => Source, inPlugins: (...path: string[]) => Source): void {
  const verb = rule.required ? 'requires' : 'forbids';
  const matching = queries.filter((query) => (rule.required ? query.labels : query.missingLabels)?.includes(rule.label) === true);
  const asking = reposOfQueries(matching);
  const builtIn = reposWith(plugins, rule.plugin);
  const enabled = rule.external === true ? reposWith(plugins, rule.plugin, true).or(builtIn) : builtIn;
  const without = asking.minus(enabled);
  if (!without.isEmpty()) {
    const first = matching[0];
    findings.warning('PROW_CHECK_LABEL_NOBODY_SETS', `tide ${verb} the label ${rule.label} for ${first === undefined ? '' : queryTarget(first)}, but the plugin ${rule.plugin} that sets it is not enabled for ${without.toString()}`, inConfig('tide', 'queries'));
  }
  if (!rule.checkedBothWays) return;
  const unasked = enabled.and(reposOfQueries(queries)).minus(asking);
  if (!unasked.isEmpty()) {
    findings.warning('PROW_CHECK_LABEL_NOBODY_READS', `the plugin ${rule.plugin} is enabled for ${unasked.toString()}, but tide does not ${rule.required ? 'require' : 'forbid'} its label ${rule.label} there`, inPlugins('plugins'));
  }
}

// upstream: verifyOwnersPlugin
function lintOwners(plugins: PluginConfig, findings: Findings, at: (...path: string[]) => Source): void {
  const using = ['approve', 'blunderbuss', 'owners-label'].map((plugin) => reposWith(plugins, plugin)).reduce((all, each) => all.or(each));
  const without = using.minus(reposWith(plugins, 'verify-owners'));
  if (!without.isEmpty()) findings.warning('PROW_CHECK_OWNERS_UNVERIFIED', `approve, blunderbuss or owners-label read OWNERS files, but verify-owners does not check them for ${without.toString()}`, at('plugins'));
}

// upstream: verifyLabelPlugin
function lintRestrictedLabels(plugins: PluginConfig, findings: Findings, at: (...path: (string | number)[]) => Source): void {
  for (const [key, labels] of Object.entries(plugins.label?.restricted_labels ?? {})) {
    for (const [index, { label = '' }] of labels.entries()) {
      const place = at('label', 'restricted_labels', key, index);
      if (label === '') findings.warning('PROW_CHECK_RESTRICTED_LABEL', 'a restricted label needs a name', place);
      else if (plugins.label?.additional_labels?.includes(label) === true) {
        findings.warning('PROW_CHECK_RESTRICTED_LABEL', `the label ${label} is restricted, but additional_labels lets everybody set it`, place);
      }
    }
  }
}
