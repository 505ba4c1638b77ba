import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { derivedConfig, derivedPlugins } from './derive-config.ts';

const addresses = { frontDoor: 'http://127.0.0.1:9000', github: 'http://127.0.0.1:9001', artifactsDir: '/data/artifacts' };

test('only what this machine knows is put into config.yaml', () => {
  const text = `
# kept
plank:
  job_url_prefix_config: { '*': http://127.0.0.1:8080/view/ }
  report_templates: { '*': 'see http://127.0.0.1:8080/pr-history' }
  default_decoration_config_entries:
  - config: { timeout: 1h, gcs_configuration: { bucket: 'file:///artifacts' } }
  - repo: x
    config: { gcs_configuration: { bucket: 's3://mine' } }
tide:
  pr_status_base_urls: { '*': http://127.0.0.1:8080/pr }
`;
  const derived = derivedConfig(text, addresses, []);
  expect(derived).toContain('# kept');
  expect(parse(derived)).toEqual({
    plank: {
      job_url_prefix_config: { '*': 'http://127.0.0.1:9000/view/' },
      report_templates: { '*': 'see http://127.0.0.1:9000/pr-history' },
      default_decoration_config_entries: [
        { config: { timeout: '1h', gcs_configuration: { bucket: 'file:///data/artifacts' } } },
        { repo: 'x', config: { gcs_configuration: { bucket: 's3://mine' } } },
      ],
    },
    tide: { pr_status_base_urls: { '*': 'http://127.0.0.1:9000/pr' } },
  });
});

test('broken YAML goes through for the reader to name the place', () => {
  expect(derivedConfig('a: [', addresses, [])).toBe('a: [');
});

test('repositories of --repo get the plugins and settings of the first organisation', () => {
  const text = "plugins: { tess: { plugins: [trigger, lgtm] } }\nlgtm:\n- repos: [tess]\n  review_acts_as_lgtm: true\ntriggers:\n- repos: [tess]\n  join_org_url: http://127.0.0.1:8081/\n";
  expect(parse(derivedPlugins(text, addresses, [{ name: 'mine', dir: '/x', defaultBranch: 'main' }]))).toEqual({
    plugins: { tess: { plugins: ['trigger', 'lgtm'] }, local: { plugins: ['trigger', 'lgtm'] } },
    lgtm: [{ repos: ['tess'], review_acts_as_lgtm: true }, { repos: ['local'], review_acts_as_lgtm: true }],
    triggers: [{ repos: ['tess'], join_org_url: 'http://127.0.0.1:9001/' }, { repos: ['local'], join_org_url: 'http://127.0.0.1:9001/' }],
  });
});

test('repositories given with --repo merge like those of tess', () => {
  const text = 'tide:\n  queries:\n    - orgs: [tess]\n      labels: [lgtm]\n    - repos: [other/one]\n';
  const derived = parse(derivedConfig(text, addresses, [{ name: 'mine', dir: '/x', defaultBranch: 'main' }])) as { tide: unknown };
  expect(derived.tide).toEqual({ queries: [{ orgs: ['tess', 'local'], labels: ['lgtm'] }, { repos: ['other/one'] }] });
  expect(parse(derivedConfig(text, addresses, []))).toMatchObject({ tide: { queries: [{ orgs: ['tess'] }, {}] } });
});
