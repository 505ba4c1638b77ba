// Files that are broken in every way: a finding for each, the rest is still read, nothing takes long.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { presubmitsFor } from '@prow/model-config';
import { useTempDirs } from '@prow/testing-harness';
import { ConfigLoader, describeFindings, locateFindings } from './index.ts';

const tempDir = useTempDirs();
const goodJob = 'presubmits: {o/r: [{name: good, always_run: true, spec: {containers: [{image: x}]}}]}\n';

function loadWith(place: (dir: string) => void, config = ''): { codes: string[]; text: string; names: string[] } {
  const dir = tempDir('bad');
  mkdirSync(join(dir, 'jobs'));
  writeFileSync(join(dir, 'config.yaml'), config);
  writeFileSync(join(dir, 'jobs', 'good.yaml'), goodJob);
  place(dir);
  const loader = new ConfigLoader({ configPath: join(dir, 'config.yaml'), jobConfigPaths: [join(dir, 'jobs')] }, { nowMs: () => 0 });
  const { findings, snapshot } = loader.load();
  return { codes: findings.map((finding) => finding.code), text: describeFindings(locateFindings(findings)), names: presubmitsFor(snapshot.config, 'o/r').map((job) => job.name) };
}

const badFile = (content: string | Buffer) => (dir: string): void => writeFileSync(join(dir, 'jobs', 'bad.yaml'), content);
const jobWith = (field: string): string => `presubmits: {o/r: [{name: bad, ${field}, spec: {containers: [{image: x}]}}]}\n`;

function aliasBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level++) lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  return `prow_ignored:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

describe('bad input', () => {
  test.each<[string, (dir: string) => void, string]>([
    ['50 MB of YAML', badFile(Buffer.alloc(50 * 1024 * 1024, 'a: b\n')), 'PROW_CONFIG_TOO_BIG'],
    ['a million aliases', badFile(`a: &a x\nprow_ignored: [${'*a,'.repeat(1_000_000)}]\n`), 'PROW_CONFIG_TOO_BIG'],
    ['aliases of aliases', badFile(aliasBomb()), 'PROW_CONFIG_TOO_BIG'],
    ['10,000 levels', badFile(`prow_ignored: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`), 'PROW_CONFIG_TOO_BIG'],
    ['10,000 levels of lists', badFile(`prow_ignored:\n  ${'- '.repeat(10_000)}x\n`), 'PROW_CONFIG_TOO_BIG'],
    ['invalid UTF-8', badFile(Buffer.from([0x61, 0x3a, 0x20, 0xff])), 'PROW_CONFIG_YAML'],
    ['a link in a circle', (dir) => symlinkSync('bad.yaml', join(dir, 'jobs', 'bad.yaml')), 'PROW_CONFIG_READ'],
    ['a link to nowhere', (dir) => symlinkSync('gone.yaml', join(dir, 'jobs', 'bad.yaml')), 'PROW_CONFIG_READ'],
    ['a regular expression of 100 kB', badFile(jobWith(`run_if_changed: "${'(a|b)'.repeat(20_000)}"`)), 'PROW_CONFIG_REGEX'],
    ['a regular expression that explodes', badFile(jobWith('run_if_changed: "((((((a{1,30}){1,30}){1,30}){1,30}){1,30}){1,30})"')), 'PROW_CONFIG_REGEX'],
    ['a list where a mapping should be', badFile('[1, 2]\n'), 'PROW_CONFIG_TYPE'],
    ['bytes', badFile(Buffer.from(Array.from({ length: 4096 }, (_value, index) => index % 256))), 'PROW_CONFIG_YAML'],
  ])('%s', (_name, place, code) => {
    const { codes, text, names } = loadWith(place);
    expect(codes).toContain(code);
    expect(text).toContain('bad.yaml');
    expect(names).toContain('good');
  });

  test('a link of a folder to itself is not followed', () => {
    const { codes, names } = loadWith((dir) => symlinkSync('..', join(dir, 'jobs', 'up')));
    expect({ codes, names }).toEqual({ codes: [], names: ['good'] });
  });

  test('a template that defines itself loads; running it is bounded elsewhere', () => {
    const { codes } = loadWith(() => {}, `plank: {job_url_template: '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}'}\n`);
    expect(codes).toEqual([]);
  });

  test('a missing config.yaml is a finding', () => {
    const loader = new ConfigLoader({ configPath: join(tempDir('none'), 'config.yaml') }, { nowMs: () => 0 });
    expect(loader.load().findings).toMatchObject([{ code: 'PROW_CONFIG_READ', message: expect.stringContaining('does not exist') }]);
  });
});
