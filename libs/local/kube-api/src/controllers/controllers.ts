// The controllers that a real cluster runs beside its API server, fed by the durable changes of the store.
import { WorkQueue } from '@prow/base-queue';
import type { Core } from '../core.ts';
import type { Change } from '../storage/change.ts';
import { createObject } from '../verbs/write-object.ts';
import { DefinitionController, definitionStorage } from './definitions.ts';
import { EventExpiry } from './event-expiry.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { internalOptions } from './internal-options.ts';
import { KubernetesService, kubernetesServiceKey } from './kubernetes-service.ts';
import { NamespaceController, rootCertificateName } from './namespaces.ts';

const firstNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const serviceWork = `service\t${kubernetesServiceKey}`;
const backoff = { baseMs: 20, factor: 2, maxMs: 5_000 };

export class Controllers {
  readonly definitions: DefinitionController;
  private readonly core: Core;
  private readonly namespaces: NamespaceController;
  private readonly garbage: GarbageCollector;
  private readonly expiry: EventExpiry;
  private readonly service: KubernetesService;
  private readonly queue: WorkQueue;
  private readonly unsubscribe: () => void;

  constructor(core: Core) {
    this.core = core;
    this.definitions = new DefinitionController(core);
    this.namespaces = new NamespaceController(core);
    this.expiry = new EventExpiry(core);
    this.service = new KubernetesService(core);
    this.garbage = new GarbageCollector(core, (key) => this.queue.add(key));
    this.queue = new WorkQueue({ name: 'kube-api', concurrency: 4, process: (key) => this.process(key), clock: core.clock, log: core.log, backoff });
    this.unsubscribe = core.store.onChange((change) => this.observe(change));
  }

  /** Loads definitions, creates what a fresh cluster has, and looks at everything once. */
  async start(): Promise<void> {
    this.definitions.load();
    this.queue.start();
    const resource = this.core.registry.find('', 'v1', 'namespaces');
    for (const name of firstNamespaces) {
      if (resource === undefined || this.core.store.get('namespaces', name) !== undefined) continue;
      await createObject(this.core, { resource, namespace: '' }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, internalOptions('kube-apiserver'));
    }
    for (const name of this.core.store.collection('namespaces').keys()) this.queue.add(`namespace\t${name}`);
    for (const name of this.core.store.collection(definitionStorage).keys()) this.queue.add(`definition\t${name}`);
    this.garbage.load();
    this.expiry.start();
  }

  /** Where pods and tools find this server, once it listens. */
  servedAt(host: string, port: number): void {
    this.service.servedAt(host, port);
    this.queue.add(serviceWork);
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    this.expiry.stop();
    await this.queue.stop();
  }

  private observe(change: Change): void {
    if (change.resource === definitionStorage) {
      this.definitions.serve(change.key);
      if (change.type !== 'DELETED') this.queue.add(`definition\t${change.key}`);
    } else if (change.resource === 'namespaces' && change.type !== 'DELETED') this.queue.add(`namespace\t${change.key}`);
    else if (change.type === 'DELETED' && belongsToNamespace(change)) this.queue.add(`namespace\t${change.key.split('/')[0]}`);
    else if (change.type === 'DELETED' && change.key === kubernetesServiceKey) this.queue.add(serviceWork);
    this.garbage.observe(change);
  }

  private async process(key: string): Promise<{ requeueAfterMs: number } | undefined> {
    const tab = key.indexOf('\t');
    const name = key.slice(tab + 1);
    switch (key.slice(0, tab)) {
      case 'namespace':
        return await this.namespaces.reconcile(name);
      case 'definition':
        return await this.definitions.reconcile(name);
      case 'service':
        await this.service.reconcile();
        return undefined;
      default:
        return await this.garbage.reconcile(key);
    }
  }
}

/** What every namespace has is made again when somebody deletes it. */
function belongsToNamespace({ resource, key }: Change): boolean {
  return (resource === 'serviceaccounts' && key.endsWith('/default')) || (resource === 'configmaps' && key.endsWith(`/${rootCertificateName}`));
}
