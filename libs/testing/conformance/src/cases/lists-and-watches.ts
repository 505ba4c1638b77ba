// Lists, pages, selectors, watches, informers.
import assert from 'node:assert/strict';
import { configMaps as configMapType, eventually, refusal, type ConfigMap, type ConformanceCase, type Scope } from '../cluster.ts';
import type { WatchEvent } from '@prow/clients-kube';

async function fill({ configMaps }: Scope, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => configMaps.create({ metadata: { name: `m-${String(index).padStart(3, '0')}`, labels: { set: 'm', parity: index % 2 === 0 ? 'even' : 'odd' } } })));
}

/** Events of one watch, collected until the returned function is called. */
function collect({ configMaps }: Scope, options: { resourceVersion: string; labelSelector?: string; fieldSelector?: string }): { events: string[]; stop: () => Promise<void>; error: () => unknown } {
  const abort = new AbortController();
  const events: string[] = [];
  let failure: unknown;
  const running = (async () => {
    for await (const event of configMaps.watch({ ...options, signal: abort.signal })) events.push(nameOf(event));
  })().catch((error: unknown) => (failure = error));
  return { events, error: () => failure, stop: async () => { abort.abort(); await running; } };
}

function nameOf(event: WatchEvent<ConfigMap>): string {
  return event.type === 'BOOKMARK' ? 'BOOKMARK' : `${event.type} ${event.object.metadata.name}`;
}

export const listAndWatchCases: readonly ConformanceCase[] = [
  {
    name: 'lists are in order of names and selectors choose',
    async run(scope) {
      await fill(scope, 6);
      const names = async (labelSelector: string): Promise<string[]> => (await scope.configMaps.list({ labelSelector })).items.map(({ metadata }) => metadata.name ?? '');
      assert.deepEqual(await names('set=m'), ['m-000', 'm-001', 'm-002', 'm-003', 'm-004', 'm-005']);
      assert.deepEqual(await names('set,parity in (odd)'), ['m-001', 'm-003', 'm-005']);
      assert.deepEqual(await names('set=m,parity!=odd'), ['m-000', 'm-002', 'm-004']);
      assert.deepEqual(await names('set=m,!parity'), []);
      const one = await scope.configMaps.list({ fieldSelector: 'metadata.name=m-003' });
      assert.deepEqual(one.items.map(({ metadata }) => metadata.name), ['m-003']);
      assert.equal((await refusal(scope.configMaps.list({ labelSelector: 'a in (' }))).status, 400);
    },
  },
  {
    name: 'options that cannot be are Invalid and name themselves',
    async run({ kube, namespace }) {
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      for (const [query, name] of [['resourceVersionMatch=Exact', 'resourceVersionMatch'], ['resourceVersionMatch=Bad&resourceVersion=1', 'resourceVersionMatch'], ['sendInitialEvents=true', 'sendInitialEvents'], ['watch=true&sendInitialEvents=true', 'resourceVersionMatch']] as const) {
        const error = await refusal(kube.getRaw(`${path}?${query}`));
        assert.deepEqual([error.status, error.reason], [422, 'Invalid'], query);
        assert.match(error.message, new RegExp(`^.*ListOptions.meta.k8s.io "" is invalid: ${name}: `));
      }
    },
  },
  {
    name: 'pages are of one snapshot, whatever happens between them',
    async run(scope) {
      await fill(scope, 20);
      const labelSelector = 'set=m';
      const first = await scope.configMaps.listPage({ limit: 7, labelSelector });
      await scope.configMaps.delete('m-019');
      await scope.configMaps.create({ metadata: { name: 'm-0195', labels: { set: 'm' } } });
      await scope.configMaps.patch('m-010', { type: 'merge', body: { metadata: { labels: { set: 'other' } } } });
      const names = first.items.map(({ metadata }) => metadata.name);
      for (let token = first.continue; token !== undefined; ) {
        const page = await scope.configMaps.listPage({ limit: 7, labelSelector, continue: token });
        assert.equal(page.resourceVersion, first.resourceVersion);
        names.push(...page.items.map(({ metadata }) => metadata.name));
        token = page.continue;
      }
      assert.deepEqual(names, Array.from({ length: 20 }, (_, index) => `m-${String(index).padStart(3, '0')}`));
    },
  },
  {
    name: 'a watch from a version brings every change since, in order',
    async run(scope) {
      const { resourceVersion } = await scope.configMaps.list();
      await scope.configMaps.create({ metadata: { name: 'a' } });
      // Clusters put things of their own into a namespace.
      const watch = collect(scope, { resourceVersion, fieldSelector: 'metadata.name=a' });
      await scope.configMaps.patch('a', { type: 'merge', body: { data: { k: 'v' } } });
      await scope.configMaps.delete('a');
      await eventually('three events', () => watch.events.length >= 3);
      await watch.stop();
      assert.deepEqual(watch.events, ['ADDED a', 'MODIFIED a', 'DELETED a']);
    },
  },
  {
    name: 'an object that enters or leaves a selection is added or deleted',
    async run(scope) {
      const { resourceVersion } = await scope.configMaps.list();
      const watch = collect(scope, { resourceVersion, labelSelector: 'seen=yes' });
      await scope.configMaps.create({ metadata: { name: 'a' } });
      for (const seen of ['yes', 'yes', null]) await scope.configMaps.patch('a', { type: 'merge', body: { metadata: { labels: { seen } }, data: { at: String(Math.random()) } } });
      await eventually('three events', () => watch.events.length >= 3);
      await watch.stop();
      assert.deepEqual(watch.events, ['ADDED a', 'MODIFIED a', 'DELETED a']);
    },
  },
  {
    name: 'a watch that asks for initial events gets them, then a bookmark that says so',
    async run({ kube, namespace, configMaps }) {
      await configMaps.create({ metadata: { name: 'a' } });
      const path = `/api/v1/namespaces/${namespace}/configmaps?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1&fieldSelector=metadata.name%3Da`;
      const events = (await kube.getRaw(path)).trim().split('\n').map((line) => JSON.parse(line) as { type: string; object: { metadata: { name?: string; annotations?: Record<string, string> } } });
      assert.deepEqual([events[0]?.type, events[0]?.object.metadata.name], ['ADDED', 'a']);
      assert.equal(events[1]?.type, 'BOOKMARK');
      assert.equal(events[1]?.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
    },
  },
  {
    name: 'an informer holds what a list holds, after many changes',
    async run({ kube, namespace, configMaps }) {
      const informer = kube.informer(configMapType, { namespace, labelSelector: 'informed=yes' });
      informer.start();
      await informer.synced();
      const labels = { informed: 'yes' };
      await Promise.all(Array.from({ length: 30 }, async (_, index) => {
        const name = `i-${index}`;
        await configMaps.create({ metadata: { name, labels }, data: { n: '0' } });
        await configMaps.patch(name, { type: 'merge', body: { data: { n: '1' } } });
        if (index % 3 === 0) await configMaps.delete(name);
      }));
      const { items } = await configMaps.list({ labelSelector: 'informed=yes' });
      const versions = (objects: readonly ConfigMap[]): string[] => objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();
      await eventually('the informer has all', () => versions(informer.list()).join() === versions(items).join());
      await informer.stop();
      assert.equal(items.length, 20);
    },
  },
];
