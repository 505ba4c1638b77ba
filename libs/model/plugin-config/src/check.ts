// What upstream refuses of plugins.yaml. upstream: Configuration.Validate in pkg/plugins/config.go
import { messageOf, nearestNames } from '@prow/base-errors';
import { compileRegex } from '@prow/base-regex';
import { parseGoDuration } from '@prow/base-time';
import { checkRegex } from '@prow/model-config';
import type { Findings, Source } from '@prow/model-config';
import type { PluginConfig } from './plugin-config.ts';
import type { PluginConfigFile, RequireMatchingLabel } from './shapes.ts';

const at = (where: Source, ...steps: readonly (string | number)[]): Source => ({ ...where, path: [...where.path, ...steps] });

export function checkPluginConfig(file: PluginConfigFile, config: PluginConfig, findings: Findings, where: Source): void {
  checkRegexes(config, findings, where);
  checkSamePlugins(config, findings, where);
  for (const key of ['blunderbuss', 'rifle'] as const) {
    if (config[key].request_count < 1) findings.error('PROW_PLUGINS_RANGE', `request_count is ${config[key].request_count}, expected 1 or more`, at(where, key, 'request_count'));
  }
  checkConfigUpdater(file, findings, at(where, 'config_updater'));
  const { s, m, l, xl, xxl } = config.size;
  if (s > m || m > l || l > xl || xl > xxl) findings.error('PROW_PLUGINS_SIZE', `sizes must grow: s ${s}, m ${m}, l ${l}, xl ${xl}, xxl ${xxl}`, at(where, 'size'));
  for (const [index, entry] of (config.require_matching_label ?? []).entries()) checkMatchingLabel(entry, findings, at(where, 'require_matching_label', index));
  checkProjects(config, findings, at(where, 'project_manager', 'orgsRepos'));
  for (const key of ['approve', 'welcome', 'invalid_commit_msg'] as const) checkReposOnce(config[key] ?? [], findings, at(where, key));
}

function checkRegexes(config: PluginConfig, findings: Findings, where: Source): void {
  checkRegex(config.sigmention.regexp, findings, at(where, 'sigmention', 'regexp'), 'sigmention.regexp');
  checkRegex(config.cherry_pick_unapproved.branchregexp, findings, at(where, 'cherry_pick_unapproved', 'branchregexp'), 'branchregexp');
  checkRegex(config.heart?.commentregexp ?? '', findings, at(where, 'heart', 'commentregexp'), 'heart.commentregexp');
  for (const [index, entry] of (config.cherry_pick_approved ?? []).entries()) {
    checkRegex(entry.branchregexp ?? '', findings, at(where, 'cherry_pick_approved', index, 'branchregexp'), 'branchregexp');
  }
  for (const [index, entry] of (config.blockades ?? []).entries()) {
    if (entry.branchregexp !== undefined) checkRegex(entry.branchregexp, findings, at(where, 'blockades', index, 'branchregexp'), 'branchregexp');
  }
}

// A plugin of an org runs in its repositories anyway; twice is a mistake.
function checkSamePlugins(config: PluginConfig, findings: Findings, where: Source): void {
  for (const [repo, { plugins = [] }] of Object.entries(config.plugins)) {
    const [org = '', name] = repo.split('/');
    const ofOrg = config.plugins[org];
    if (name === undefined || ofOrg === undefined || ofOrg.excluded_repos?.includes(name) === true) continue;
    for (const [index, plugin] of plugins.entries()) {
      if (ofOrg.plugins?.includes(plugin) === true) {
        findings.error('PROW_PLUGINS_DUPLICATE', `the plugin ${plugin} is enabled for ${repo} and for ${org}`, at(where, 'plugins', repo, 'plugins', index));
      }
    }
    if (plugins.includes('blunderbuss') && ofOrg.plugins?.includes('rifle') === true || plugins.includes('rifle') && ofOrg.plugins?.includes('blunderbuss') === true) {
      findings.error('PROW_PLUGINS_EXCLUSIVE', `blunderbuss and rifle exclude one another for ${repo}`, at(where, 'plugins', repo));
    }
  }
  for (const [repo, { plugins = [] }] of Object.entries(config.plugins)) {
    if (plugins.includes('blunderbuss') && plugins.includes('rifle')) findings.error('PROW_PLUGINS_EXCLUSIVE', `blunderbuss and rifle exclude one another for ${repo}`, at(where, 'plugins', repo));
  }
  for (const [repo, plugins] of Object.entries(config.external_plugins)) {
    const [org = '', name] = repo.split('/');
    if (name === undefined) continue;
    for (const [index, plugin] of plugins.entries()) {
      if (config.external_plugins[org]?.some((other) => other.name === plugin.name) === true) {
        findings.error('PROW_PLUGINS_DUPLICATE', `the external plugin ${plugin.name ?? ''} is enabled for ${repo} and for ${org}`, at(where, 'external_plugins', repo, index));
      }
    }
  }
}

