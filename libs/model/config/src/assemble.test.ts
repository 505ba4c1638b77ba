import { describe, expect, test } from '@jest/globals';
import {
  branchProtectionFor, ConfigAssembler, contextPolicyFor, decodeConfigFile, decodeJobFile, mergeMethodFor, presubmitsFor, sourceOf, tideQueryOrgSearches, tideQuerySearch,
} from './index.ts';
import type { AssembledConfig, Finding } from './index.ts';

const containers = [{ image: 'x', command: ['a'] }];
const decoration = { utility_images: { clonerefs: 'c', initupload: 'i', entrypoint: 'e', sidecar: 's' }, gcs_configuration: { bucket: 'b', path_strategy: 'explicit' } };

function assemble(config: unknown, ...jobs: unknown[]): AssembledConfig {
  const main = decodeConfigFile(config, 'config.yaml');
  const files = jobs.map((value, index) => ({ file: `jobs${index}.yaml`, ...decodeJobFile(value, `jobs${index}.yaml`) }));
  const result = new ConfigAssembler(() => Date.parse('2026-01-01T00:00:00Z')).assemble({ main: { file: 'config.yaml', value: main.value }, supplementals: [], jobs: files });
  return { ...result, findings: [...main.findings, ...files.flatMap((file) => file.findings), ...result.findings] };
}

function presubmits(...list: object[]): object {
  return { presubmits: { 'o/r': list.map((job, index) => ({ name: `job-${index}`, spec: { containers }, ...job })) } };
}

const told = (findings: readonly Finding[]): string[] => findings.map((finding) => `${finding.code} ${finding.path.join('.')}`);

describe('jobs after defaulting', () => {
  test('agent, cluster, namespace, context, trigger, tenant', () => {
    const { config, findings } = assemble({ pod_namespace: 'pods' }, presubmits({}));
    expect(findings).toEqual([]);
    expect(presubmitsFor(config, 'o/r')[0]).toEqual({
      name: 'job-0', agent: 'kubernetes', cluster: 'default', namespace: 'pods', context: 'job-0', trigger: '(?m)^/test( | .* )job-0,?($|\\s.*)', rerun_command: '/test job-0',
      decorate: false, prowjob_defaults: { tenant_id: 'GlobalDefaultID' }, spec: { containers: [{ name: undefined, image: 'x', command: ['a'] }] },
    });
  });

  test('default decorations fold in order, the job comes last, an empty secret stays', () => {
    const entries = [
      { config: { ...decoration, timeout: '1h', gcs_credentials_secret: 'all', oauth_token_secret: { name: 'n', key: 'k' } } },
      { repo: 'o', config: { timeout: 60_000_000_000, gcs_configuration: { bucket: 'of-org' } } },
      { cluster: 'build', config: { gcs_credentials_secret: '' } },
      { repo: 'other', config: { timeout: '9h' } },
    ];
    const { config, findings } = assemble({ decorate_all_jobs: true, plank: { default_decoration_config_entries: entries } }, presubmits({ cluster: 'build', decoration_config: { oauth_token_secret: { name: 'own' } } }));
    expect(findings).toEqual([]);
    expect(presubmitsFor(config, 'o/r')[0]?.decoration_config).toEqual({
      ...decoration, timeout: '1m0s', gcs_configuration: { bucket: 'of-org', path_strategy: 'explicit' }, gcs_credentials_secret: '', oauth_token_secret: { name: 'own' },
    });
  });

  test('an empty list of a job takes a default list away', () => {
    const entries = [{ config: { ...decoration, gcs_configuration: { ...decoration.gcs_configuration, compress_file_types: ['txt'] }, censoring_options: { include_directories: ['a'], exclude_directories: ['b'] } } }];
    const own = { gcs_configuration: { compress_file_types: [] }, censoring_options: { include_directories: [] } };
    const { config } = assemble({ decorate_all_jobs: true, plank: { default_decoration_config_entries: entries } }, presubmits({ decoration_config: own }));
    expect(presubmitsFor(config, 'o/r')[0]?.decoration_config).toEqual({ ...decoration, censoring_options: { exclude_directories: ['b'] } });
  });

  test('presets apply by all of their labels, and may not add what is there', () => {
    const presets = [{ labels: { a: 'x' }, env: [{ name: 'E', value: '1' }] }, { labels: { a: 'y' }, env: [{ name: 'F' }] }, { volumes: [{ name: 'v', emptyDir: {} }] }];
    const good = assemble({ presets }, presubmits({ labels: { a: 'x' } }));
    expect(presubmitsFor(good.config, 'o/r')[0]?.spec).toMatchObject({ containers: [{ env: [{ name: 'E', value: '1' }] }], volumes: [{ name: 'v', emptyDir: {} }] });
    const bad = assemble({ presets }, presubmits({ labels: { a: 'x' }, spec: { containers: [{ image: 'x', env: [{ name: 'E' }] }] } }));
    expect(told(bad.findings)).toEqual(['PROW_CONFIG_PRESET presubmits.o/r.0.spec']);
    expect(told(assemble({ presets: [{ labels: { a: 'x' } }] }, { presets: [{ labels: { a: 'x' } }] }).findings)).toEqual(['PROW_CONFIG_DUPLICATE presets.0.labels.a']);
  });

  test('amounts and durations are canonical', () => {
    const { config } = assemble({ sinker: { max_pod_age: '90m' } }, presubmits({ spec: { containers: [{ image: 'x', resources: { limits: { cpu: '1000m', memory: '1.5Gi' } } }] } }));
    expect(config.sinker).toMatchObject({ max_pod_age: '1h30m0s', terminated_pod_ttl: '1h30m0s' });
    expect(presubmitsFor(config, 'o/r')[0]?.spec?.containers[0]?.resources).toEqual({ limits: { cpu: '1', memory: '1536Mi' } });
  });

  test('know where they were written', () => {
    const { config } = assemble({}, presubmits({}, {}));
    const [, second] = presubmitsFor(config, 'o/r');
    expect(second && sourceOf(second)).toEqual({ file: 'jobs0.yaml', path: ['presubmits', 'o/r', 1] });
  });
});

