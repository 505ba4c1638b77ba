// Supplemental plugin files may set what has a way of merging. upstream: Configuration.mergeFrom
import type { Findings, Source } from '@prow/model-config';
import type { PluginConfigFile } from './shapes.ts';

const mergeable: ReadonlySet<string> = new Set(['approve', 'bugzilla', 'external_plugins', 'label', 'lgtm', 'plugins', 'triggers', 'welcome']);

export function mergeSupplementalPlugins(main: PluginConfigFile, supplementals: readonly { file: string; value: PluginConfigFile }[], findings: Findings): PluginConfigFile {
  let merged = main;
  for (const { file, value } of supplementals) merged = mergeOne(merged, value, findings, { file, path: [] });
  return merged;
}

function mergeOne(main: PluginConfigFile, additional: PluginConfigFile, findings: Findings, where: Source): PluginConfigFile {
  for (const key of Object.keys(additional)) {
    if (!mergeable.has(key)) findings.error('PROW_PLUGINS_SUPPLEMENTAL', `${key} cannot be set here; supplemental files may set ${[...mergeable].join(', ')}`, { ...where, path: [key] });
  }
  if (additional.label?.additional_labels !== undefined) {
    findings.error('PROW_PLUGINS_SUPPLEMENTAL', 'label.additional_labels cannot be set here', { ...where, path: ['label', 'additional_labels'] });
  }
  const result: PluginConfigFile = { ...main };
  for (const key of ['approve', 'lgtm', 'triggers', 'welcome'] as const) {
    if (additional[key] !== undefined) Object.assign(result, { [key]: [...(main[key] ?? []), ...additional[key]] });
  }
  result.plugins = disjoint('plugins', main.plugins, additional.plugins, findings, where);
  result.external_plugins = disjoint('external_plugins', main.external_plugins, additional.external_plugins, findings, where);
  if (additional.label?.restricted_labels !== undefined) result.label = mergeLabels(main, additional, findings, where);
  if (additional.bugzilla !== undefined) result.bugzilla = mergeBugzilla(main.bugzilla ?? {}, additional.bugzilla, findings, where);
  for (const key of ['plugins', 'external_plugins'] as const) if (result[key] === undefined) delete result[key];
  return result;
}

function disjoint<T>(key: string, main: Record<string, T> | undefined, additional: Record<string, T> | undefined, findings: Findings, where: Source): Record<string, T> | undefined {
  if (main === undefined || additional === undefined) return main ?? additional;
  for (const name of Object.keys(additional)) {
    if (Object.hasOwn(main, name)) findings.error('PROW_PLUGINS_SET_TWICE', `${key} of ${name} are set in two files`, { ...where, path: [key, name] });
  }
  return { ...additional, ...main };
}

function mergeLabels(main: PluginConfigFile, additional: PluginConfigFile, findings: Findings, where: Source): PluginConfigFile['label'] {
  const restricted = { ...main.label?.restricted_labels };
  for (const [key, labels] of Object.entries(additional.label?.restricted_labels ?? {})) {
    const known = restricted[key] ?? [];
    for (const [index, { label }] of labels.entries()) {
      if (known.some((other) => other.label === label)) findings.error('PROW_PLUGINS_SET_TWICE', `the restricted label ${label ?? ''} is set in two files`, { ...where, path: ['label', 'restricted_labels', key, index] });
    }
    restricted[key] = [...known, ...labels];
  }
  return { ...main.label, restricted_labels: restricted };
}

function mergeBugzilla(main: NonNullable<PluginConfigFile['bugzilla']>, additional: NonNullable<PluginConfigFile['bugzilla']>, findings: Findings, where: Source): NonNullable<PluginConfigFile['bugzilla']> {
  const twice = (what: string, ...path: string[]): void => findings.error('PROW_PLUGINS_SET_TWICE', `bugzilla's ${what} is set in two files`, { ...where, path: ['bugzilla', ...path] });
  const result = { ...main };
  if (additional.default !== undefined) {
    if (main.default === undefined) result.default = additional.default;
    else twice('default', 'default');
  }
  const orgs = { ...main.orgs };
  for (const [name, org] of Object.entries(additional.orgs ?? {})) {
    const known = { ...orgs[name] };
    if (org.default !== undefined) {
      if (known.default === undefined) known.default = org.default;
      else twice(`default of ${name}`, 'orgs', name);
    }
    for (const repo of Object.keys(org.repos ?? {})) if (known.repos !== undefined && Object.hasOwn(known.repos, repo)) twice(`${name}/${repo}`, 'orgs', name, 'repos', repo);
    if (org.repos !== undefined) known.repos = { ...org.repos, ...known.repos };
    orgs[name] = known;
  }
  if (Object.keys(orgs).length > 0) result.orgs = orgs;
  return result;
}
