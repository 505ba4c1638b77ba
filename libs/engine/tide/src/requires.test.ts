// `requires`: tide starts what a job that must succeed requires, also what need not succeed by itself.
import { expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock } from '@prow/base-time';
import { parseYaml } from '@prow/base-yaml';
import { ConfigAssembler, decodeConfigFile, type ProwConfig } from '@prow/model-config';
import { prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { noFaults, SeededRandom, SimulatedApi, SimulatedClient, SimulatedClock } from '@prow/testing-simulation';
import { Exclusions } from './exclusions.ts';
import { syncSubpool, type SubpoolParts } from './sync-subpool.ts';
import type { JobsOfBase, Subpool, TidePull } from './types.ts';

const job = (name: string, more: string): string => `  - {name: ${name}, agent: kubernetes, spec: {containers: [{image: i, command: [c]}]}, ${more}}\n`;
const text = `presubmits:\n  o/r:\n${job('images', 'optional: true')}${job('build', 'always_run: true, requires: [images]')}${job('slow', 'optional: true, requires: [images]')}tide:\n  queries: [{orgs: [o]}]\n`;

function configOf(): ProwConfig {
  const decoded = decodeConfigFile(parseYaml(text), 'config.yaml');
  return new ConfigAssembler(() => 0).assemble({ main: { file: 'config.yaml', value: decoded.value }, supplementals: [], jobs: [] }).config;
}

function pull(number: number): TidePull {
  return {
    org: 'o', repo: 'r', number, title: 'a', body: '', author: 'alice', base: 'main', headRef: `topic-${number}`, headSha: `h${number}`, labels: [], milestone: undefined,
    isDraft: false, mergeable: 'mergeable', canBeRebased: true, mergeState: 'CLEAN', isApproved: true, updatedAt: '', contexts: [{ context: 'build', state: 'success', description: 'BaseSHA:of-before' }],
  };
}

async function world(): Promise<{ sync: (pulls: readonly TidePull[], jobs: JobsOfBase) => Promise<string[]> }> {
  const clock = new SimulatedClock(Date.UTC(2026, 0, 2));
  const api = await SimulatedApi.open({ clock });
  const client = new SimulatedClient({ api, clock, random: new SeededRandom(1), faults: noFaults, process: { isAlive: true, die: () => undefined }, name: 'main', isAway: () => false });
  const config = configOf();
  const parts = {
    github: {}, git: {}, clock: systemClock, log: silentLogger, exclusions: new Exclusions(systemClock), isDryRun: false,
    trigger: { prowJobs: client.resource<ProwJob>(prowJobResource, 'default'), clock, webUrl: 'https://github.com', namespace: 'default', isSchedulerEnabled: false },
    presubmitsOf: () => Promise.resolve(config.presubmits['o/r'] ?? []), changedFilesOf: () => Promise.resolve([]), repositoryOf: () => Promise.resolve({ allow_merge_commit: true }),
  } as unknown as SubpoolParts;
  return {
    sync: async (pulls, jobs) => {
      const subpool: Subpool = { org: 'o', repo: 'r', branch: 'main', baseSha: 'b', pulls };
      const work = syncSubpool(parts, config, subpool, jobs, [], new AbortController().signal);
      await clock.runUntil(clock.now() + 1000);
      return (await work).created.map(({ spec }) => `${spec.type} ${spec.job}`);
    },
  };
}

test('of one pull request: the job and what it requires, not what only others ask for', async () => {
  const w = await world();
  expect(await w.sync([pull(1)], { presubmits: [], batches: [] })).toEqual(['presubmit build', 'presubmit images']);
});

test('what has succeeded on this base or is on its way is not started again', async () => {
  const w = await world();
  const refs = { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'alice', sha: 'h1' }] };
  const images = { spec: { type: 'presubmit', job: 'images', context: 'images', refs }, status: { state: 'success' } } as unknown as ProwJob;
  expect(await w.sync([pull(1)], { presubmits: [images], batches: [] })).toEqual(['presubmit build']);
});