describe('what upstream refuses', () => {
  test.each<[string, object, string]>([
    ['a name', { name: 'a b' }, 'PROW_CONFIG_JOB_NAME name'],
    ['an expression', { branches: ['ok', '('] }, 'PROW_CONFIG_REGEX branches.1'],
    ['changes and always', { always_run: true, run_if_changed: 'x' }, 'PROW_CONFIG_EXCLUSIVE run_if_changed'],
    ['both change matchers', { run_if_changed: 'x', skip_if_only_changed: 'y' }, 'PROW_CONFIG_EXCLUSIVE skip_if_only_changed'],
    ['a trigger alone', { trigger: '^/x$' }, 'PROW_CONFIG_TRIGGER trigger'],
    ['no spec', { spec: null }, 'PROW_CONFIG_AGENT '],
    ['a label of Prow', { labels: { 'created-by-prow': 'x' } }, 'PROW_CONFIG_RESERVED labels.created-by-prow'],
    ['a queue', { job_queue_name: 'q' }, 'PROW_CONFIG_UNKNOWN_QUEUE job_queue_name'],
    ['a variable of Prow', { spec: { containers: [{ image: 'x', env: [{ name: 'PULL_REFS' }] }] } }, 'PROW_CONFIG_RESERVED spec.containers.0.env.0.name'],
    ['a volume of decoration', { spec: { containers: [{ image: 'x' }], volumes: [{ name: 'logs' }] } }, 'PROW_CONFIG_RESERVED spec.volumes.0.name'],
    ['an init container', { spec: { containers, initContainers: [{ name: 'i', image: 'x' }] } }, 'PROW_CONFIG_POD spec.initContainers'],
    ['decoration without a command', { decorate: true, decoration_config: decoration, spec: { containers: [{ image: 'x' }] } }, 'PROW_CONFIG_POD spec.containers.0'],
    ['a namespace of its own', { namespace: 'mine' }, 'PROW_CONFIG_AGENT namespace'],
    ['a wrong type', { optional: 'yes' }, 'PROW_CONFIG_TYPE optional'],
  ])('%s', (_name, job, expected) => {
    const [code = '', path = ''] = expected.split(' ');
    const base = ['presubmits', 'o/r', 0];
    const { findings } = assemble({}, presubmits(job));
    expect(findings.map((finding) => ({ code: finding.code, severity: finding.severity, path: finding.path.join('.') })))
      .toContainEqual({ code, severity: 'error', path: [...base, ...(path === '' ? [] : [path])].join('.') });
  });

  test('a sidecar that is an init container is fine', () => {
    expect(assemble({}, presubmits({ spec: { containers, initContainers: [{ name: 'i', image: 'x', restartPolicy: 'Always' }] } })).findings).toEqual([]);
  });

  test('two jobs of one name or one context on a branch', () => {
    const both = assemble({}, presubmits({ name: 'a', branches: ['main'] }, { name: 'a', branches: ['other'] }, { name: 'a', branches: ['main', 'x'] }, { name: 'b', context: 'a' }));
    expect(told(both.findings)).toEqual(['PROW_CONFIG_DUPLICATE_JOB presubmits.o/r.2.name', 'PROW_CONFIG_DUPLICATE_CONTEXT presubmits.o/r.3.context']);
  });

  test('periodics: one schedule, in its language', () => {
    const periodic = (name: string, more: object): object => ({ name, spec: { containers }, ...more });
    const { findings } = assemble({}, { periodics: [periodic('a', {}), periodic('b', { cron: '* * * * *', interval: '1h' }), periodic('c', { cron: '61 * * * *' }), periodic('d', { interval: 'soon' }), periodic('e', { cron: '@daily' }), periodic('e', { interval: '1h' })] });
    expect(told(findings)).toEqual(['PROW_CONFIG_MISSING periodics.0', 'PROW_CONFIG_EXCLUSIVE periodics.1.interval', 'PROW_CONFIG_CRON periodics.2.cron', 'PROW_CONFIG_DURATION periodics.3.interval', 'PROW_CONFIG_DUPLICATE_JOB periodics.5.name']);
  });
});

