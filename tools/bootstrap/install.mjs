// Makes a fresh clone ready: checks Node, installs dependencies when they are missing or older than the lock file.
// Plain Node without dependencies, for it runs before there are any (npm runs it as prestart, pretest, …).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stampPath = `${root}node_modules/.bootstrap`;
const lockPath = `${root}.bootstrap.lock`;
const oldestNode = 20;

const major = Number(process.versions.node.split('.')[0]);
if (major < oldestNode) {
  console.error(`Node ${oldestNode} or newer is needed; this is ${process.version} (${process.execPath}).`);
  process.exit(1);
}

/** What the installed dependencies depend on. */
function wantedStamp() {
  return createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .update(`${process.version} ${process.platform} ${process.arch}`)
    .digest('hex');
}

function isInstalled() {
  return existsSync(stampPath) && readFileSync(stampPath, 'utf8') === wantedStamp();
}

function npm(...args) {
  const npmPath = process.env.npm_execpath;
  const [file, first] = npmPath === undefined ? ['npm', []] : [process.execPath, [npmPath]];
  return spawnSync(file, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2], shell: npmPath === undefined && process.platform === 'win32' });
}

/** Waits while another `npm start` or `npm test` of this checkout installs. Ends with the lock in our hands. */
async function takeLock() {
  for (let told = false; ; ) {
    try {
      const fd = openSync(lockPath, 'wx');
      writeSync(fd, String(process.pid));
      closeSync(fd);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readFileSync(lockPath, 'utf8') || 0);
    if (holder !== 0 && !isAlive(holder)) {
      rmSync(lockPath, { force: true });
      continue;
    }
    if (!told) console.error(`Another process (pid ${holder}) is installing dependencies here; waiting for it.`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install() {
  await takeLock();
  const onSignal = () => {
    rmSync(lockPath, { force: true });
    process.exit(130);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    if (isInstalled()) return;
    const startedAt = Date.now();
    console.error(existsSync(`${root}node_modules`) ? 'Dependencies have changed: installing them anew (npm ci)…' : 'Installing dependencies (npm ci, about a minute the first time)…');
    // Nothing here needs install scripts: every native module comes prebuilt.
    const result = npm('ci', '--ignore-scripts', '--no-audit', '--no-fund');
    if (result.status !== 0) {
      console.error(`\nInstalling dependencies failed (npm ci ended with ${result.status ?? result.signal ?? result.error?.message}).`);
      console.error('Its messages are above. With no network, copy node_modules from a machine that has it, then try again.');
      process.exitCode = 1;
      return;
    }
    mkdirSync(`${root}node_modules`, { recursive: true });
    writeFileSync(stampPath, wantedStamp());
    console.error(`Dependencies installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
  } finally {
    rmSync(lockPath, { force: true });
  }
}

if (!isInstalled()) await install();
