// deck: the web pages. upstream: Deck and Spyglass in pkg/config/config.go
import { always, bool, doc, integer, list, map, pointer, struct, text, unsigned } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import type { ProwJobSpec, RerunAuthConfig } from '@prow/model-prowjob';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { kubeDuration, rawJson } from '../shapes/go-types.ts';
import { rerunAuthConfig } from '../shapes/prowjob.ts';
import { checkRegex, checkTemplate } from './checks.ts';
import { entriesOfMap, entryMatches } from './default-entries.ts';
import { checkSelector } from './jenkins.ts';

const lens = struct('LensFileConfig', {
  required_files: always(doc('Regular expressions: the lens is shown when each has a file', list(text))),
  optional_files: doc('Regular expressions of more files for the lens', list(text)),
  lens: always(struct('LensConfig', { name: always(text), config: rawJson })),
  remote_config: pointer(struct('LensRemoteConfig', {
    endpoint: always(text), static_root: always(text), title: always(text), priority: always(pointer(unsigned)), hide_title: always(pointer(bool)),
  })),
});

export const spyglassShape = struct('Spyglass', {
  lenses: list(lens),
  viewers: doc('The older form of lenses: lens names by regular expression', map(list(text))),
  size_limit: doc('Bytes of an artifact a lens may read. Default 100000000', integer),
  gcs_browser_prefix: doc("Deprecated: gcs_browser_prefixes['*']", text),
  gcs_browser_prefixes: doc('By *, org or org/repo', map(text)),
  gcs_browser_prefixes_by_bucket: doc('By bucket or *', map(text)),
  announcement: doc('Go template with .ArtifactPath, shown on top', text),
  testgrid_config: text,
  testgrid_root: text,
  hide_pr_history_link: bool,
  pr_history_link_template: text,
  bucket_aliases: map(text),
});

export const deckShape = struct('Deck', {
  spyglass: spyglassShape,
  tide_update_period: pointer(doc("Time between looks at tide's data. Default 10s", kubeDuration)),
  hidden_repos: doc('org or org/repo', list(text)),
  external_agent_logs: list(struct('ExternalAgentLog', { agent: text, selector: text, url_template: text })),
  branding: pointer(struct('Branding', { logo: text, favicon: text, background_color: text, header_color: text })),
  google_analytics: text,
  rerun_auth_configs: doc('The older form of default_rerun_auth_configs, by *, org or org/repo', map(rerunAuthConfig)),
  default_rerun_auth_configs: doc('Who may start jobs again; the last that matches counts', list(struct('DefaultRerunAuthConfigEntry', {
    repo: text, cluster: text, rerun_auth_configs: pointer(rerunAuthConfig),
  }))),
  skip_storage_path_validation: pointer(doc('false: artifacts are shown only from known buckets', bool)),
  additional_allowed_buckets: list(text),
});

type DeckSection = TypeOf<typeof deckShape>;
type SpyglassSection = TypeOf<typeof spyglassShape>;

export type Spyglass = SpyglassSection & {
  size_limit: number;
  gcs_browser_prefixes: Record<string, string>;
  gcs_browser_prefixes_by_bucket: Record<string, string>;
};
export type Deck = DeckSection & { spyglass: Spyglass; tide_update_period: string };

const viewerNames: Readonly<Record<string, string>> = { 'build-log-viewer': 'buildlog', 'metadata-viewer': 'metadata', 'junit-viewer': 'junit' };

export function defaultDeck(section: DeckSection): Deck {
  const { rerun_auth_configs: byRepo = {}, ...rest } = section;
  const deck: Deck = { ...rest, spyglass: defaultSpyglass(section.spyglass ?? {}), tide_update_period: section.tide_update_period ?? '10s' };
  if (Object.keys(byRepo).length === 0) return deck;
  // The older form becomes the newer. Upstream's effective configuration still shows the entries of repositories.
  deck.default_rerun_auth_configs = entriesOfMap(byRepo).map(({ repo, value }) => ({ repo, rerun_auth_configs: value }));
  const ofRepos = Object.entries(byRepo).filter(([key]) => key.includes('/'));
  if (ofRepos.length > 0) deck.rerun_auth_configs = Object.fromEntries(ofRepos);
  return deck;
}

function defaultSpyglass(section: SpyglassSection): Spyglass {
  const prefix = section.gcs_browser_prefix ?? '';
  const viewers = Object.entries(section.viewers ?? {});
  const fromViewers = viewers
    .flatMap(([regex, names]) => names.map((name) => ({ required_files: [regex], lens: { name: viewerNames[name] ?? name } })))
    .toSorted((a, b) => (a.lens.name < b.lens.name ? -1 : a.lens.name > b.lens.name ? 1 : 0));
  const lenses = [...(section.lenses ?? []), ...fromViewers];
  return {
    ...section,
    ...(lenses.length === 0 ? {} : { lenses }),
    size_limit: section.size_limit ?? 100_000_000,
    gcs_browser_prefixes: { '*': prefix, ...section.gcs_browser_prefixes },
    gcs_browser_prefixes_by_bucket: { '*': prefix, ...section.gcs_browser_prefixes_by_bucket },
  };
}

