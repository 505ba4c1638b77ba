// Every app as a process of its own, started as `prow run APP`, joined by nothing but Kubernetes, GitHub and HTTP; then the demo.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { coreType, kubeClientFrom, type KubeResource } from '@prow/clients-kube';
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
async function start(app: string, flags: Record<string, string | string[]>): Promise<string> {
  const child = spawn(process.execPath, [join(checkout, 'dist/prow/main.js'), 'run', app, ...Object.entries(flags).flatMap(([name, values]) => [values].flat().map((value) => `--${name}=${value}`))], { stdio: ['ignore', 'pipe', 'pipe'] });
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

/** Each pod of an e2e job has a token of its own, which ends with it; e2e.sh sends it along. */
const tokenPreset = `  env:
  - {name: CIMASTER_TOKEN_FILE, value: /var/run/secrets/cimaster/token}
  volumes:
  - {name: cimaster-token, projected: {sources: [{serviceAccountToken: {path: token}}]}}
  volumeMounts:
  - {name: cimaster-token, mountPath: /var/run/secrets/cimaster, readOnly: true}
`;

test('eight processes, one round, everybody asked who they are', async () => {
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
  writeFileSync(join(config, 'jobs/presets.yaml'), `presets:\n- env:\n  - name: CIMASTER_URL\n    value: http://127.0.0.1:${cimasterPort}\n- labels:\n    preset-e2e-cluster: "true"\n${tokenPreset}`);
  writeFileSync(join(dir, 'token'), (JSON.parse(readFileSync(tokens, 'utf8')) as Record<string, string>)['ci-robot'] ?? '');
  const common = { 'config-path': join(config, 'config.yaml'), 'plugin-config': join(config, 'plugins.yaml'), kubeconfig, 'config-cache-dir': '' };
  const jobPaths = { 'job-config-path': join(config, 'jobs') };
  cpSync(join(checkout, 'configs/jobs/tess'), join(config, 'jobs/tess'), { recursive: true });
  // The job that adds clusters to the pool may do more than those that lease them: it has an account of its own.
  const postsubmits = join(config, 'jobs/tess/tessops/tessops-postsubmits.yaml');
  const jobs = readFileSync(postsubmits, 'utf8');
  const asMaker = jobs.replace(/(- name: sddz-e2e-k8s-1\.32\n[\s\S]*?\n {6}spec:\n)/, '$1        serviceAccountName: cluster-maker\n');
  expect(asMaker).not.toBe(jobs);
  writeFileSync(postsubmits, asMaker);
  const client = await kubeClientFrom(kubeconfig);
  await client.resource<KubeResource>(coreType('serviceaccounts', 'ServiceAccount'), 'test-pods').create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'cluster-maker' } });
  await client.close();
  const secrets = { operator: 'the-token-of-the-operator', cimaster: 'the-token-of-cimaster' };
  writeFileSync(join(dir, 'pool-tokens'), `${secrets.operator} john operators\n`);
  writeFileSync(join(dir, 'trigger-tokens'), `${secrets.cimaster} cimaster\n`);
  writeFileSync(join(dir, 'cimaster-token'), secrets.cimaster);
  const ofGithub = { 'github-endpoint': `${github}/api/v3`, 'github-graphql-endpoint': `${github}/api/graphql`, 'github-host': github, 'github-token-path': join(dir, 'token') };
  const tide = await start('tide', { port: '0', ...common, ...jobPaths, ...ofGithub, 'git-cache-dir': join(dir, 'git-tide') });
  await Promise.all([
    start('hook', { port: String(hookPort), ...common, ...jobPaths, ...ofGithub, 'hmac-secret-file': hmac, 'data-dir': join(dir, 'hook'), 'git-cache-dir': join(dir, 'git-hook') }),
    start('plank', { port: '0', ...common, ...jobPaths, ...ofGithub }),
    start('manual-trigger', { port: String(triggerPort), ...common, ...jobPaths, ...ofGithub, 'git-cache-dir': join(dir, 'git-trigger'), 'token-file': join(dir, 'trigger-tokens'), role: 'trigger=user:cimaster' }),
    start('cimaster', { port: String(cimasterPort), kubeconfig, 'manual-trigger-url': `http://127.0.0.1:${triggerPort}`, 'manual-trigger-token-file': join(dir, 'cimaster-token'), 'kubernetes-tokens': 'true', 'token-file': join(dir, 'pool-tokens'), role: ['lease=group:system:serviceaccounts:test-pods', 'admin=user:system:serviceaccount:test-pods:cluster-maker', 'admin=group:operators'] }),
    start('deck', { port: String(deckPort), ...common, ...jobPaths, 'tide-url': tide }),
  ]);

  writeFileSync(join(dir, 'local.json'), JSON.stringify({ frontDoor, cimaster: `http://127.0.0.1:${cimasterPort}`, cimasterToken: secrets.operator, github, githubApi: `${github}/api/v3`, tokens: JSON.parse(readFileSync(tokens, 'utf8')) as object }));
  const { stdout } = await run(process.execPath, [join(checkout, 'tools/demo/main.mjs'), '--json', '--data-dir', dir], { maxBuffer: 1 << 26, timeout: 580_000 }).catch((error: unknown) => error as { stdout: string });
  const { right, observations } = JSON.parse(stdout) as { right: number; observations: { right: boolean; observation: string }[] };
  expect(observations.filter((each) => !each.right)).toEqual([]);
  expect(right).toBeGreaterThan(40);
  // Who sends no token, or one that says too little, changes nothing.
  const ask = async (url: string, token?: string): Promise<number> => (await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await ask(`http://127.0.0.1:${cimasterPort}/getvacant?build=1&job=e2e`)).toBe(401);
  expect(await ask(`http://127.0.0.1:${cimasterPort}/clusters`, secrets.cimaster)).toBe(401);
  expect(await ask(`http://127.0.0.1:${triggerPort}/manual-trigger?prowjob=x`, secrets.operator)).toBe(401);
}, 600_000);
