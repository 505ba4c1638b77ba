// The system as users start it: start → ready, pull request opened → final status, memory at rest.
// Reference of each: the figure we set ourselves; the ratio is ours / reference, below 1 is better.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../build/build.mjs';
import { git, Person } from '../demo/forge.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const starts = 5;
const pulls = 7;

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function line(what, values, unit, reference) {
  const middle = median(values);
  const show = (value) => value.toFixed(unit === 'MiB' ? 0 : 2);
  console.log(`${what.padEnd(58)} ${show(middle).padStart(8)} ${unit.padEnd(3)}  (${show(Math.min(...values))} to ${show(Math.max(...values))})  reference ${reference} ${unit}, ratio ${(middle / reference).toFixed(2)}`);
}

async function start(dataDir) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(root, 'dist/local/main.js'), '--data-dir', dataDir, '--port', '0', '--github-port', '0', '--kube-port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    let output = '';
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${output}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (/^ready http/m.test(output)) resolve();
    });
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await ended;
  };
  return { child, seconds, stop, ...JSON.parse(readFileSync(join(dataDir, 'local.json'), 'utf8')) };
}

/** Resident memory of a process, MiB. */
function residentMiB(pid) {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** Opens a pull request whose job runs `true`; seconds until its final status. */
async function timePull(person, index) {
  const dir = await person.clone('tess/tessops');
  const branch = `bench-${index}-${Date.now()}`;
  await git(dir, 'checkout', '--quiet', '-b', branch);
  writeFileSync(join(dir, 'scripts/unit.sh'), 'true\n');
  appendFileSync(join(dir, 'Makefile'), `# ${branch}\n`);
  await git(dir, 'commit', '--quiet', '-am', branch);
  await git(dir, 'push', '--quiet', 'origin', branch);
  const sha = await git(dir, 'rev-parse', 'HEAD');
  const openedAt = performance.now();
  await person.openPull('tess/tessops', { head: branch, title: branch });
  for (;;) {
    const status = (await person.statuses('tess/tessops', sha))['tessops-unit'];
    if (status !== undefined && status.state !== 'pending') break;
    await sleep(20);
  }
  const seconds = (performance.now() - openedAt) / 1000;
  rmSync(dir, { recursive: true, force: true });
  return seconds;
}

await ensureBuilt();
const dataDir = join(mkdtempSync(join(tmpdir(), 'prow-bench-')), 'data');
try {
  const fresh = await start(dataDir);
  await fresh.stop();
  const times = [];
  for (let index = 0; index < starts; index += 1) {
    const system = await start(dataDir);
    times.push(system.seconds);
    await system.stop();
  }
  line('start → ready, installed and built, on an existing folder', times, 's', 2);
  const system = await start(dataDir);
  await sleep(10_000);
  line('resident memory, idle', [residentMiB(system.child.pid)], 'MiB', 250);
  const person = new Person({ login: 'john', token: system.tokens.john, system: { api: system.githubApi, github: system.github } });
  await timePull(person, 'warm-up');
  const rounds = [];
  for (let index = 0; index < pulls; index += 1) rounds.push(await timePull(person, index));
  line('pull request opened → final status of a job that runs `true`', rounds, 's', 3);
  line('resident memory after that', [residentMiB(system.child.pid)], 'MiB', 250);
  await system.stop();
} finally {
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
}
