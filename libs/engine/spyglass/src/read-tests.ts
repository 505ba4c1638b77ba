import { messageOf } from '@prow/base-errors';
import type { ArtifactEntry, TestCaseSummary, TestReport } from '@prow/model-deck-api';
import { mergeCases, parseJunit } from './junit.ts';
import type { RunStorage } from './bucket-gate.ts';

const maxFiles = 50;
const maxFileBytes = 16 << 20;
const maxCases = 2000;

/** The junit files among a run's artifacts (`artifacts/…junit….xml`), read and joined; undefined when there are none. */
export async function readTests({ storage, folder }: RunStorage, artifacts: readonly ArtifactEntry[]): Promise<TestReport | undefined> {
  const paths = artifacts.filter(({ kind, path }) => kind === 'object' && /(?:^|\/)junit[^/]*\.xml$/.test(path)).map(({ path }) => path);
  if (paths.length === 0) return undefined;
  const cases: TestCaseSummary[] = [];
  const unreadable: TestReport['unreadable'] = [];
  for (const path of paths.slice(0, maxFiles)) {
    try {
      cases.push(...parseJunit((await storage.readAll(folder + path, { maxBytes: maxFileBytes })).toString('utf8')));
    } catch (error) {
      unreadable.push({ path, reason: messageOf(error) });
    }
  }
  for (const path of paths.slice(maxFiles)) unreadable.push({ path, reason: `only the first ${maxFiles} files are read` });
  const merged = mergeCases(cases);
  const count = (result: TestCaseSummary['result']): number => merged.filter((found) => found.result === result).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), flaky: count('flaky'), cases: merged.slice(0, maxCases), unreadable };
}
