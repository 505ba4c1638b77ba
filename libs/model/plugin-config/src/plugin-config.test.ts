import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@prow/model-config';
import {
  approveFor, assemblePluginConfig, decodePluginFile, externalPluginsFor, isPluginEnabled, lgtmFor, ownersFilenamesFor, pluginsFor, restrictedLabelsFor, triggerFor,
} from './index.ts';
import type { PluginConfig } from './index.ts';

function assemble(main: unknown, ...more: unknown[]): { config: PluginConfig; findings: Finding[] } {
  const decoded = decodePluginFile(main, 'plugins.yaml');
  const files = more.map((value, index) => ({ file: `more${index}`, ...decodePluginFile(value, `more${index}`) }));
  const result = assemblePluginConfig({ file: 'plugins.yaml', value: decoded.value }, files);
  return { config: result.config, findings: [...decoded.findings, ...files.flatMap((file) => file.findings), ...result.findings] };
}

const told = (findings: readonly Finding[]): string[] => findings.map((finding) => `${finding.code} ${finding.path.join('.')}`);

describe('which plugins run where', () => {
  test("an org's, unless excluded, and the repository's own; lists alone in the older form", () => {
    const { config, findings } = assemble({ plugins: { o: { plugins: ['a', 'b'], excluded_repos: ['x'] }, 'o/x': { plugins: ['c'] }, 'o/y': { plugins: ['c'] } } });
    expect(findings).toEqual([]);
    expect([pluginsFor(config, 'o', 'x'), pluginsFor(config, 'o', 'y'), pluginsFor(config, 'o', 'z'), pluginsFor(config, 'p', 'z')]).toEqual([['c'], ['a', 'b', 'c'], ['a', 'b'], []]);
    expect(pluginsFor(assemble({ plugins: { o: ['a'] } }).config, 'o', 'r')).toEqual(['a']);
    expect(isPluginEnabled(config, 'a', 'o', 'y')).toBe(true);
    expect(pluginsFor(config, '__proto__', 'r')).toEqual([]);
  });

  test('external plugins of org and repository both', () => {
    const { config } = assemble({ external_plugins: { o: [{ name: 'one' }], 'o/r': [{ name: 'two', endpoint: 'http://e', events: ['push'] }] } });
    expect(externalPluginsFor(config, 'o', 'r')).toEqual([{ name: 'one', endpoint: 'http://one' }, { name: 'two', endpoint: 'http://e', events: ['push'] }]);
  });
});

test('lists: the first entry that names the repository, else the org, never merged', () => {
  const { config } = assemble({
    triggers: [{ repos: ['o'], only_org_members: true }, { repos: ['o/r'], trusted_org: 't' }, { repos: ['o/r'], ignore_ok_to_test: true }],
    lgtm: [{ repos: ['p/q'], store_tree_hash: true }],
    approve: [{ repos: ['o'], require_self_approval: true }],
  });
  expect(triggerFor(config, 'o', 'r')).toEqual({ repos: ['o/r'], trusted_org: 't', join_org_url: 'https://github.com/orgs/t/people' });
  expect(triggerFor(config, 'o', 's')).toEqual({ repos: ['o'], only_org_members: true });
  expect(lgtmFor(config, 'o', 'r')).toEqual({});
  expect(approveFor(config, 'o', 'r')).toMatchObject({ require_self_approval: true, commandHelpLink: 'https://go.k8s.io/bot-commands' });
});

test('restricted labels add up, file names do not', () => {
  const { config } = assemble({ label: { restricted_labels: { '*': [{ label: 'A' }], o: [{ label: 'b' }], 'o/r': [{ label: 'a', allowed_users: ['x'] }] } }, owners: { filenames: { o: { owners: 'PEOPLE' } } } });
  expect([...restrictedLabelsFor(config, 'o', 'r')]).toEqual([['a', { label: 'a', allowed_users: ['x'] }], ['b', { label: 'b' }]]);
  expect(ownersFilenamesFor(config, 'o', 'r')).toEqual({ owners: 'PEOPLE', owners_aliases: '' });
  expect(ownersFilenamesFor(config, 'p', 'r')).toEqual({ owners: 'OWNERS', owners_aliases: 'OWNERS_ALIASES' });
});

