// The collections the node uses.
import type { ResourceType } from '@prow/clients-kube';
import type { ConfigMap, Event, Lease, Namespace, Node, Pod, Secret, ServiceAccount } from '@prow/model-kube-types';

export const podType: ResourceType<Pod> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
export const nodeType: ResourceType<Node> = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
export const configMapType: ResourceType<ConfigMap> = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
export const secretType: ResourceType<Secret> = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
export const eventType: ResourceType<Event> = { group: '', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };
export const serviceAccountType: ResourceType<ServiceAccount> = { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true };
export const namespaceType: ResourceType<Namespace> = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
export const leaseType: ResourceType<Lease> = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true };
