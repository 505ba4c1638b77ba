import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import Ajv from 'ajv/dist/2020.js';
import { parseYaml } from '@prow/base-yaml';
import { repoRoot, useTempDirs } from '@prow/testing-harness';
import type { Console } from './command.ts';
import { runCommandLine } from './run-command-line.ts';
import { schemas } from './schemas/index.ts';

const tempDir = useTempDirs();
let files: string[];
let dir: string;

const jobs = `presubmits:
  tess/tessops:
  - name: unit
    always_run: true
    decorate: true
    spec: {containers: [{image: x, command: [make]}]}
  - name: docs
    run_if_changed: '\\.md$'
    decorate: true
    spec: {containers: [{image: x, command: [make]}]}
postsubmits:
  tess/tessops:
  - {name: build, decorate: true, branches: [^main$], spec: {containers: [{image: x, command: [make]}]}}
periodics:
- {name: nightly, cron: "@daily", decorate: true, spec: {containers: [{image: x, command: [make]}]}}
`;
const config = `plank:
  default_decoration_config_entries:
  - config:
      utility_images: {clonerefs: c, initupload: i, entrypoint: e, sidecar: s}
      gcs_configuration: {bucket: b, path_strategy: explicit}
`;

beforeAll(() => {
  dir = tempDir('cli');
  mkdirSync(join(dir, 'jobs'));
  writeFileSync(join(dir, 'config.yaml'), config);
  writeFileSync(join(dir, 'plugins.yaml'), 'plugins: {tess: {plugins: [trigger]}}\n');
  writeFileSync(join(dir, 'jobs', 'jobs.yaml'), jobs);
  files = ['--config-path', join(dir, 'config.yaml'), '--job-config-path', join(dir, 'jobs'), '--config-cache-dir', ''];
});

async function prow(args: string[], input = ''): Promise<{ code: number; out: string; error: string }> {
  const result = { code: 0, out: '', error: '' };
  const console: Console = {
    out: (text) => void (result.out += text),
    error: (text) => void (result.error += text),
    lines: async function* lines() {
      for (const line of input.split('\n')) yield await Promise.resolve(line);
    },
  };
  result.code = await runCommandLine(args, console);
  return result;
}

function withJobs(text: string): string[] {
  const path = join(tempDir('jobs'), 'jobs.yaml');
  writeFileSync(path, text);
  return ['--config-path', join(dir, 'config.yaml'), '--job-config-path', path];
}

