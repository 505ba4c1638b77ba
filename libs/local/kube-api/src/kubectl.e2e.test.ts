// kubectl against the server, where it is installed: what a person at a terminal does.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '@prow/base-process';
import { startKubeApi, type RunningKubeApi } from './index.ts';

const isPresent = spawnSync('kubectl', ['version', '--client']).status === 0;

let dir: string;
let api: RunningKubeApi;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kube-kubectl-'));
  api = await startKubeApi({ dataDir: join(dir, 'data'), authorization: 'RBAC' });
  await writeFile(join(dir, 'kubeconfig'), api.kubeconfig());
});

afterAll(async () => {
  await api.stop();
  await rm(dir, { recursive: true });
});

/** stdout and stderr together; throws when the exit code is not the expected one. */
async function kubectl(text: string, { input = '', code = 0, env = {} }: { input?: string; code?: number; env?: Record<string, string> } = {}): Promise<string> {
  const result = await run({ file: 'kubectl', args: text.split(' '), input, timeoutMs: 30_000, env: { ...process.env, KUBECONFIG: join(dir, 'kubeconfig'), HOME: dir, ...env } as Record<string, string> });
  const output = `${result.stdout}${result.stderr}`.trim();
  if (result.code !== code) throw new Error(`kubectl ${text}: exit code ${result.code}: ${output}`);
  return output;
}

