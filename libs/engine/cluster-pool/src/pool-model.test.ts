// Sixteen clients, three replicas that die at any call, a Kubernetes API that answers 409, 500, late, or not at all: the history
// is linearizable against the state machine, and the commits are its witness. `POOL_SEED=17` runs one, `POOL_SEEDS=10000` more.
import { describe, expect, test } from '@jest/globals';
import { runPoolSeed, type SeedResult } from './testing/run-pool-seed.ts';

const seeds = Number(process.env['POOL_SEEDS'] ?? 1000);
const only = process.env['POOL_SEED'];
const first = only === undefined ? Number(process.env['POOL_FIRST_SEED'] ?? 1) : Number(only);

function describeFailure({ seed, operations, problem }: SeedResult): string {
  const story = operations.map(({ id, input, output, calledAt, returnedAt }) => `${calledAt}–${returnedAt} ${id} ${JSON.stringify(input)} → ${output ?? '?'}`).join('\n');
  return `seed ${seed}: ${problem ?? ''}\nAgain with POOL_SEED=${seed}. What was asked:\n${story}`;
}

describe('linearizable against the state machine', () => {
  test(only === undefined ? `${seeds} seeds` : `seed ${only}`, async () => {
    const sums = { leases: 0, crashes: 0, lost: 0, operations: 0, commits: 0 };
    for (let seed = first; seed < first + (only === undefined ? seeds : 1); seed += 1) {
      const result = await runPoolSeed({ seed });
      if (result.problem !== undefined) throw new Error(describeFailure(result));
      sums.leases += result.leases;
      sums.crashes += result.crashes;
      sums.lost += result.lost;
      sums.commits += result.commits;
      sums.operations += result.operations.length;
    }
    if (process.env['POOL_SEEDS'] !== undefined || only !== undefined) console.log(sums);
    if (only !== undefined) return;
    // All of it was met often enough to mean something.
    expect(sums.leases).toBeGreaterThan(seeds * 5);
    expect(sums.crashes).toBeGreaterThan(seeds / 10);
    expect(sums.lost).toBeGreaterThan(seeds / 5);
  }, 600_000);

  test('a seed replays exactly', async () => {
    for (const seed of [3, 14, 159]) expect(await runPoolSeed({ seed })).toEqual(await runPoolSeed({ seed }));
  });
});
