// Every published example of a webhook goes through a hook that runs: taken in, and handled or ignored on purpose.
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { startProgram, useTempDirs } from '@prow/testing-harness';
import { startSmallGitHub } from './testing/small-github.ts';

const tempDir = useTempDirs();
const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

interface Examples {
  name: string;
  examples: Record<string, unknown>[];
}
const found = createRequire(import.meta.url)('@octokit/webhooks-examples') as Examples[] | { default: Examples[] };
const all = Array.isArray(found) ? found : found.default;

interface Told {
  guid: string;
  state: string;
  note?: string;
  handlers: Record<string, { state: string; error?: string }>;
}

test('all are taken in, and none makes a handler fall over', async () => {
  const github = await startSmallGitHub();
  cleanUp.push(() => github.stop());
  const dir = tempDir('hook');
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const orgs = [...new Set(all.flatMap(({ examples }) => examples.map((payload) => (payload['repository'] as { owner?: { login?: string } } | undefined)?.owner?.login)))].filter((login) => login !== undefined);
  const kubeconfig = 'apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: k, cluster: {server: "http://127.0.0.1:9"}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n';
  const program = await startProgram({
    entry: fileURLToPath(new URL('main.ts', import.meta.url)),
    args: [
      '--config-path', write('config.yaml', '{}\n'), '--plugin-config', write('plugins.yaml', `plugins:\n${orgs.map((org) => `  ${org}: {plugins: [hold, label, lgtm, assign, lifecycle, wip, size, skip, retitle, help, milestone, stage, shrug, invalidcommitmsg]}\n`).join('')}`),
      '--hmac-secret-file', write('hmac', 'secret'), '--github-token-path', write('token', 'token'), '--kubeconfig', write('kubeconfig', kubeconfig), '--github-endpoint', github.url,
      '--data-dir', join(dir, 'data'), '--config-cache-dir', '', '--recover-deliveries=false', '--reconcile-interval', '0s', '--port', '0', '--log-level', 'error',
    ],
  });
  cleanUp.push(() => program.kill());
  const url = (await program.waitForLine(/^ready http/, 60_000)).replace('ready ', '');
  const sent: { guid: string; name: string }[] = [];
  for (const { name, examples } of all) {
    for (const payload of examples) {
      const guid = `example-${sent.length}`;
      const body = JSON.stringify(payload);
      const headers = { 'content-type': 'application/json', 'x-github-event': name, 'x-github-delivery': guid, 'x-hub-signature-256': `sha256=${createHmac('sha256', 'secret').update(body).digest('hex')}` };
      const response = await fetch(`${url}/hook`, { method: 'POST', body, headers });
      expect([name, response.status, await response.text()]).toEqual([name, 200, 'Event received. Have a nice day.']);
      sent.push({ guid, name });
    }
  }
  expect(sent.length).toBeGreaterThan(100);
  while (((await (await fetch(`${url}/events/list.json?limit=1`)).json()) as { depth: number }).depth > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  const handled = new Set<string>();
  for (const { guid, name } of sent) {
    const told = (await (await fetch(`${url}/events/${guid}.json`)).json()) as Told;
    if (told.state === 'ignored') expect([name, told.note]).toEqual([name, expect.any(String)]);
    else handled.add(name);
    // This GitHub does not have the repositories of the examples: being told so is the one thing that may go wrong.
    for (const { error } of Object.values(told.handlers)) if (error !== undefined) expect(error).toContain('GitHub answered 404');
  }
  // Comments without commands wake nobody.
  expect([...handled].sort()).toEqual(expect.arrayContaining(['pull_request', 'pull_request_review']));
}, 180_000);
