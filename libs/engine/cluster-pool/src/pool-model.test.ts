// Sixteen clients, three replicas that die at any call, a Kubernetes API that answers 409, 500, late, or not at all: whatever
// clients were told can have come from one pool. Runs on request until the checker decides all seeds: `POOL_SEEDS=1000`, or
// `POOL_SEED=17` for one.
import { describe, expect, test } from '@jest/globals';
import { runPoolSeed, type SeedResult } from './testing/run-pool-seed.ts';

const seeds = Number(process.env['POOL_SEEDS'] ?? 60);
const isWanted = process.env['POOL_SEEDS'] !== undefined || process.env['POOL_SEED'] !== undefined;
const only = process.env['POOL_SEED'];
const first = only === undefined ? Number(process.env['POOL_FIRST_SEED'] ?? 1) : Number(only);

function describeFailure({ seed, verdict, operations, problem }: SeedResult): string {
  const story = operations.map(({ input, output, calledAt, returnedAt }) => `${calledAt}–${returnedAt} ${JSON.stringify(input)} → ${output ?? '?'}`).join('\n');
  const what = verdict.outcome === 'violation' ? `nothing explains ${JSON.stringify(verdict.operation)}; it could have been ${verdict.states.join(' or ')}` : (problem ?? verdict.outcome);
  return `seed ${seed}: ${what}\nAgain with POOL_SEED=${seed}. The history:\n${story}`;
}

describe('linearizable against the state machine', () => {
  (isWanted ? test : test.skip)(`${only === undefined ? seeds : `seed ${only}`}`, async () => {
    const sums = { leases: 0, crashes: 0, lost: 0, undecided: 0, operations: 0 };
    for (let seed = first; seed < first + (only === undefined ? seeds : 1); seed += 1) {
      const result = await runPoolSeed({ seed });
      if (result.verdict.outcome === 'violation' || result.problem !== undefined) throw new Error(describeFailure(result));
      sums.leases += result.leases;
      sums.crashes += result.crashes;
      sums.lost += result.lost;
      sums.operations += result.operations.length;
      if (result.verdict.outcome === 'undecided') sums.undecided += 1;
    }
    if (process.env['POOL_SEEDS'] !== undefined || only !== undefined) console.log(sums);
    if (only !== undefined) return;
    // All of it was met often enough to mean something. Where many answers are lost at once, the checker gives up: it says so.
    expect(sums.leases).toBeGreaterThan(seeds * 5);
    expect(sums.crashes).toBeGreaterThan(seeds / 10);
    expect(sums.lost).toBeGreaterThan(seeds / 5);
    expect(sums.undecided).toBeLessThanOrEqual(seeds * 0.6);
  }, 600_000);

  test('a seed replays exactly', async () => {
    for (const seed of [3, 14, 159]) expect((await runPoolSeed({ seed })).operations).toEqual((await runPoolSeed({ seed })).operations);
  });
});
