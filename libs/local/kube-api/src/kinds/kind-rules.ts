// What single kinds do differently: defaults, checks, selectable fields. A kind without rules is stored as it is.
import type { ApiObject } from '../api-object.ts';
import type { Core } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import type { FieldError } from '../schema/field-error.ts';
import { configMapRules, secretRules } from './config-maps-and-secrets.ts';
import { customResourceDefinitionRules } from './custom-resource-definitions.ts';
import { eventRules } from './events.ts';
import { namespaceRules, nodeRules, serviceAccountRules } from './namespaces-and-nodes.ts';
import { podRules } from './pods.ts';
import { clusterRoleBindingRules, clusterRoleRules, roleBindingRules, roleRules } from './roles.ts';
import { serviceRules } from './services.ts';
import { deploymentRules, leaseRules } from './workloads.ts';

export type NameRule = 'subdomain' | 'label' | 'segment';

export interface KindRules {
  nameRule?: NameRule;
  /** Whether `metadata.generation` counts changes of the spec. */
  hasGeneration?: boolean;
  /** A PUT of what is not there makes it. */
  createsOnUpdate?: boolean;
  /** An update without a resourceVersion is refused. */
  needsResourceVersion?: boolean;
  /** In place, after decoding, on every write. */
  applyDefaults?(object: ApiObject): void;
  /** In place, before the first version is stored. */
  prepareCreate?(object: ApiObject): void;
  /** In place: what an update of the object, or of a subresource, does not change. */
  prepareUpdate?(object: ApiObject, update: { old: ApiObject; subresource: string }): void;
  /** In place, before a changed object is stored. */
  admitUpdate?(object: ApiObject): void;
  /** As `prepareCreate`, for what depends on other objects. */
  admit?(object: ApiObject, core: Core): void;
  validate?(object: ApiObject): FieldError[];
  /** Only of new objects. */
  validateCreate?(object: ApiObject): FieldError[];
  validateUpdate?(object: ApiObject, old: ApiObject): FieldError[];
  /** Fields that may be selected by, besides metadata.name and metadata.namespace. */
  fields?: Readonly<Record<string, (object: ApiObject) => unknown>>;
}

const rules: Readonly<Record<string, KindRules>> = {
  pods: podRules,
  namespaces: namespaceRules,
  nodes: nodeRules,
  serviceaccounts: serviceAccountRules,
  configmaps: configMapRules,
  secrets: secretRules,
  events: eventRules,
  services: serviceRules,
  'leases.coordination.k8s.io': leaseRules,
  'deployments.apps': deploymentRules,
  'roles.rbac.authorization.k8s.io': roleRules,
  'clusterroles.rbac.authorization.k8s.io': clusterRoleRules,
  'rolebindings.rbac.authorization.k8s.io': roleBindingRules,
  'clusterrolebindings.rbac.authorization.k8s.io': clusterRoleBindingRules,
  'customresourcedefinitions.apiextensions.k8s.io': customResourceDefinitionRules,
};

const none: KindRules = {};
const customRules: KindRules = { hasGeneration: true, needsResourceVersion: true };

export function kindRules(resource: Resource): KindRules {
  if (resource.custom !== undefined) return customRules;
  return Object.hasOwn(rules, resource.storage) ? (rules[resource.storage] ?? none) : none;
}
