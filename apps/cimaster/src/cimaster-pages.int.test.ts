// The pages for people, as a browser gets them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { flagDefaults } from '@prow/base-flags';
import { silentLogger } from '@prow/base-log';
import { startApp, type StartedApp } from '@prow/base-service';
import { coreType, kubeClientFrom, type KubeResource } from '@prow/clients-kube';
import { startKubeApi, type RunningKubeApi } from '@prow/local-kube-api';
import { cimasterApp } from './cimaster-app.ts';

let dir = '';
let api: RunningKubeApi;
let cimaster: StartedApp;
let cookies = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cimaster-pages-'));
  api = await startKubeApi({ dataDir: join(dir, 'kube'), tls: 'off' });
  const kube = await kubeClientFrom(api.kubeconfig());
  await kube.resource<KubeResource>(coreType('namespaces', 'Namespace', false)).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci' } });
  await kube.close();
  await writeFile(join(dir, 'kubeconfig'), api.kubeconfig());
  cimaster = await startApp(cimasterApp, { ...flagDefaults(cimasterApp.flags), kubeconfig: join(dir, 'kubeconfig'), prowjobNamespace: '' }, { log: silentLogger, port: 0 });
  for (let number = 1; number <= 14; number += 1) await see(`addcluster?cluster=c-${number}&region=${number < 8 ? 'north' : 'south'}&name=john`);
}, 60_000);

afterAll(async () => {
  await cimaster.stop();
  await api.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Follows redirects and keeps cookies, as a browser does. */
async function see(path: string, form?: Record<string, string>): Promise<{ status: number; text: string; url: string }> {
  const url = new URL(path, `${cimaster.url ?? ''}/`).href;
  const response = await fetch(url, { redirect: 'manual', headers: { cookie: cookies, accept: 'text/html' }, ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }) });
  cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '').filter((cookie) => !cookie.endsWith('=')).join('; ');
  const location = response.headers.get('location');
  if (location !== null) return see(new URL(location, url).href);
  return { status: response.status, text: await response.text(), url };
}

function clustersOf(page: string): string[] {
  return [...page.matchAll(/<td><a class="name" href="\?cluster=([^"]+)"/g)].map(([, name = '']) => name);
}

test('what a button did is told once, and never because an address says so', async () => {
  const done = await see('act/disablecluster', { cluster: 'c-3' });
  expect(done.text).toContain('cluster c-3 is disabled successfully');
  expect(done.url.endsWith('/?')).toBe(true);
  expect((await see('')).text).not.toContain('successfully');
  expect((await see('?done=Call+me&problem=Call+me')).text).not.toContain('Call me');
});

test('a refused form is there again as it was filled in', async () => {
  const refused = await see('act/addcluster', { cluster: 'c-1', region: 'west"<b>', name: 'john', label: 'gpu=yes' });
  expect(refused.text).toContain('parameter region: found');
  for (const value of ['c-1', 'west&quot;&lt;b&gt;', 'john', 'gpu=yes']) expect(refused.text).toContain(`value="${value}"`);
});

test('names are in natural order, and can be searched; the search stays when the page loads itself again', async () => {
  expect(clustersOf((await see('')).text)).toEqual(Array.from({ length: 14 }, (_, index) => `c-${index + 1}`));
  const south = await see('?find=South&state=finished');
  expect(clustersOf(south.text)).toEqual(['c-8', 'c-9', 'c-10', 'c-11', 'c-12', 'c-13', 'c-14']);
  expect(south.text).toContain('content="10;url=?find=south&amp;state=finished"');
  expect((await see('?find=nowhere')).text).toContain('None of the 14 clusters');
});

test('the last moves are as new as the table', async () => {
  await see('');
  await see('disablecluster?cluster=c-5&user=mary');
  const { text } = await see('');
  expect(text.slice(text.indexOf('Last moves'))).toContain('mary');
});

test('a cluster that is not there is 404, with its history', async () => {
  await see('deletecluster?cluster=c-14');
  const gone = await see('?cluster=c-14');
  expect([gone.status, gone.text.includes('Not in the pool'), gone.text.includes('deletecluster')]).toEqual([404, true, true]);
  expect((await see('?cluster=nope')).status).toBe(404);
});
