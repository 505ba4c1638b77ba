// Every app as a process of its own, started as `prow run APP`, joined by nothing but Kubernetes, GitHub and HTTP; then the demo.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { checkoutDir } from './checkout.ts';
import { derivedConfig, derivedPlugins } from './derive-config.ts';

const run = promisify(execFile);
const checkout = checkoutDir();
const children: ChildProcess[] = [];
const dir = mkdtempSync(join(tmpdir(), 'prow-apps-'));

afterEach(async () => {
  // The cluster last: the others are stopped while what they stand on is there.
  for (const child of children.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

/** Starts an app; resolves to the address of its line `ready URL`. */
async function start(app: string, flags: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [join(checkout, 'dist/prow/main.js'), 'run', app, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  return new Promise((resolve, reject) => {
    const onText = (text: string): void => {
      output += text;
      const url = /^ready (\S+)$/m.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.setEncoding('utf8').on('data', onText);
    child.stderr?.setEncoding('utf8').on('data', onText);
    child.once('exit', (code) => reject(new Error(`${app} ended with ${String(code)}:\n${output}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

test('eight processes, one round', async () => {
  const [deckPort, hookPort, triggerPort, cimasterPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const frontDoor = `http://127.0.0.1:${deckPort}`;
  const artifactsDir = join(dir, 'artifacts');
  const kubeconfig = join(dir, 'kubeconfig');
  const hmac = join(dir, 'hmac');
  const tokens = join(dir, 'tokens.json');
  writeFileSync(hmac, 'secret of this test');
  const gitConfig = join(dir, 'gitconfig');
  writeFileSync(gitConfig, '');

  const github = await start('github', { port: '0', 'data-dir': join(dir, 'github'), 'hook-url': `http://127.0.0.1:${hookPort}/hook`, 'hmac-secret-file': hmac, 'tokens-out': tokens });
  writeFileSync(gitConfig, `[url "${github}/"]\n\tinsteadOf = https://github.com/\n`);
  await start('kube', { port: '0', 'data-dir': join(dir, 'kube'), 'kubeconfig-out': kubeconfig, 'artifacts-dir': artifactsDir, 'git-config': gitConfig });

  const config = join(dir, 'config');
  mkdirSync(join(config, 'jobs'), { recursive: true });
  const addresses = { frontDoor, github, artifactsDir };
  writeFileSync(join(config, 'config.yaml'), derivedConfig(readFileSync(join(checkout, 'configs/config.yaml'), 'utf8'), addresses, []));
  writeFileSync(join(config, 'plugins.yaml'), derivedPlugins(readFileSync(join(checkout, 'configs/plugins.yaml'), 'utf8'), addresses, []));
  writeFileSync(join(config, 'jobs/presets.yaml'), `presets:\n- env:\n  - name: CIMASTER_URL\n    value: http://127.0.0.1:${cimasterPort}\n- labels:\n    preset-e2e-cluster: "true"\n`);
  writeFileSync(join(dir, 'token'), (JSON.parse(readFileSync(tokens, 'utf8')) as Record<string, string>)['ci-robot'] ?? '');
  const common = { 'config-path': join(config, 'config.yaml'), 'plugin-config': join(config, 'plugins.yaml'), kubeconfig, 'config-cache-dir': '' };
  const jobPaths = { 'job-config-path': join(config, 'jobs') };
  cpSync(join(checkout, 'configs/jobs/tess'), join(config, 'jobs/tess'), { recursive: true });
  const ofGithub = { 'github-endpoint': `${github}/api/v3`, 'github-graphql-endpoint': `${github}/api/graphql`, 'github-host': github, 'github-token-path': join(dir, 'token') };
  const tide = await start('tide', { port: '0', ...common, ...jobPaths, ...ofGithub, 'git-cache-dir': join(dir, 'git-tide') });
  await Promise.all([
    start('hook', { port: String(hookPort), ...common, ...jobPaths, ...ofGithub, 'hmac-secret-file': hmac, 'data-dir': join(dir, 'hook'), 'git-cache-dir': join(dir, 'git-hook') }),
    start('plank', { port: '0', ...common, ...jobPaths, ...ofGithub }),
    start('manual-trigger', { port: String(triggerPort), ...common, ...jobPaths, ...ofGithub }),
    start('cimaster', { port: String(cimasterPort), kubeconfig, 'manual-trigger-url': `http://127.0.0.1:${triggerPort}` }),
    start('deck', { port: String(deckPort), ...common, ...jobPaths, 'tide-url': tide }),
  ]);

  writeFileSync(join(dir, 'local.json'), JSON.stringify({ frontDoor, cimaster: `http://127.0.0.1:${cimasterPort}`, github, githubApi: `${github}/api/v3`, tokens: JSON.parse(readFileSync(tokens, 'utf8')) as object }));
  const { stdout } = await run(process.execPath, [join(checkout, 'tools/demo/main.mjs'), '--json', '--data-dir', dir], { maxBuffer: 1 << 26, timeout: 580_000 }).catch((error: unknown) => error as { stdout: string });
  const { right, observations } = JSON.parse(stdout) as { right: number; observations: { right: boolean; observation: string }[] };
  expect(observations.filter((each) => !each.right)).toEqual([]);
  expect(right).toBeGreaterThan(40);
}, 600_000);
