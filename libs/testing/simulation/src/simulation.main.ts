// Runs seeds one after the other and prints a line of JSON for each that violates something, and one for all at the end.
import { runSimulation } from './run-simulation.ts';

const [first = '1', count = '1', step = '1'] = process.argv.slice(2);
const maxFailures = 5;
let crashes = 0;
let failures = 0;
let runs = 0;
for (; runs < Number(count) && failures < maxFailures; runs += 1) {
  const result = await runSimulation({ seed: Number(first) + runs * Number(step) });
  crashes += result.crashes;
  if (result.violations.length === 0) continue;
  failures += 1;
  console.log(JSON.stringify(result));
}
console.log(JSON.stringify({ runs, crashes, failures }));
