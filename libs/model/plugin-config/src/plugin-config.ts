// plugins.yaml from its files: merged, defaulted, checked. upstream: Configuration in pkg/plugins/config.go
import { decode, encode } from '@prow/base-schema';
import { durationMs } from '@prow/base-time';
import { Findings, fromShapeFinding } from '@prow/model-config';
import type { Finding, Source } from '@prow/model-config';
import { checkPluginConfig } from './check.ts';
import { mergeSupplementalPlugins } from './supplemental.ts';
import { pluginConfigShape } from './shapes.ts';
import type { ConfigUpdater, PluginConfigFile, RequireMatchingLabel } from './shapes.ts';

type Section<K extends keyof PluginConfigFile> = NonNullable<PluginConfigFile[K]>;

/** plugins.yaml after defaulting. Must not be changed. */
export interface PluginConfig extends PluginConfigFile {
  plugins: Section<'plugins'>;
  external_plugins: Section<'external_plugins'>;
  owners: Section<'owners'> & { labels_denylist: string[] };
  blunderbuss: Section<'blunderbuss'> & { request_count: number };
  rifle: Section<'rifle'> & { request_count: number };
  config_updater: ConfigUpdater & { maps: NonNullable<ConfigUpdater['maps']> };
  cherry_pick_unapproved: Section<'cherry_pick_unapproved'> & { branchregexp: string; comment: string };
  sigmention: { regexp: string };
  size: Required<Section<'size'>>;
  help: Section<'help'> & { help_guidelines_url: string };
  release_note: { guidelines_url: string };
}

const unapprovedComment = 'This PR is not for the master branch but does not have the `cherry-pick-approved`  label. Adding the `do-not-merge/cherry-pick-not-approved`  label.';

/** Reads a parsed YAML value as plugins.yaml or as a supplemental file. */
export function decodePluginFile(value: unknown, file: string): { value: PluginConfigFile; findings: Finding[] } {
  const result = decode(pluginConfigShape, value ?? {});
  return { value: (result.value ?? {}) as PluginConfigFile, findings: result.findings.map((finding) => fromShapeFinding(finding, file)) };
}

/** One configuration from its files; only without errors may it be used. */
export function assemblePluginConfig(
  main: { file: string; value: PluginConfigFile },
  supplementals: readonly { file: string; value: PluginConfigFile }[],
): { config: PluginConfig; findings: Finding[] } {
  const findings = new Findings();
  const merged = mergeSupplementalPlugins(main.value, supplementals, findings);
  const where: Source = { file: main.file, path: [] };
  const config = defaultPluginConfig(merged);
  checkPluginConfig(merged, config, findings, where);
  return { config, findings: findings.items };
}

/** No plugins anywhere: what a component without --plugin-config has. */
export function emptyPluginConfig(): PluginConfig {
  return defaultPluginConfig({});
}

function defaultPluginConfig(file: PluginConfigFile): PluginConfig {
  const config: PluginConfig = {
    ...file,
    plugins: file.plugins ?? {},
    external_plugins: mapValues(file.external_plugins ?? {}, (plugins) => plugins.map((plugin) => ({ ...plugin, endpoint: plugin.endpoint ?? `http://${plugin.name ?? ''}` }))),
    owners: { ...file.owners, labels_denylist: file.owners?.labels_denylist ?? ['approved', 'lgtm'] },
    blunderbuss: defaultReviewers(file.blunderbuss),
    rifle: defaultReviewers(file.rifle),
    config_updater: defaultConfigUpdater(file.config_updater ?? {}),
    cherry_pick_unapproved: {
      branchregexp: file.cherry_pick_unapproved?.branchregexp ?? '^release-.*$',
      comment: file.cherry_pick_unapproved?.comment ?? unapprovedComment,
    },
    sigmention: { regexp: file.sigmention?.regexp ?? '(?m)@kubernetes/sig-([\\w-]*)-(misc|test-failures|bugs|feature-requests|proposals|pr-reviews|api-reviews)' },
    size: defaultSizes(file.size),
    help: { ...file.help, help_guidelines_url: file.help?.help_guidelines_url ?? 'https://git.k8s.io/community/contributors/guide/help-wanted.md' },
    release_note: { guidelines_url: file.release_note?.guidelines_url ?? 'https://git.k8s.io/community/contributors/guide/release-notes.md' },
  };
  if (file.triggers !== undefined) {
    config.triggers = file.triggers.map((trigger) => (trigger.trusted_org !== undefined && trigger.join_org_url === undefined
      ? { ...trigger, join_org_url: `https://github.com/orgs/${trigger.trusted_org}/people` }
      : trigger));
  }
  if (file.cherry_pick_approved !== undefined) {
    config.cherry_pick_approved = file.cherry_pick_approved.map((entry) => ({ ...entry, branchregexp: entry.branchregexp ?? '^release-.*$' }));
  }
  if (file.require_matching_label !== undefined) {
    config.require_matching_label = file.require_matching_label.map((entry): RequireMatchingLabel => ({ ...entry, grace_period: entry.grace_period ?? '5s' }));
  }
  return config;
}

function defaultReviewers<T extends { request_count?: number; wait_for_status?: { context?: string; state?: string; description?: string } }>(section: T | undefined): T & { request_count: number } {
  const { wait_for_status: wait, ...rest } = section ?? {};
  return {
    ...(rest as T),
    ...(wait === undefined ? {} : { wait_for_status: { ...wait, context: wait.context ?? 'tide', state: wait.state ?? 'pending' } }),
    request_count: section?.request_count ?? 2,
  };
}

function defaultConfigUpdater(section: ConfigUpdater): PluginConfig['config_updater'] {
  const written = section.maps ?? {};
  const maps = Object.keys(written).length === 0
    ? { 'config/prow/config.yaml': { name: 'config' }, 'config/prow/plugins.yaml': { name: 'plugins' } }
    : written;
  const { cluster_groups: groups, ...rest } = section;
  return {
    ...rest,
    // Groups become clusters here, with all they say: upstream loses some of it on the way.
    maps: mapValues(maps, (spec: NonNullable<ConfigUpdater['maps']>[string]) => {
      if (Object.keys(spec.clusters ?? {}).length > 0) return spec;
      const { cluster_groups: names, ...own } = spec;
      if (names === undefined || names.length === 0) return { ...own, clusters: { default: [''] } };
      const clusters: Record<string, string[]> = {};
      for (const name of names) {
        for (const cluster of groups?.[name]?.clusters ?? []) clusters[cluster] = [...(clusters[cluster] ?? []), ...(groups?.[name]?.namespaces ?? [])];
      }
      return { ...own, clusters };
    }),
  };
}

const standardSizes = { s: 10, m: 30, l: 100, xl: 500, xxl: 1000 };

// Sizes are taken from the section only as a whole: upstream's plugin falls back when none is set.
function defaultSizes(section: PluginConfigFile['size']): PluginConfig['size'] {
  if (section === undefined || Object.keys(section).length === 0) return { ...standardSizes };
  return { s: 0, m: 0, l: 0, xl: 0, xxl: 0, ...section };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** The configuration as upstream's types serialise it. */
export function encodePluginConfig(config: PluginConfig): unknown {
  return encode(pluginConfigShape, config);
}


/** The wait of require-matching-label, in milliseconds. */
export function gracePeriodMs(entry: RequireMatchingLabel): number {
  return durationMs(entry.grace_period ?? '5s');
}
