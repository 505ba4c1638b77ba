import { compareQuantities } from '@prow/model-kube-types';
import { isJsonObject, type JsonObject } from '../api-object.ts';

/** `Guaranteed`, `Burstable` or `BestEffort`. upstream: pkg/apis/core/helper/qos */
export function qosClassOf(spec: JsonObject): string {
  let isAnySet = false;
  let isGuaranteed = true;
  for (const list of ['containers', 'initContainers']) {
    for (const container of Array.isArray(spec[list]) ? (spec[list] as JsonObject[]) : []) {
      const resources = isJsonObject(container['resources']) ? container['resources'] : {};
      const limits = quantities(resources['limits']);
      const requests = quantities(resources['requests']);
      if (Object.keys(limits).length + Object.keys(requests).length > 0) isAnySet = true;
      for (const name of ['cpu', 'memory']) {
        const limit = limits[name];
        const request = requests[name] ?? limit;
        if (limit === undefined || request === undefined || compareQuantities(limit, request) !== 0) isGuaranteed = false;
      }
    }
  }
  if (!isAnySet) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function quantities(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([name]) => name === 'cpu' || name === 'memory')) as Record<string, string>;
}
