import { expect, test } from '@jest/globals';
import { runSimulation, type SimulationResult } from './run-simulation.ts';

/** PROW_SIMULATION_RUNS=10000 for the long haul; PROW_SIMULATION_SEED=n replays one run. */
const runs = Number(process.env['PROW_SIMULATION_RUNS'] ?? 300);
const onlySeed = process.env['PROW_SIMULATION_SEED'];
const firstSeed = Number(process.env['PROW_SIMULATION_FIRST_SEED'] ?? 1);

function describeFailure({ seed, violations }: SimulationResult): string {
  return [`seed ${seed}; replay with PROW_SIMULATION_SEED=${seed}`, ...violations.map(({ rule, detail }) => `  ${rule}: ${detail}`)].join('\n');
}

test(
  onlySeed === undefined ? `${runs} seeded runs hold all invariants` : `the run with seed ${onlySeed} holds all invariants`,
  async () => {
    const seeds = onlySeed === undefined ? Array.from({ length: runs }, (_each, index) => firstSeed + index) : [Number(onlySeed)];
    const failed: SimulationResult[] = [];
    let crashes = 0;
    for (const seed of seeds) {
      const result = await runSimulation({ seed });
      crashes += result.crashes;
      if (result.violations.length > 0) failed.push(result);
      if (failed.length >= 5) break;
    }
    expect(failed.map((each) => describeFailure(each)).join('\n')).toBe('');
    if (onlySeed === undefined && runs >= 100) expect(crashes).toBeGreaterThan(runs);
  },
  3_600_000,
);

test('a run replays exactly', async () => {
  const [first, second] = [await runSimulation({ seed: 4711 }), await runSimulation({ seed: 4711 })];
  expect(second).toEqual(first);
});