describe('sections', () => {
  test.each<[string, object, string]>([
    ['a template', { plank: { job_url_template: '{{.Spec' } }, 'PROW_CONFIG_TEMPLATE plank.job_url_template'],
    ['both kinds of default decorations', { plank: { default_decoration_configs: { '*': {} }, default_decoration_config_entries: [{}] } }, 'PROW_CONFIG_EXCLUSIVE plank.default_decoration_configs'],
    ['a query of nothing', { tide: { queries: [{ labels: ['a'] }] } }, 'PROW_CONFIG_MISSING tide.queries.0'],
    ['a label wanted and unwanted', { tide: { queries: [{ orgs: ['o'], labels: ['a'], missingLabels: ['a'] }] } }, 'PROW_CONFIG_EXCLUSIVE tide.queries.0.labels'],
    ['a repository of a listed org', { tide: { queries: [{ orgs: ['o'], repos: ['o/r'] }] } }, 'PROW_CONFIG_DUPLICATE tide.queries.0.repos.0'],
    ['a merge method', { tide: { merge_method: { o: { r: { 'release-.*': 'sqush' } } } } }, 'PROW_CONFIG_VALUE tide.merge_method.o.r.release-.*'],
    ['status links without *', { tide: { pr_status_base_urls: { o: 'x' } } }, 'PROW_CONFIG_MISSING tide.pr_status_base_urls'],
    ['anyone and some', { deck: { rerun_auth_configs: { '*': { allow_anyone: true, github_users: ['a'] } } } }, 'PROW_CONFIG_EXCLUSIVE deck.rerun_auth_configs.*.allow_anyone'],
    ['a lens expression', { deck: { spyglass: { lenses: [{ required_files: ['('], lens: { name: 'x' } }] } } }, 'PROW_CONFIG_REGEX deck.spyglass.lenses.0.required_files.0'],
    ['a log level', { log_level: 'loud' }, 'PROW_CONFIG_VALUE log_level'],
    ['a webhook of the future', { managed_webhooks: { org_repo_config: { o: { token_created_after: '2030-01-01T00:00:00Z' } } } }, 'PROW_CONFIG_VALUE managed_webhooks.org_repo_config.o.token_created_after'],
    ['slack without a channel', { slack_reporter_configs: { '*': { host: 'x' } } }, 'PROW_CONFIG_MISSING slack_reporter_configs.*'],
    ['a number for a duration', { sinker: { max_pod_age: 5 } }, 'PROW_CONFIG_VALUE sinker.max_pod_age'],
  ])('%s', (_name, config, expected) => {
    expect(told(assemble(config).findings)).toContain(expected);
  });

  test('queries that ask the same become one, in upstream\'s order', () => {
    const { config } = assemble({ tide: { queries: [{ repos: ['o/b'], labels: ['z', 'a'] }, { orgs: ['p'], labels: ['a', 'z'], excludedRepos: ['p/x'] }, { repos: ['o/a'], author: 'bot' }] } });
    expect(config.tide.queries).toEqual([{ author: 'bot', repos: ['o/a'] }, { labels: ['a', 'z'], repos: ['o/b'], orgs: ['p'], excludedRepos: ['p/x'] }]);
    const query = config.tide.queries?.[1] ?? {};
    expect(tideQuerySearch(query)).toBe('is:pr state:open archived:false label:"a" label:"z" org:"p" repo:"o/b" -repo:"p/x"'.replace('org:"p" repo:"o/b" -repo:"p/x"', 'org:"p" -repo:"p/x" repo:"o/b"'));
    expect(Object.keys(tideQueryOrgSearches(query))).toEqual(['p', 'o']);
  });

  test('merge methods: the narrowest that says something', () => {
    const { config } = assemble({ tide: { merge_method: { o: { r: { '^release-': 'rebase' }, '*': 'squash' }, 'o/r@main': 'squash', 'o/r': 'merge', p: 'rebase' } } });
    expect([['o', 'r', 'main'], ['o', 'r', 'release-1'], ['o', 'r', 'x'], ['o', 's', 'x'], ['p', 's', 'x'], ['q', 's', 'x']].map(([org = '', repo = '', branch = '']) => mergeMethodFor(config, org, repo, branch)))
      .toEqual(['squash', 'rebase', 'merge', 'squash', 'rebase', 'merge']);
  });

  test('contexts: configured ones, those of jobs, those of branch protection', () => {
    const { config } = assemble({
      tide: { context_options: { 'optional-contexts': ['nice'], orgs: { o: { 'from-branch-protection': true, repos: { r: { 'skip-unknown-contexts': true, branches: { main: { 'required-contexts': ['must'] } } } } } } } },
      'branch-protection': { orgs: { o: { protect: true, required_status_checks: { contexts: ['EasyCLA'] } } } },
    }, presubmits({ always_run: true }, { run_if_changed: 'x' }, { optional: true, always_run: true }));
    expect(contextPolicyFor(config, 'o', 'r', 'main', presubmitsFor(config, 'o/r')).policy).toEqual({
      'required-contexts': ['EasyCLA', 'job-0', 'must'], 'required-if-present-contexts': ['job-1'], 'optional-contexts': ['job-2', 'nice'], 'skip-unknown-contexts': true,
    });
  });

  test('branch protection: the narrower wins, lists add up, required jobs need it', () => {
    const { config } = assemble({
      'branch-protection': { enforce_admins: true, orgs: { o: { protect: true, exclude: ['^a'], repos: { r: { exclude: ['^b'], branches: { main: { protect: false }, odd: { enforce_admins: false } } } } } } },
    }, presubmits({ always_run: true }));
    const jobs = presubmitsFor(config, 'o/r');
    expect(branchProtectionFor(config, 'o', 'r', 'x', jobs).policy).toEqual({ protect: true, enforce_admins: true, exclude: ['^a', '^b'], required_status_checks: { contexts: ['job-0'] } });
    expect(branchProtectionFor(config, 'o', 'r', 'main', jobs).error).toBe('required prow jobs require branch protection');
    expect(branchProtectionFor(config, 'other', 'r', 'main', jobs)).toEqual({ policy: undefined });
  });
});
