// What a pod asks for. upstream: pkg/apis/core/v1/helper/qos, component-helpers/resource
import { addQuantities, compareQuantities, parseQuantity, type Container, type Pod, type Quantity, type ResourceList } from '@prow/model-kube-types';

const zero: Quantity = parseQuantity('0');

/** By resource: all containers and sidecars together, or the largest init container, whichever is more. */
export function podRequests(pod: Pod): Map<string, Quantity> {
  const total = new Map<string, Quantity>();
  for (const container of pod.spec.containers) add(total, requestsOf(container));
  const sidecars = new Map<string, Quantity>();
  const inits: Map<string, Quantity>[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const own = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      add(sidecars, own);
      add(total, own);
      inits.push(new Map(sidecars));
    } else {
      const together = new Map(sidecars);
      add(together, own);
      inits.push(together);
    }
  }
  for (const needs of inits) {
    for (const [name, quantity] of needs) if (compareQuantities(quantity, total.get(name) ?? zero) > 0) total.set(name, quantity);
  }
  add(total, new Map(Object.entries(pod.spec.overhead ?? {}).map(([name, text]) => [name, parseQuantity(text)])));
  return total;
}

export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const computed = (list: ResourceList | undefined): [string, string][] => Object.entries(list ?? {}).filter(([name, text]) => (name === 'cpu' || name === 'memory') && compareQuantities(text, zero) !== 0);
  const isEmpty = containers.every(({ resources }) => computed(resources?.limits).length + computed(resources?.requests).length === 0);
  if (isEmpty) return 'BestEffort';
  const isGuaranteed = containers.every(({ resources }) => {
    const limits = new Map(computed(resources?.limits));
    return limits.size === 2 && computed(resources?.requests).every(([name, text]) => compareQuantities(limits.get(name) ?? zero, text) === 0);
  });
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function requestsOf({ resources }: Container): Map<string, Quantity> {
  return new Map(Object.entries({ ...resources?.limits, ...resources?.requests }).map(([name, text]) => [name, parseQuantity(text)]));
}

function add(total: Map<string, Quantity>, more: ReadonlyMap<string, Quantity>): void {
  for (const [name, quantity] of more) total.set(name, addQuantities(total.get(name) ?? zero, quantity));
}
