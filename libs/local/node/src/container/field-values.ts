// Values of a pod's own fields, for its environment and its downward volumes. upstream: pkg/fieldpath/fieldpath.go
import { ProwError } from '@prow/base-errors';
import {
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  type Container,
  type Pod,
  type ResourceFieldSelector,
  type ResourceList,
} from '@prow/model-kube-types';

const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/s;

/** Throws `PROW_NODE_FIELD` for a path that has no value in pods. */
export function fieldValue(pod: Pod, fieldPath: string): string {
  const match = subscript.exec(fieldPath);
  if (match !== null) {
    const map = match[1] === 'metadata.labels' ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[match[2] ?? ''] ?? '';
  }
  const values: Record<string, () => string> = {
    'metadata.name': () => pod.metadata.name ?? '',
    'metadata.namespace': () => pod.metadata.namespace ?? '',
    'metadata.uid': () => pod.metadata.uid ?? '',
    'metadata.labels': () => formatMap(pod.metadata.labels),
    'metadata.annotations': () => formatMap(pod.metadata.annotations),
    'spec.nodeName': () => pod.spec.nodeName ?? '',
    'spec.serviceAccountName': () => pod.spec.serviceAccountName ?? '',
    'spec.restartPolicy': () => pod.spec.restartPolicy ?? '',
    'spec.schedulerName': () => pod.spec.schedulerName ?? '',
    'status.phase': () => pod.status?.phase ?? '',
    'status.hostIP': () => pod.status?.hostIP ?? '',
    'status.hostIPs': () => (pod.status?.hostIPs ?? []).map(({ ip }) => ip).join(','),
    'status.podIP': () => pod.status?.podIP ?? '',
    'status.podIPs': () => (pod.status?.podIPs ?? []).map(({ ip }) => ip).join(','),
  };
  const value = Object.hasOwn(values, fieldPath) ? values[fieldPath] : undefined;
  if (value === undefined) throw new ProwError('PROW_NODE_FIELD', `unsupported fieldPath: ${fieldPath}`);
  return value();
}

/** Throws `PROW_NODE_FIELD` for an unknown container or resource. */
export function resourceFieldValue(pod: Pod, selector: ResourceFieldSelector, own: Container | undefined, allocatable: ResourceList): string {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const container = selector.containerName ? all.find(({ name }) => name === selector.containerName) : own;
  if (container === undefined) throw new ProwError('PROW_NODE_FIELD', `container ${selector.containerName ?? ''} not found`);
  const [kind = '', name = ''] = splitOnce(selector.resource, '.');
  if ((kind !== 'limits' && kind !== 'requests') || !/^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name)) {
    throw new ProwError('PROW_NODE_FIELD', `unsupported container resource : ${selector.resource}`);
  }
  const { limits = {}, requests = {} } = container.resources ?? {};
  const amount = kind === 'limits' ? limits[name] ?? allocatable[name] : requests[name] ?? limits[name];
  const divisor = selector.divisor === undefined || parseQuantity(selector.divisor).nanos === 0n ? '1' : selector.divisor;
  if (amount === undefined) return '0';
  if (name === 'cpu') return String(Math.ceil(quantityMilliValue(amount) / quantityMilliValue(divisor)));
  return String(Math.ceil(quantityValue(amount) / quantityValue(divisor)));
}

/** `key="value"` lines, sorted, values quoted as Go does. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