describe('the command line', () => {
  test('a word that is no command, and one nearly so', async () => {
    const { code, error } = await prow(['chekc']);
    expect(code).toBe(2);
    expect(error).toContain('there is no command chekc; did you mean check?');
    expect((await prow(['help'])).out).toContain('explain');
    expect((await prow(['run', 'hok'])).error).toContain('did you mean hook?');
    expect((await prow(['check', '--stric'])).error).toContain('--strict');
  });

  test.each(['check', 'dump', 'explain', 'mkpj', 'mkpod'])('%s --help names its flags', async (command) => {
    const { code, out } = await prow([command, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/--\w+/);
  });
});

describe('prow check', () => {
  test('nothing to say', async () => {
    expect(await prow(['check', ...files, '--plugin-config', join(dir, 'plugins.yaml'), '--strict'])).toMatchObject({ code: 0, out: '3 files: 0 errors, 0 warnings\n' });
  });

  test('nothing to say of our own configuration', async () => {
    const configs = join(repoRoot, 'configs');
    const own = ['--config-path', join(configs, 'config.yaml'), '--job-config-path', join(configs, 'jobs'), '--job-config-path', join(configs, 'config.presets.yaml'), '--plugin-config', join(configs, 'plugins.yaml')];
    expect(await prow(['check', ...own, '--strict'])).toMatchObject({ code: 0, error: '' });
  });

  test('file, line, column, excerpt and what was meant', async () => {
    const { code, out } = await prow(['check', ...withJobs(jobs.replace('always_run: true', 'allways_run: true'))]);
    expect(code).toBe(0);
    expect(out).toContain('jobs.yaml:4:5: warning: unknown field allways_run is ignored; did you mean always_run? [PROW_CONFIG_UNKNOWN_FIELD]');
    expect(out).toContain('    4 |     allways_run: true\n      |     ^');
    expect((await prow(['check', '--strict', ...withJobs(jobs.replace('always_run: true', 'allways_run: true'))])).code).toBe(1);
  });

  test('jobs that require each other: the way round, at the line of each', async () => {
    const text = jobs.replace('    always_run: true', '    always_run: true\n    requires: [docs]').replace('  - name: docs', '  - name: docs\n    requires:\n    - unit');
    const { code, out } = await prow(['check', ...withJobs(text)]);
    expect(code).toBe(1);
    expect(out).toContain('jobs.yaml:5:16: error: unit requires itself: unit → docs → unit [PROW_CONFIG_REQUIRES]');
    expect(out).toContain('jobs.yaml:10:7: error: docs requires itself: docs → unit → docs [PROW_CONFIG_REQUIRES]');
  });

  test('all errors of all files, as JSON', async () => {
    const { code, out } = await prow(['check', '--json', ...withJobs(jobs.replace('@daily', '61 * * * *').replace('\\.md$', '('))]);
    const findings = out.trim().split('\n').map((line) => JSON.parse(line) as { code: string; line: number; severity: string });
    expect(code).toBe(1);
    expect(findings.map(({ code: each, line, severity }) => [each, line, severity])).toEqual([['PROW_CONFIG_REGEX', 8, 'error'], ['PROW_CONFIG_CRON', 15, 'error']]);
  });

  test.each<[string, string, string]>([
    ['a key twice', jobs.replace('always_run: true', 'always_run: true\n    always_run: false'), 'PROW_CHECK_DUPLICATE_KEY'],
    ['no trigger', jobs.replaceAll('tess/tessops', 'other/repo'), 'PROW_CHECK_NO_TRIGGER'],
    ['a long name', jobs.replace('nightly', 'n'.repeat(70)), 'PROW_CHECK_NAME_LENGTH'],
    ['an expression for nothing', jobs.replace('^main$', '$main'), 'PROW_CHECK_REGEX_MATCHES_NOTHING'],
    ['not decorated', jobs.replace('cron: "@daily", decorate: true', 'cron: "@daily"'), 'PROW_CHECK_NOT_DECORATED'],
    ['a path strategy', jobs.replace('cron: "@daily"', 'cron: "@daily", reporter_config: {slack: {channel: c, job_states_to_report: [failed]}}'), 'PROW_CHECK_UNKNOWN_VALUE'],
  ])('warns of %s', async (_name, text, expected) => {
    const { code, out } = await prow(['check', ...withJobs(text), '--plugin-config', join(dir, 'plugins.yaml')]);
    expect(code).toBe(0);
    expect(out).toContain(expected);
  });

  test('warns of labels nobody sets and plugins nobody knows', async () => {
    const folder = tempDir('tide');
    writeFileSync(join(folder, 'config.yaml'), `${config}tide: {queries: [{orgs: [tess], labels: [lgtm]}]}\n`);
    writeFileSync(join(folder, 'plugins.yaml'), 'plugins: {tess: {plugins: [trigger, lgmt]}}\n');
    const { out } = await prow(['check', '--config-path', join(folder, 'config.yaml'), '--plugin-config', join(folder, 'plugins.yaml')]);
    expect(out).toContain('there is no plugin lgmt; did you mean lgtm?');
    expect(out).toContain('tide requires the label lgtm for tess, but the plugin lgtm that sets it is not enabled for tess');
  });
});

test('prow explain: which jobs run, and why the others do not', async () => {
  const { out } = await prow(['explain', ...files, '--repo', 'tess/tessops', '--branch', 'main', '--file', 'a.go']);
  expect(out).toBe('run   unit  runs for every change\nskip  docs  is skipped: no changed file matches run_if_changed \\.md$\n');
  expect((await prow(['explain', ...files, '--repo', 'tess/tessops', '--comment', '/test docs', '--job', 'docs'])).out).toBe('run   docs  was asked for by name\n');
  expect((await prow(['explain', ...files, '--repo', 'tess/tessops', '--branch', 'dev', '--push'])).out).toBe('skip  build  does not run on branch dev\n');
  const batch = await prow(['explain', ...files, '--batch'], '{"repo":"tess/tessops","branch":"main","files":["x.md"],"event":"pull_request"}\n');
  expect(JSON.parse(batch.out)).toEqual({ repo: 'tess/tessops', branch: 'main', files: ['x.md'], event: 'pull_request', run: ['unit', 'docs'] });
  expect((await prow(['explain', ...files, '--batch'], 'nonsense')).error).toContain('line 1 of standard input is not JSON');
});

describe('prow mkpj and mkpod', () => {
  test('a ProwJob of a given pull request, and its pod', async () => {
    const made = await prow(['mkpj', ...files, '--job', 'unit', '--base-ref', 'main', '--base-sha', 'b'.repeat(40), '--pull-number', '7', '--pull-sha', 'c'.repeat(40), '--pull-author', 'john']);
    expect(made.code).toBe(0);
    expect(parseYaml(made.out)).toMatchObject({
      kind: 'ProwJob', metadata: { labels: { 'prow.k8s.io/refs.pull': '7' } },
      spec: { type: 'presubmit', refs: { org: 'tess', repo: 'tessops', base_ref: 'main', pulls: [{ number: 7, author: 'john', sha: 'c'.repeat(40) }] } },
    });
    const path = join(tempDir('pj'), 'prowjob.yaml');
    writeFileSync(path, made.out);
    const pod = await prow(['mkpod', '--prow-job', path, '--build-id', '42']);
    expect(parseYaml(pod.out)).toMatchObject({ kind: 'Pod', metadata: { labels: { 'prow.k8s.io/build-id': '42' } }, spec: { restartPolicy: 'Never' } });
  });

  test('what is not given is read from GitHub', async () => {
    const asked: string[] = [];
    const answers: Record<string, object> = {
      '/repos/tess/tessops/pulls/7': { title: 't', user: { login: 'jane' }, base: { ref: 'main' }, head: { ref: 'topic', sha: 'd'.repeat(40) } },
      '/repos/tess/tessops/git/ref/heads/main': { object: { sha: 'e'.repeat(40) } },
    };
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const answer = answers[request.url ?? ''];
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { out } = await prow(['mkpj', ...files, '--job', 'unit', '--pull-number', '7', '--github-endpoint', endpoint]);
      expect(parseYaml(out)).toMatchObject({ spec: { refs: { base_ref: 'main', base_sha: 'e'.repeat(40), pulls: [{ author: 'jane', sha: 'd'.repeat(40), title: 't', head_ref: 'topic' }] } } });
      expect(asked).toEqual(Object.keys(answers));
      expect((await prow(['mkpj', ...files, '--job', 'unit', '--pull-number', '8', '--github-endpoint', endpoint])).error).toContain('GitHub answered 404');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('a periodic needs no change; an unknown job has neighbours', async () => {
    expect(parseYaml((await prow(['mkpj', ...files, '--job', 'nightly'])).out)).toMatchObject({ spec: { type: 'periodic' } });
    expect((await prow(['mkpj', ...files, '--job', 'nigthly'])).error).toContain('there is no job nigthly; did you mean nightly?');
  });
});

test('the published schemas are what the shapes say (mend: node tools/check/schemas.mjs)', () => {
  for (const [name, schema] of Object.entries(schemas())) {
    const published = readFileSync(join(repoRoot, 'configs', 'schemas', `${name}.schema.json`), 'utf8');
    expect({ name, same: published === `${JSON.stringify(schema, null, 1)}\n` }).toEqual({ name, same: true });
  }
});

test('the schemas are JSON Schemas, and take what loads', () => {
  for (const [name, schema] of Object.entries(schemas())) {
    const ajv = new Ajv.default({ strict: false, validateFormats: false });
    expect(ajv.validateSchema(schema)).toBe(true);
    const validate = ajv.compile(schema);
    const text = { config, jobs, plugins: 'plugins: {tess: {plugins: [trigger]}, old: [trigger]}\n', prow: 'presubmits: [{name: x}]\n' }[name] ?? '';
    expect({ name, valid: validate(parseYaml(text)), errors: validate.errors }).toEqual({ name, valid: true, errors: null });
    expect(validate({ nonsense: 1 })).toBe(false);
  }
});
