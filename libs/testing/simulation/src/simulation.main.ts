// Runs seeds one after the other and prints a line of JSON for each that violates something, and one for all at the end.
import { constants, setPriority } from 'node:os';
import { noEncounters, runSimulation, type Encounters } from './run-simulation.ts';

const [first = '1', count = '1', step = '1'] = process.argv.slice(2);
const maxFailures = 5;
// Its minutes of work must not make other tests, which do look at the clock, wait.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
// Lines break a thousand times a second; whoever wants the stacks replays the seed in a debugger.
Error.stackTraceLimit = 0;
const met: Encounters = { ...noEncounters };
let failures = 0;
let runs = 0;
for (; runs < Number(count) && failures < maxFailures; runs += 1) {
  const result = await runSimulation({ seed: Number(first) + runs * Number(step) });
  for (const key of Object.keys(met) as (keyof Encounters)[]) met[key] += result.met[key];
  if (result.violations.length === 0) continue;
  failures += 1;
  console.log(JSON.stringify(result));
}
console.log(JSON.stringify({ runs, failures, met }));
