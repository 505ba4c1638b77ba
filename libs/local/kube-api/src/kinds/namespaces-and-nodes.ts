import { isJsonObject, type ApiObject } from '../api-object.ts';
import type { KindRules } from './kind-rules.ts';

export const nameLabel = 'kubernetes.io/metadata.name';

export const namespaceRules: KindRules = {
  nameRule: 'label',
  applyDefaults(object) {
    // The name is given as a label as well, so that selectors can choose by it.
    if (object.metadata.name !== undefined) object.metadata.labels = { ...object.metadata.labels, [nameLabel]: object.metadata.name };
    object['status'] = { phase: 'Active', ...(isJsonObject(object['status']) ? object['status'] : {}) };
  },
  prepareCreate(object) {
    object['spec'] = { finalizers: ['kubernetes'] };
    object['status'] = { phase: 'Active' };
  },
  prepareUpdate(object, { old, subresource }) {
    if (subresource !== 'finalize' && old['spec'] !== undefined) object['spec'] = old['spec'];
  },
  fields: { 'status.phase': (object) => phaseOf(object), name: (object) => object.metadata.name },
};

export const nodeRules: KindRules = {
  fields: { 'spec.unschedulable': (object) => (isJsonObject(object['spec']) && object['spec']['unschedulable'] === true ? 'true' : 'false') },
};

export const serviceAccountRules: KindRules = {};

export function phaseOf(object: ApiObject): string | undefined {
  const { status } = object;
  return isJsonObject(status) && typeof status['phase'] === 'string' ? status['phase'] : undefined;
}
