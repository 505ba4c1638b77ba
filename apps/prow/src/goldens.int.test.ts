// The whole configuration of kubernetes/test-infra, compared with what upstream made of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWithGolden, readGolden, readGoldenLines, repoRoot } from '@prow/testing-harness';
import { ConfigLoader } from '@prow/clients-config-source';
import type { LoadResult } from '@prow/clients-config-source';
import { dumpJobs } from './dump/dump-jobs.ts';
import { dumpComponents, dumpPlugins, dumpTide } from './dump/dump-sections.ts';
import type { Console } from './command.ts';
import { runCommandLine } from './run-command-line.ts';

type Line = Record<string, unknown>;
const corpus = join(repoRoot, '..', 'shared', 'corpus', 'kubernetes');

// As shared/README.md defines equality.
function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, normalise(item)] as const)
    .filter(([key, item]) => !(item === null || item === undefined || (key === 'always_run' && item === false) || (key === 'name' && item === '')
      || (['resources', 'status', 'metadata'].includes(key) && typeof item === 'object' && Object.keys(item).length === 0))));
}

function differing(ours: readonly Line[], theirs: readonly Line[], part: string): string[] {
  return theirs.flatMap((golden, index) => (JSON.stringify(normalise(ours[index]?.[part])) === JSON.stringify(normalise(golden[part])) ? [] : [`${String(golden['repo'])} ${String(golden['name'])}`]));
}

const quiet = (input = ''): Console & { text: string } => {
  const console = {
    text: '',
    out: (text: string) => void (console.text += text),
    error: (text: string) => void (console.text += text),
    lines: async function* lines() {
      for (const line of input.split('\n')) yield await Promise.resolve(line);
    },
  };
  return console;
};

describeWithGolden('kubernetes/jobs.jsonl.gz', 'kubernetes/test-infra', () => {
  let loaded: LoadResult;
  const paths = ['--config-path', join(corpus, 'config.yaml'), '--job-config-path', join(corpus, 'jobs'), '--plugin-config', join(corpus, 'plugins.yaml'), '--config-cache-dir', ''];

  beforeAll(() => {
    loaded = new ConfigLoader({ configPath: join(corpus, 'config.yaml'), jobConfigPaths: [join(corpus, 'jobs')], pluginConfig: join(corpus, 'plugins.yaml') }, { nowMs: () => Date.now() }).load();
  }, 120_000);

  test('loads without errors', () => {
    expect(loaded.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  });

  test('3,849 jobs, their ProwJobs, URLs and paths', () => {
    const theirs = readGoldenLines<Line>('kubernetes/jobs.jsonl.gz');
    const ours = [...dumpJobs(loaded.snapshot, { pods: false })] as Line[];
    expect(ours.length).toBe(theirs.length);
    for (const part of ['kind', 'repo', 'name', 'job', 'prowjob', 'url', 'path', 'alias', 'latest']) expect({ part, differing: differing(ours, theirs, part) }).toEqual({ part, differing: [] });
  }, 120_000);

  test('15,357 selections', async () => {
    const theirs = readGoldenLines<Line>('kubernetes/trigger.jsonl.gz');
    const console = quiet(theirs.map(({ run: _run, ...line }) => JSON.stringify(line)).join('\n'));
    expect(await runCommandLine(['explain', '--batch', ...paths], console)).toBe(0);
    const ours = console.text.trim().split('\n').map((line) => JSON.parse(line) as Line);
    expect(differing(ours, theirs, 'run')).toEqual([]);
  }, 120_000);

  test('tide queries and branches', () => {
    const theirs = readGoldenLines<Line>('kubernetes/tide.jsonl.gz');
    const ours = [...dumpTide(loaded.snapshot)] as Line[];
    expect(ours.length).toBe(theirs.length);
    for (const part of ['config', 'orgSearch', 'contextPolicy', 'error', 'mergeMethod', 'batchSizeLimit', 'branchProtection', 'branchProtectionError']) {
      expect({ part, differing: differing(ours, theirs, part) }).toEqual({ part, differing: [] });
    }
    // The order of organisations in a search over several is chance upstream.
    const terms = (lines: readonly Line[]): unknown[] => lines.map((line) => String(line['search']).split(/ (?=-?\w+:)/).toSorted());
    expect(terms(ours)).toEqual(terms(theirs));
  });

  test('the effective configuration', () => {
    expect(normalise([...dumpComponents(loaded.snapshot)][0])).toEqual(normalise(JSON.parse(readGolden('kubernetes/config.json.gz'))));
    expect(normalise([...dumpPlugins(loaded.snapshot)][0])).toEqual(normalise(JSON.parse(readGolden('kubernetes/plugins.json.gz'))));
  });
});

interface Verdict {
  name: string;
  config: string | null;
  plugins: string | null;
  jobs: string | null;
  load: string;
  check: string;
}

// Where we are stricter on purpose; docs/configuration.md says why.
const stricter = ['job-unknown-field', 'yaml-duplicate-key', 'reporter-slack-bad-state'];

describeWithGolden('verdicts.json', 'verdicts on small configurations', () => {
  const { base, cases } = JSON.parse(readGolden('verdicts.json')) as { base: Record<'config' | 'plugins' | 'jobs', string>; cases: Verdict[] };
  const dir = mkdtempSync(join(tmpdir(), 'prow-verdicts-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  test.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    for (const key of ['config', 'plugins', 'jobs'] as const) writeFileSync(join(dir, `${key}.yaml`), each[key] ?? base[key]);
    const argv = ['check', '--config-path', join(dir, 'config.yaml'), '--job-config-path', join(dir, 'jobs.yaml'), '--plugin-config', join(dir, 'plugins.yaml')];
    const verdict = async (...more: string[]): Promise<string> => (await runCommandLine([...argv, ...more], quiet()) === 0 ? 'accept' : 'reject');
    expect(await verdict()).toBe(each.load);
    expect(await verdict('--strict')).toBe(stricter.includes(each.name) ? 'reject' : each.check);
  });
});

describe('without the goldens', () => {
  test('the comparison can fail', () => {
    expect(differing([{ name: 'a', job: { x: 1 } }], [{ name: 'a', job: { x: 2 } }], 'job')).toHaveLength(1);
    expect(differing([{ job: { always_run: false, a: null } }], [{ job: {} }], 'job')).toEqual([]);
  });
});
