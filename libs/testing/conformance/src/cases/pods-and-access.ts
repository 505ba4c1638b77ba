// Pods as objects, namespaces, service account tokens, reviews.
import assert from 'node:assert/strict';
import { coreType, type KubeResource } from '@prow/clients-kube';
import { eventually, namespaces, pods, refusal, type ConformanceCase } from '../cluster.ts';

const accounts = coreType<KubeResource>('serviceaccounts', 'ServiceAccount');
/** No scheduler takes a pod that names another one. */
const idle = { schedulerName: 'nobody', containers: [{ name: 'c', image: 'busybox' }] };

export const podAndAccessCases: readonly ConformanceCase[] = [
  {
    name: 'a pod gets its defaults and begins Pending',
    async run({ of }) {
      const pod = await of(pods).create({ metadata: { name: 'p' }, spec: idle });
      assert.equal(pod.status?.phase, 'Pending');
      const { restartPolicy, dnsPolicy, terminationGracePeriodSeconds, serviceAccountName } = pod.spec ?? {};
      assert.deepEqual({ restartPolicy, dnsPolicy, terminationGracePeriodSeconds, serviceAccountName }, { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30, serviceAccountName: 'default' });
    },
  },
  {
    name: 'a pod without containers is Invalid, and its spec is fixed',
    async run({ of }) {
      const none = await refusal(of(pods).create({ metadata: { name: 'p' }, spec: { containers: [] } }));
      assert.match(none.message, /spec\.containers: Required value/);
      const pod = await of(pods).create({ metadata: { name: 'p' }, spec: idle });
      const changed = await refusal(of(pods).update({ ...pod, spec: { ...pod.spec, restartPolicy: 'Never' } }));
      assert.match(changed.message, /spec: Forbidden: pod updates may not change fields other than/);
    },
  },
  {
    name: 'what cannot run is Invalid and names its field',
    async run({ of }) {
      const container = { name: 'c', image: 'busybox' };
      const wrong: [string, object][] = [
        ['spec\\.containers\\[0\\]\\.ports\\[0\\]\\.protocol: Unsupported value', { containers: [{ ...container, ports: [{ containerPort: 80, protocol: 'X' }] }] }],
        ['spec\\.containers\\[0\\]\\.env\\[0\\]\\.valueFrom\\.secretKeyRef\\.key: Required value', { containers: [{ ...container, env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's' } } }] }] }],
        ['spec\\.containers\\[0\\]\\.livenessProbe\\.periodSeconds: Invalid value', { containers: [{ ...container, livenessProbe: { exec: { command: ['true'] }, periodSeconds: -1 } }] }],
        ['spec\\.volumes\\[0\\]\\.hostPath\\.path: Invalid value.*must not contain', { containers: [container], volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] }],
        ['spec\\.volumes\\[0\\]\\.secret\\.items\\[0\\]\\.path: Invalid value', { containers: [container], volumes: [{ name: 'v', secret: { secretName: 's', items: [{ key: 'k', path: '../k' }] } }] }],
        ['spec\\.tolerations\\[0\\]\\.effect: Unsupported value', { containers: [container], tolerations: [{ key: 'a', operator: 'Exists', effect: 'Sometimes' }] }],
        ['spec\\.containers\\[0\\]\\.resources\\.requests: Invalid value', { containers: [{ ...container, resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }] }],
      ];
      for (const [pattern, spec] of wrong) assert.match((await refusal(of(pods).create({ metadata: { name: 'p' }, spec: spec as Record<string, unknown> }))).message, new RegExp(pattern));
    },
  },
  {
    name: 'a bound pod is deleted gracefully, an unbound one at once',
    async run({ of }) {
      const api = of(pods);
      await api.create({ metadata: { name: 'unbound' }, spec: idle });
      await api.delete('unbound');
      assert.equal(await api.find('unbound'), undefined);
      await api.create({ metadata: { name: 'bound' }, spec: idle });
      await api.createSubresource('bound', 'binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bound' }, target: { kind: 'Node', name: 'no-such-node' } });
      const twice = await refusal(api.createSubresource('bound', 'binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bound' }, target: { kind: 'Node', name: 'other' } }));
      assert.equal(twice.reason, 'Conflict');
      await api.delete('bound', { gracePeriodSeconds: 60 });
      assert.ok((await api.get('bound')).metadata.deletionTimestamp);
      await api.delete('bound', { gracePeriodSeconds: 0 });
      assert.equal(await api.find('bound'), undefined);
    },
  },
  {
    name: 'the status of a pod is written through its subresource',
    async run({ of }) {
      const pod = await of(pods).create({ metadata: { name: 'p' }, spec: idle });
      await of(pods).patch('p', { type: 'merge', body: { status: { phase: 'Failed' } } });
      assert.equal((await of(pods).get('p')).status?.phase, 'Pending');
      await of(pods).patch('p', { type: 'merge', body: { status: { phase: 'Failed' } } }, { subresource: 'status' });
      const failed = await of(pods).list({ fieldSelector: 'status.phase=Failed' });
      assert.deepEqual(failed.items.map(({ metadata }) => metadata.uid), [pod.metadata.uid]);
    },
  },
  {
    name: 'a deleted namespace takes everything with it',
    async run({ kube, namespace, configMaps }) {
      await configMaps.create({ metadata: { name: 'a' } });
      const own = `${namespace}-x`;
      await kube.resource(namespaces).create({ metadata: { name: own } });
      const inside = kube.resource(configMaps.type, own);
      await inside.create({ metadata: { name: 'inside', finalizers: ['example.com/hold'] } });
      await kube.resource(namespaces).delete(own);
      await eventually('the object is being deleted', async () => (await inside.get('inside')).metadata.deletionTimestamp !== undefined);
      const late = await refusal(inside.create({ metadata: { name: 'late' } }));
      assert.deepEqual([late.status, late.reason], [403, 'Forbidden']);
      await inside.patch('inside', { type: 'json', body: [{ op: 'remove', path: '/metadata/finalizers' }] });
      await eventually('the namespace is gone', async () => (await kube.resource(namespaces).find(own)) === undefined);
      const nowhere = await refusal(inside.create({ metadata: { name: 'x' } }));
      assert.deepEqual([nowhere.status, nowhere.message], [404, `namespaces "${own}" not found`]);
    },
  },
  {
    name: 'a service account token is what the review says it is',
    async run({ kube, namespace, of }) {
      await of(accounts).create({ metadata: { name: 'robot' } });
      const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
      const { status } = await of(accounts).createSubresource<{ status: { token: string } }>('robot', 'token', request);
      const reviews = kube.resource<KubeResource & { spec: { token: string }; status?: { authenticated?: boolean; user?: { username?: string; groups?: string[] } } }>({ group: 'authentication.k8s.io', version: 'v1', plural: 'tokenreviews', kind: 'TokenReview', namespaced: false });
      const review = await reviews.create({ metadata: {}, spec: { token: status.token } });
      assert.equal(review.status?.authenticated, true);
      assert.equal(review.status?.user?.username, `system:serviceaccount:${namespace}:robot`);
      assert.ok(review.status?.user?.groups?.includes(`system:serviceaccounts:${namespace}`));
      const wrong = await reviews.create({ metadata: {}, spec: { token: `${status.token}x` } });
      assert.notEqual(wrong.status?.authenticated, true);
    },
  },
];