function checkConfigUpdater(file: PluginConfigFile, findings: Findings, where: Source): void {
  const section = file.config_updater ?? {};
  const groups = section.cluster_groups ?? {};
  const keys = new Set<string>();
  for (const [glob, spec] of Object.entries(section.maps ?? {})) {
    const place = at(where, 'maps', glob);
    const partitioned = spec.partitioned_names ?? [];
    if ((spec.name ?? '') !== '' && partitioned.length > 0) findings.error('PROW_PLUGINS_EXCLUSIVE', 'name and partitioned_names exclude one another', place);
    if (partitioned.length > 256) findings.error('PROW_PLUGINS_RANGE', `${partitioned.length} partitioned_names, expected at most 256`, at(place, 'partitioned_names'));
    if (Object.keys(spec.clusters ?? {}).length > 0 && (spec.cluster_groups ?? []).length > 0) {
      findings.error('PROW_PLUGINS_EXCLUSIVE', 'clusters and cluster_groups exclude one another', place);
    }
    for (const [index, group] of (spec.cluster_groups ?? []).entries()) {
      if (!Object.hasOwn(groups, group)) {
        findings.error('PROW_PLUGINS_UNKNOWN', `there is no cluster group ${group}`, at(place, 'cluster_groups', index), nearestNames(group, Object.keys(groups)));
      }
    }
    const name = (spec.name ?? '') === '' ? partitioned.join(',') : (spec.name ?? '');
    const key = spec.key ?? glob.slice(glob.lastIndexOf('/') + 1);
    const clusters = Object.keys(spec.clusters ?? {}).length === 0 && (spec.cluster_groups ?? []).length === 0 ? { default: [''] } : (spec.clusters ?? {});
    for (const [cluster, namespaces] of Object.entries(clusters)) {
      for (const namespace of namespaces) {
        const id = JSON.stringify([cluster, namespace, name, key]);
        if (keys.has(id)) findings.error('PROW_PLUGINS_DUPLICATE', `the key ${key} of ConfigMap ${name} is written from two entries`, place);
        keys.add(id);
      }
    }
  }
}

function checkMatchingLabel(entry: RequireMatchingLabel, findings: Findings, where: Source): void {
  const missing = (['org', 'regexp', 'missing_label'] as const).filter((key) => (entry[key] ?? '') === '');
  for (const key of missing) findings.error('PROW_PLUGINS_MISSING', `${key} must be set`, where);
  if (entry.repo?.includes('/') === true) findings.error('PROW_PLUGINS_VALUE', "repo must not hold a '/'; the org goes to org", at(where, 'repo'));
  if (entry.prs !== true && entry.issues !== true) findings.error('PROW_PLUGINS_MISSING', 'prs: true or issues: true must be set', where);
  if (entry.prs !== true && (entry.branch ?? '') !== '') findings.error('PROW_PLUGINS_EXCLUSIVE', 'branch needs prs: true', at(where, 'branch'));
  const valid = checkRegex(entry.regexp ?? '', findings, at(where, 'regexp'), 'regexp');
  if (valid && missing.length === 0 && compileRegex(entry.regexp ?? '').test(entry.missing_label ?? '')) {
    findings.error('PROW_PLUGINS_VALUE', `missing_label ${JSON.stringify(entry.missing_label)} must not match regexp`, at(where, 'missing_label'));
  }
  try {
    parseGoDuration(entry.grace_period ?? '5s');
  } catch (error) {
    findings.error('PROW_PLUGINS_VALUE', `grace_period: ${messageOf(error)}`, at(where, 'grace_period'));
  }
}

function checkProjects(config: PluginConfig, findings: Findings, where: Source): void {
  for (const [repo, { projects = {} }] of Object.entries(config.project_manager?.orgsRepos ?? {})) {
    const repoPlace = at(where, repo);
    if (Object.keys(projects).length === 0) findings.error('PROW_PLUGINS_MISSING', `${repo} has no projects`, repoPlace);
    for (const [name, { columns = [] }] of Object.entries(projects)) {
      const place = at(repoPlace, 'projects', name);
      if (columns.length === 0) findings.error('PROW_PLUGINS_MISSING', `the project ${name} has no columns`, place);
      const labelSets = new Set<string>();
      for (const [index, column] of columns.entries()) {
        const columnPlace = at(place, 'columns', index);
        if (column.id === undefined && (column.name ?? '') === '') findings.error('PROW_PLUGINS_MISSING', 'a column needs a name or an id', columnPlace);
        if ((column.labels ?? []).length === 0) findings.error('PROW_PLUGINS_MISSING', 'a column needs labels', columnPlace);
        if ((column.org ?? '') === '') findings.error('PROW_PLUGINS_MISSING', 'a column needs an org', columnPlace);
        const labels = JSON.stringify([...new Set(column.labels)].toSorted());
        if (labelSets.has(labels)) findings.error('PROW_PLUGINS_DUPLICATE', 'another column has the same labels', columnPlace);
        labelSets.add(labels);
      }
    }
  }
}

function checkReposOnce(entries: readonly { repos?: string[] }[], findings: Findings, where: Source): void {
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    for (const [repoIndex, repo] of (entry.repos ?? []).entries()) {
      if (seen.has(repo)) findings.error('PROW_PLUGINS_DUPLICATE', `${repo} is named twice; only the first entry would count`, at(where, index, 'repos', repoIndex));
      seen.add(repo);
    }
  }
}