test('defaults', () => {
  const { config } = assemble({});
  expect(config).toMatchObject({
    size: { s: 10, m: 30, l: 100, xl: 500, xxl: 1000 }, owners: { labels_denylist: ['approved', 'lgtm'] }, blunderbuss: { request_count: 2 },
    config_updater: { maps: { 'config/prow/config.yaml': { name: 'config', clusters: { default: [''] } } } }, cherry_pick_unapproved: { branchregexp: '^release-.*$' },
  });
});

test('cluster groups become clusters, with all the entry says', () => {
  const { config, findings } = assemble({ config_updater: { cluster_groups: { g: { clusters: ['a', 'b'], namespaces: ['n'] } }, maps: { 'x/*.yaml': { name: 'x', cluster_groups: ['g'], use_full_path_as_key: true } } } });
  expect(findings).toEqual([]);
  expect(config.config_updater.maps['x/*.yaml']).toEqual({ name: 'x', use_full_path_as_key: true, clusters: { a: ['n'], b: ['n'] } });
});

describe('what upstream refuses', () => {
  test.each<[string, object, string]>([
    ['a plugin twice', { plugins: { o: { plugins: ['a'] }, 'o/r': { plugins: ['a'] } } }, 'PROW_PLUGINS_DUPLICATE plugins.o/r.plugins.0'],
    ['an external plugin twice', { external_plugins: { o: [{ name: 'a' }], 'o/r': [{ name: 'a' }] } }, 'PROW_PLUGINS_DUPLICATE external_plugins.o/r.0'],
    ['shrinking sizes', { size: { s: 5, m: 4 } }, 'PROW_PLUGINS_SIZE size'],
    ['no reviewers', { blunderbuss: { request_count: 0 } }, 'PROW_PLUGINS_RANGE blunderbuss.request_count'],
    ['a key of a ConfigMap twice', { config_updater: { maps: { 'a/x.yaml': { name: 'c' }, 'b/x.yaml': { name: 'c' } } } }, 'PROW_PLUGINS_DUPLICATE config_updater.maps.b/x.yaml'],
    ['an unknown cluster group', { config_updater: { maps: { 'a/x.yaml': { name: 'c', cluster_groups: ['g'] } } } }, 'PROW_PLUGINS_UNKNOWN config_updater.maps.a/x.yaml.cluster_groups.0'],
    ['a label that matches itself', { require_matching_label: [{ org: 'o', prs: true, regexp: '^kind/', missing_label: 'kind/none' }] }, 'PROW_PLUGINS_VALUE require_matching_label.0.missing_label'],
    ['a repository twice', { welcome: [{ repos: ['o/r'] }, { repos: ['o/r'] }] }, 'PROW_PLUGINS_DUPLICATE welcome.1.repos.0'],
    ['blunderbuss and rifle', { plugins: { o: { plugins: ['blunderbuss', 'rifle'] } } }, 'PROW_PLUGINS_EXCLUSIVE plugins.o'],
    ['a wrong type', { plugins: { o: { plugins: 'a' } } }, 'PROW_CONFIG_TYPE plugins.o.plugins'],
  ])('%s', (_name, file, expected) => {
    expect(told(assemble(file).findings)).toContain(expected);
  });
});

test('supplemental files add what may be merged, and nothing else', () => {
  const { config, findings } = assemble({ plugins: { o: { plugins: ['a'] } }, lgtm: [{ repos: ['o'] }] }, { plugins: { p: { plugins: ['b'] } }, lgtm: [{ repos: ['p'] }] });
  expect(findings).toEqual([]);
  expect([pluginsFor(config, 'p', 'r'), config.lgtm?.length]).toEqual([['b'], 2]);
  expect(told(assemble({ plugins: { o: { plugins: ['a'] } } }, { plugins: { o: { plugins: ['b'] } }, size: { s: 1 } }).findings)).toEqual(['PROW_PLUGINS_SUPPLEMENTAL size', 'PROW_PLUGINS_SET_TWICE plugins.o']);
});
