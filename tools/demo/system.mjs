// Finds the running system, or starts one.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `npm start` writes where everything is, and people's tokens, into its data folder. */
function readAddresses(dataDir) {
  try {
    const { frontDoor, cimaster, cimasterToken, github, githubApi, tokens } = JSON.parse(readFileSync(join(dataDir, 'local.json'), 'utf8'));
    return { front: frontDoor, cimaster, cimasterToken, github, api: githubApi, tokens };
  } catch {
    return undefined;
  }
}

async function isUp(system) {
  try {
    return (await fetch(`${system.front}/healthz/ready`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

/** @returns the system's addresses and how to stop it, if we started it */
export async function findSystem({ dataDir, startArgs, quiet }) {
  const folder = resolve(dataDir);
  const found = readAddresses(folder);
  if (found !== undefined && (await isUp(found))) return { ...found, isOurs: false, stop: async () => {} };
  if (!quiet) console.log('No system runs here; starting one (npm start).');
  const child = spawn(process.execPath, [join(root, 'tools/bootstrap/start.mjs'), '--data-dir', folder, ...startArgs], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output = (output + text).slice(-20_000);
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGINT');
    await ended;
  };
  for (let tries = 0; tries < 1200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the system did not start:\n${output}`);
    const addresses = /^ready http/m.test(output) ? readAddresses(folder) : undefined;
    if (addresses !== undefined && (await isUp(addresses))) return { ...addresses, isOurs: true, stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`the system was not ready within two minutes:\n${output}`);
}
