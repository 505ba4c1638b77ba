// Every pod of a real configuration, compared with upstream's own. Skips where the goldens are not beside the repository.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { ProwJob } from '@prow/model-prowjob';
import { aliasPath, basePath, jobUrl, latestBuildPaths } from '@prow/model-artifact-layout';
import { makePod } from './index.ts';

const goldens = fileURLToPath(new URL('../../../../../shared/goldens/kubernetes/', import.meta.url));
const present = existsSync(`${goldens}jobs.jsonl.gz`);
if (!present) console.warn('goldens are absent: pods are not compared with upstream');

interface Line { name: string; prowjob: ProwJob; pod: unknown; url: string; path: string; alias?: string; latest: string[] }

/** Leaves out what the goldens' description calls equal. */
function essence(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((element) => essence(element));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, element]) => [name, essence(element, name)] as const)
    .filter(([name, element]) => element !== null && !((name === 'resources' || name === 'status' || name === 'metadata') && JSON.stringify(element) === '{}') && !(name === 'name' && element === '' && key === ''));
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

(present ? describe : describe.skip)('goldens', () => {
  const lines = present ? gunzipSync(readFileSync(`${goldens}jobs.jsonl.gz`)).toString().trim().split('\n').map((line) => JSON.parse(line) as Line) : [];

  test('each pod is upstream\'s', () => {
    const different: string[] = [];
    let example: [unknown, unknown] | undefined;
    for (const { name, prowjob, pod } of lines) {
      const { apiVersion: _a, kind: _k, ...ours } = makePod(prowjob, '1700000000000000000');
      const [a, b] = [essence(ours), essence(pod)];
      if (JSON.stringify(a) !== JSON.stringify(b)) {
        different.push(name);
        example ??= [a, b];
      }
    }
    if (example !== undefined) expect(example[0]).toEqual(example[1]);
    expect(different).toEqual([]);
    expect(lines.length).toBe(3849);
  });

  test('each path and URL is upstream\'s', () => {
    const plank = (JSON.parse(gunzipSync(readFileSync(`${goldens}config.json.gz`)).toString()) as { plank: Parameters<typeof jobUrl>[0] }).plank;
    for (const { prowjob, url, path, alias, latest } of lines) {
      const layout = prowjob.spec.decoration_config?.gcs_configuration ?? {};
      const id = prowjob.status.build_id ?? '';
      expect([jobUrl(plank, prowjob), basePath(prowjob.spec, id, layout), aliasPath(prowjob.spec, id), latestBuildPaths(prowjob.spec, layout)]).toEqual([url, path, alias, latest]);
    }
  });
});