export function checkDeck(section: DeckSection, findings: Findings, where: Source): void {
  checkSpyglass(section.spyglass ?? {}, findings, within(where, 'spyglass'));
  for (const [index, log] of (section.external_agent_logs ?? []).entries()) {
    const place = within(where, 'external_agent_logs', index);
    checkTemplate(log.url_template ?? '', findings, within(place, 'url_template'), `url_template of agent ${log.agent ?? ''}`);
    checkSelector(log.selector ?? '', findings, within(place, 'selector'));
  }
  if ((section.additional_allowed_buckets ?? []).length > 0 && section.skip_storage_path_validation !== false) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'additional_allowed_buckets has an effect only with skip_storage_path_validation: false', within(where, 'additional_allowed_buckets'));
  }
  if (Object.keys(section.rerun_auth_configs ?? {}).length > 0 && (section.default_rerun_auth_configs ?? []).length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'rerun_auth_configs and default_rerun_auth_configs exclude one another', within(where, 'rerun_auth_configs'));
  }
  for (const [key, config] of Object.entries(section.rerun_auth_configs ?? {})) {
    checkRerunAuth(config, findings, within(where, 'rerun_auth_configs', key));
  }
  for (const [index, entry] of (section.default_rerun_auth_configs ?? []).entries()) {
    checkRerunAuth(entry.rerun_auth_configs, findings, within(where, 'default_rerun_auth_configs', index, 'rerun_auth_configs'));
  }
}

function checkSpyglass(section: SpyglassSection, findings: Findings, where: Source): void {
  if ((section.size_limit ?? 0) < 0) findings.error('PROW_CONFIG_RANGE', `size_limit is ${section.size_limit}, expected 0 or more`, within(where, 'size_limit'));
  for (const [index, entry] of (section.lenses ?? []).entries()) {
    for (const key of ['required_files', 'optional_files'] as const) {
      for (const [fileIndex, regex] of (entry[key] ?? []).entries()) checkRegex(regex, findings, within(where, 'lenses', index, key, fileIndex), `${key} of lens ${entry.lens?.name ?? ''}`);
    }
  }
  for (const regex of Object.keys(section.viewers ?? {})) checkRegex(regex, findings, within(where, 'viewers', regex), 'viewers');
  for (const key of ['gcs_browser_prefixes', 'gcs_browser_prefixes_by_bucket'] as const) {
    if (section[key]?.['*'] !== undefined && section.gcs_browser_prefix !== undefined) {
      findings.error('PROW_CONFIG_EXCLUSIVE', `gcs_browser_prefix and ${key}['*'] exclude one another`, within(where, 'gcs_browser_prefix'));
    }
  }
}

/** "Anyone" and lists of some exclude one another. upstream: RerunAuthConfig.Validate */
export function checkRerunAuth(config: RerunAuthConfig | undefined, findings: Findings, where: Source): void {
  const lists = [config?.github_users, config?.github_team_ids, config?.github_team_slugs, config?.github_orgs];
  if (config?.allow_anyone === true && lists.some((list) => (list ?? []).length > 0)) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'allow_anyone excludes lists of users, teams and orgs', within(where, 'allow_anyone'));
  }
}

/** deck's own say on who may rerun a job; the last entry that matches. upstream: GetRerunAuthConfig */
export function rerunAuthFor(deck: Deck, spec: ProwJobSpec): RerunAuthConfig | undefined {
  const refs = spec.refs ?? spec.extra_refs?.[0];
  const repo = refs === undefined ? '' : `${refs.org}/${refs.repo}`;
  const entries = deck.default_rerun_auth_configs ?? [];
  return entries.findLast((entry) => entryMatches(entry, repo, spec.cluster ?? ''))?.rerun_auth_configs;
}

/** Where artifacts can be browsed. upstream: GetGCSBrowserPrefix */
export function browserPrefixFor(spyglass: Spyglass, org: string, repo: string, bucket: string): string {
  const byRepo = spyglass.gcs_browser_prefixes;
  const byBucket = spyglass.gcs_browser_prefixes_by_bucket;
  return (org === '' ? undefined : byRepo[`${org}/${repo}`] ?? byRepo[org]) ?? (bucket === '' ? undefined : byBucket[bucket]) ?? byRepo['*'] ?? byBucket['*'] ?? '';
}