const definition = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.smoke.example.com' },
  spec: {
    group: 'smoke.example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', shortNames: ['wd'] },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }], schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', minimum: 1 } } }, status: { type: 'object', properties: { ok: { type: 'boolean' } } } } } } }],
  },
});
const widget = (size: number): string => JSON.stringify({ apiVersion: 'smoke.example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size } });
const configMap = (value: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { k: value } });

(isPresent ? describe : describe.skip)('kubectl (skipped where it is not installed)', () => {
  test('a kind that is not there, and explain by the older document', async () => {
    await writeFile(join(dir, 'unknown.json'), JSON.stringify({ apiVersion: 'prow.k8s.io/v1', kind: 'ProwJobb', metadata: { name: 'a' } }));
    expect(await kubectl(`create -f ${join(dir, 'unknown.json')}`, { code: 1 })).toContain('no matches for kind "ProwJobb" in version "prow.k8s.io/v1"');
    const explained = await kubectl('explain pods.spec.containers --output=plaintext-openapiv2');
    expect(explained).toMatch(/KIND: +Pod/);
    expect(explained).toMatch(/image\t<string>/);
    expect(explained).toMatch(/ports\t<\[\]Object>|ports\t<\[\]ContainerPort>/);
  });

  test('create, get, edit, label, annotate, patch, delete', async () => {
    expect(await kubectl('create configmap a --from-literal=k=v')).toBe('configmap/a created');
    expect(await kubectl('create configmap a --from-literal=k=v', { code: 1 })).toContain('configmaps "a" already exists');
    expect(await kubectl('get configmap a -o name')).toBe('configmap/a');
    expect(await kubectl('get configmaps -o wide')).toMatch(/^NAME +DATA +AGE\na +1 +\d+s/);
    expect(await kubectl('edit configmap a', { env: { KUBE_EDITOR: 'sed -i s/k:.v/k:\\ edited/' } })).toBe('configmap/a edited');
    expect(await kubectl('get configmap a -o jsonpath={.data.k}')).toBe('edited');
    expect(await kubectl('label configmap a x=y')).toBe('configmap/a labeled');
    expect(await kubectl('annotate configmap a note=hi')).toBe('configmap/a annotated');
    expect(await kubectl('patch configmap a -p {"data":{"k":"patched"}}')).toBe('configmap/a patched');
    expect(await kubectl('get configmaps -l x=y -o jsonpath={.items[*].data.k}')).toBe('patched');
    expect(await kubectl('delete configmap a')).toBe('configmap "a" deleted');
    expect(await kubectl('get configmap a', { code: 1 })).toBe('Error from server (NotFound): configmaps "a" not found');
  });

  test('apply on both sides', async () => {
    expect(await kubectl('apply -f -', { input: configMap('1') })).toBe('configmap/applied created');
    expect(await kubectl('apply -f -', { input: configMap('1') })).toBe('configmap/applied unchanged');
    expect(await kubectl('apply -f -', { input: configMap('2') })).toBe('configmap/applied configured');
    expect(await kubectl('diff -f -', { input: configMap('3'), code: 1 })).toContain('+  k: "3"');
    expect(await kubectl('apply --server-side --field-manager=other -f -', { input: configMap('4'), code: 1 })).toContain('conflict with "kubectl-client-side-apply" using v1: .data.k');
    expect(await kubectl('apply --server-side --force-conflicts -f -', { input: configMap('4') })).toBe('configmap/applied serverside-applied');
  });

  test('custom resources: wait, explain, strict validation, columns, status', async () => {
    expect(await kubectl('apply -f -', { input: definition })).toContain('created');
    expect(await kubectl('wait --for=condition=Established crd/widgets.smoke.example.com --timeout=10s')).toContain('condition met');
    expect(await kubectl('apply -f -', { input: widget(3) })).toBe('widget.smoke.example.com/w created');
    expect(await kubectl('apply -f -', { input: widget(3).replace('"size"', '"extra":1,"size"'), code: 1 })).toContain('unknown field "spec.extra"');
    expect(await kubectl('apply -f -', { input: widget(0), code: 1 })).toContain('spec.size in body should be greater than or equal to 1');
    expect(await kubectl('get wd')).toMatch(/^NAME +SIZE\nw +3$/);
    expect(await kubectl('explain widget.spec')).toMatch(/size\t<integer> -required-/);
    expect(await kubectl('explain pod.spec.containers.image')).toContain('FIELD: image <string>');
    expect(await kubectl('patch wd w --type=merge --subresource=status -p {"status":{"ok":true}}')).toContain('patched');
    expect(await kubectl('get wd w -o jsonpath={.status.ok}')).toBe('true');
    expect(await kubectl('delete crd widgets.smoke.example.com')).toContain('deleted');
    expect(await kubectl('get wd', { code: 1 })).toContain('NotFound');
  });

  test('pods: run, describe, events, delete', async () => {
    expect(await kubectl('run p --image=busybox --restart=Never -- true')).toBe('pod/p created');
    expect(await kubectl('get pods')).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\np +0\/1 +Pending +0 +\d+s$/);
    const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'Tested', message: 'seen', type: 'Normal', count: 1, lastTimestamp: new Date().toISOString().replace(/\.\d+/, '') };
    await kubectl('create -f -', { input: JSON.stringify(event) });
    expect(await kubectl('get events')).toMatch(/LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n\d+s +Normal +Tested +pod\/p +seen/);
    expect(await kubectl('describe pod p')).toMatch(/Status: +Pending[\s\S]*Image: +busybox/);
    expect(await kubectl('delete pod p')).toBe('pod "p" deleted');
  });

  test('tokens and roles', async () => {
    await kubectl('create serviceaccount robot');
    const token = await kubectl('create token robot');
    expect(token.split('.')).toHaveLength(3);
    const asRobot = `--token=${token} --kubeconfig=${join(dir, 'anonymous')}`;
    await writeFile(join(dir, 'anonymous'), api.kubeconfig().replace(/token: .*/, 'token: ""'));
    expect(await kubectl(`get pods ${asRobot}`, { code: 1 })).toContain('pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "pods" in API group "" in the namespace "default"');
    await kubectl('create role reader --verb=get,list --resource=pods');
    await kubectl('create rolebinding reader --role=reader --serviceaccount=default:robot');
    expect(await kubectl(`get pods ${asRobot}`)).toContain('No resources found');
    expect(await kubectl(`auth can-i list pods ${asRobot}`)).toBe('yes');
    expect(await kubectl('auth can-i delete pods --as=system:serviceaccount:default:robot', { code: 1 })).toBe('no');
  });

  test('namespaces, discovery, watches', async () => {
    expect(await kubectl('create namespace smoke')).toBe('namespace/smoke created');
    await kubectl('create configmap inside -n smoke');
    expect(await kubectl('delete namespace smoke')).toBe('namespace "smoke" deleted');
    expect(await kubectl('api-resources')).toMatch(/pods +po +v1 +true +Pod/);
    expect(await kubectl('get --raw /readyz')).toBe('ok');
    expect(await kubectl('get configmaps -w --request-timeout=1s')).toContain('kube-root-ca.crt');
  });
});
