// The service by which pods find the API: `kubernetes` in the namespace `default`, with where it is served now.
// upstream: pkg/controlplane/controller/kubernetesservice
import type { ApiObject } from '../api-object.ts';
import type { Core } from '../core.ts';
import { jsonEqual } from '../json-values.ts';
import { kubernetesServiceIp } from '../kinds/services.ts';
import { createObject, presentObject, updateObject, type Target } from '../verbs/write-object.ts';
import { internalOptions } from './internal-options.ts';

export const kubernetesServiceKey = 'default/kubernetes';
const namespace = 'default';
const name = 'kubernetes';

export class KubernetesService {
  private readonly core: Core;
  private address: { host: string; port: number } | undefined;

  constructor(core: Core) {
    this.core = core;
  }

  servedAt(host: string, port: number): void {
    this.address = { host, port };
  }

  async reconcile(): Promise<void> {
    if (this.address === undefined) return;
    const { host, port } = this.address;
    await this.ensure('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: { clusterIP: kubernetesServiceIp, ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }] },
    }, (object) => (object['spec'] as { ports: unknown }).ports);
    await this.ensure('endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name },
      subsets: [{ addresses: [{ ip: host }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
    }, (object) => object['subsets']);
  }

  /** @param essence what has to be as wanted */
  private async ensure(plural: string, wanted: ApiObject, essence: (object: ApiObject) => unknown): Promise<void> {
    const resource = this.core.registry.find('', 'v1', plural);
    if (resource === undefined) return;
    const target: Target = { resource, namespace, name };
    const options = internalOptions('kube-apiserver');
    if (this.core.store.get(plural, kubernetesServiceKey) === undefined) {
      await createObject(this.core, target, wanted, options);
      return;
    }
    const present = presentObject(this.core, target);
    if (jsonEqual(essence(present.object), essence(wanted))) return;
    const object: ApiObject = { ...present.object, ...wanted, metadata: { ...present.object.metadata }, ...(plural === 'services' ? { spec: { ...(present.object['spec'] as object), ...(wanted['spec'] as object) } } : {}) };
    await updateObject(this.core, target, { present, object, subresource: '' }, options);
  }
}
