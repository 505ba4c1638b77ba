// `npm run demo`: one pull request all the way round, through git and HTTP only, each step with its time and what was seen.
import { parseArgs } from 'node:util';
import { Person } from './forge.mjs';
import { Observations } from './observe.mjs';
import { abortByPush, commands, createCluster, firstPull, leases, merge, periodic, stranger } from './steps.mjs';
import { findSystem } from './system.mjs';

const help = `Usage: npm run demo -- [flags]

Drives a pull request through the whole system with git and HTTP only, and checks what comes of it.
Uses the system that \`npm start\` runs; starts one, and stops it at the end, if none runs.

  --data-dir DIR   where the system keeps its state (default .prow)
  --only NAMES     comma-separated steps: ${'first,commands,abort,stranger,leases,create,merge,periodic'}
  --json           what was observed as JSON
  --help           this text
Anything after -- goes to the system when it has to be started: npm run demo -- -- --port 0 --github-port 0

Exit code 0: every observation was right.
`;

const { values, positionals } = parseArgs({
  options: { 'data-dir': { type: 'string', default: '.prow' }, only: { type: 'string' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  allowPositionals: true,
});

if (values.help) console.log(help);
else {
  const steps = { first: firstPull, commands, abort: abortByPush, stranger, leases, create: createCluster, merge, periodic };
  const chosen = values.only?.split(',') ?? Object.keys(steps);
  const unknown = chosen.filter((name) => !Object.hasOwn(steps, name));
  if (unknown.length > 0) {
    console.error(`Unknown step ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}.`);
    process.exit(2);
  }
  const system = await findSystem({ dataDir: values['data-dir'], startArgs: positionals, quiet: values.json });
  const observations = new Observations({ json: values.json });
  const people = Object.fromEntries(Object.entries(system.tokens).map(([login, token]) => [login, new Person({ login, token, system })]));
  const context = { system, people, observations, repo: 'tess/tessops', runId: Date.now().toString(36) };
  let code = 1;
  process.once('SIGINT', () => {
    void system.stop().finally(() => process.exit(130));
  });
  try {
    for (const name of chosen) await steps[name](context);
    code = observations.finish();
  } catch (error) {
    observations.seen(`the demo cannot go on: ${error.stack ?? error}`, false);
    code = observations.finish();
  } finally {
    await system.stop();
  }
  process.exitCode = code;
}
