// The columns that `kubectl get` prints. upstream: pkg/printers/internalversion/printers.go
import { isJsonObject, type ApiObject, type JsonObject } from '../api-object.ts';
import type { Resource } from '../registry/resource.ts';
import { readPath } from '../wire/json-path.ts';
import { ageSince } from './age.ts';
import { podColumns, podCells } from './pod-row.ts';
import { textOf } from '../text-of.ts';

export interface TableColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

export interface RowPrinter {
  columns: readonly TableColumn[];
  cells: (object: ApiObject, nowMs: number) => unknown[];
}

export function column(name: string, type = 'string', priority = 0, description = ''): TableColumn {
  return { name, type, format: name === 'Name' ? 'name' : '', description, priority };
}

const age = column('Age');
const none = '<none>';
const ageOf = (object: ApiObject, nowMs: number): string => ageSince(object.metadata.creationTimestamp, nowMs);
const at = (object: ApiObject, path: string): unknown => readPath(object, path)[0];
const countAt = (object: ApiObject, path: string): number => {
  const value = at(object, path);
  return Array.isArray(value) ? value.length : isJsonObject(value) ? Object.keys(value).length : 0;
};

function printer(columns: TableColumn[], cells: RowPrinter['cells']): RowPrinter {
  return { columns: [column('Name'), ...columns], cells: (object, nowMs) => [object.metadata.name, ...cells(object, nowMs)] };
}

const printers: Readonly<Record<string, RowPrinter>> = {
  pods: { columns: podColumns, cells: podCells },
  namespaces: printer([column('Status'), age], (object, now) => [at(object, '.status.phase') ?? '', ageOf(object, now)]),
  configmaps: printer([column('Data'), age], (object, now) => [countAt(object, '.data') + countAt(object, '.binaryData'), ageOf(object, now)]),
  secrets: printer([column('Type'), column('Data'), age], (object, now) => [at(object, '.type') ?? '', countAt(object, '.data'), ageOf(object, now)]),
  serviceaccounts: printer([column('Secrets'), age], (object, now) => [countAt(object, '.secrets'), ageOf(object, now)]),
  nodes: printer(
    [column('Status'), column('Roles'), age, column('Version'), column('Internal-IP', 'string', 1), column('External-IP', 'string', 1), column('OS-Image', 'string', 1), column('Kernel-Version', 'string', 1), column('Container-Runtime', 'string', 1)],
    (object, now) => [nodeStatus(object), nodeRoles(object), ageOf(object, now), at(object, '.status.nodeInfo.kubeletVersion') ?? '', nodeAddress(object, 'InternalIP'), nodeAddress(object, 'ExternalIP'), at(object, '.status.nodeInfo.osImage') ?? '<unknown>', at(object, '.status.nodeInfo.kernelVersion') ?? '<unknown>', at(object, '.status.nodeInfo.containerRuntimeVersion') ?? '<unknown>'],
  ),
  events: {
    columns: [column('Last Seen'), column('Type'), column('Reason'), column('Object'), column('Subobject', 'string', 1), column('Source', 'string', 1), column('Message'), column('First Seen', 'string', 1), column('Count', 'string', 1), column('Name', 'string', 1)],
    cells: eventCells,
  },
  services: printer(
    [column('Type'), column('Cluster-IP'), column('External-IP'), column('Port(s)'), age, column('Selector', 'string', 1)],
    (object, now) => [at(object, '.spec.type') ?? '', at(object, '.spec.clusterIP') ?? none, textOf(at(object, '.spec.externalName') ?? none), servicePorts(object), ageOf(object, now), mapText(at(object, '.spec.selector'))],
  ),
  endpoints: printer([column('Endpoints'), age], (object, now) => [endpointsText(object), ageOf(object, now)]),
  'leases.coordination.k8s.io': printer([column('Holder'), age], (object, now) => [at(object, '.spec.holderIdentity') ?? '', ageOf(object, now)]),
  'customresourcedefinitions.apiextensions.k8s.io': printer([column('Created At', 'date')], (object) => [object.metadata.creationTimestamp ?? null]),
  'deployments.apps': printer(
    [column('Ready'), column('Up-to-date'), column('Available'), age, column('Containers', 'string', 1), column('Images', 'string', 1), column('Selector', 'string', 1)],
    (object, now) => {
      const containers = readPath(object, '.spec.template.spec.containers[*]').filter(isJsonObject);
      const labels = at(object, '.spec.selector.matchLabels');
      return [
        `${Number(at(object, '.status.readyReplicas') ?? 0)}/${Number(at(object, '.spec.replicas') ?? 0)}`,
        at(object, '.status.updatedReplicas') ?? 0,
        at(object, '.status.availableReplicas') ?? 0,
        ageOf(object, now),
        containers.map((one) => one['name']).join(','),
        containers.map((one) => one['image']).join(','),
        isJsonObject(labels) ? Object.entries(labels).map((pair) => pair.join('=')).join(',') : none,
      ];
    },
  ),
  'roles.rbac.authorization.k8s.io': printer([column('Created At', 'date')], (object) => [object.metadata.creationTimestamp ?? null]),
  'clusterroles.rbac.authorization.k8s.io': printer([column('Created At', 'date')], (object) => [object.metadata.creationTimestamp ?? null]),
  'rolebindings.rbac.authorization.k8s.io': bindingPrinter(),
  'clusterrolebindings.rbac.authorization.k8s.io': bindingPrinter(),
};

const plain = printer([age], (object, now) => [ageOf(object, now)]);

export function printerOf(resource: Resource): RowPrinter {
  if (resource.custom !== undefined) return customPrinter(resource);
  return Object.hasOwn(printers, resource.storage) ? (printers[resource.storage] ?? plain) : plain;
}

function customPrinter({ custom }: Resource): RowPrinter {
  const columns = custom?.columns ?? [];
  // Without columns of its own a custom resource has its age printed.
  if (columns.length === 0) return { ...plain, columns: plain.columns.map((one) => (one.name === 'Age' ? { ...one, type: 'date' } : one)) };
  return printer(
    columns.map(({ name, type, format, description, priority, jsonPath }) => ({
      ...column(name, type, priority ?? 0, description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`),
      format: format ?? '',
    })),
    (object, nowMs) => columns.map((one) => customCell(readPath(object, one.jsonPath), one.type, nowMs)),
  );
}

function customCell(values: readonly unknown[], type: string, nowMs: number): unknown {
  const [value] = values;
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'date':
      return typeof value === 'string' ? ageSince(value, nowMs) : null;
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    default:
      if (values.length > 1) return values.map(cellText).join(',');
      return cellText(value);
  }
}

function cellText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function bindingPrinter(): RowPrinter {
  const subjects = (kind: string) => (object: ApiObject): string =>
    readPath(object, '.subjects[*]')
      .filter((one): one is JsonObject => isJsonObject(one) && one['kind'] === kind)
      .map((one) => (kind === 'ServiceAccount' ? `${textOf(one['namespace'] ?? '')}/${textOf(one['name'])}` : textOf(one['name'])))
      .join(', ');
  return printer([column('Role'), age, column('Users', 'string', 1), column('Groups', 'string', 1), column('ServiceAccounts', 'string', 1)], (object, now) => [
    `${String(at(object, '.roleRef.kind'))}/${String(at(object, '.roleRef.name'))}`,
    ageOf(object, now),
    subjects('User')(object),
    subjects('Group')(object),
    subjects('ServiceAccount')(object),
  ]);
}

function eventCells(object: ApiObject, nowMs: number): unknown[] {
  const { lastTimestamp, firstTimestamp, eventTime, count } = object as JsonObject as Record<string, string | number | null | undefined>;
  const series = isJsonObject(object['series']) ? object['series'] : {};
  const first = String(firstTimestamp ?? eventTime ?? '');
  const last = textOf(series['lastObservedTime'] ?? lastTimestamp ?? eventTime ?? '');
  const involved = isJsonObject(object['involvedObject']) ? object['involvedObject'] : {};
  const source = isJsonObject(object['source']) ? object['source'] : {};
  const component = textOf(source['component'] ?? object['reportingComponent'] ?? '');
  return [
    ageSince(last || object.metadata.creationTimestamp, nowMs),
    object['type'] ?? '',
    object['reason'] ?? '',
    `${textOf(involved['kind'] ?? '').toLowerCase()}/${textOf(involved['name'] ?? '')}`,
    involved['fieldPath'] ?? '',
    source['host'] === undefined ? component : `${component}, ${textOf(source['host'])}`,
    textOf(object['message'] ?? '').trim(),
    ageSince(first || object.metadata.creationTimestamp, nowMs),
    Number(series['count'] ?? count ?? 1),
    object.metadata.name,
  ];
}

function nodeStatus(object: ApiObject): string {
  const ready = readPath(object, '.status.conditions[?(@.type=="Ready")].status')[0];
  const status = [ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady'];
  if (at(object, '.spec.unschedulable') === true) status.push('SchedulingDisabled');
  return status.join(',');
}

function nodeRoles({ metadata }: ApiObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return roles.length === 0 ? none : roles.sort().join(',');
}

function nodeAddress(object: ApiObject, type: string): string {
  return textOf(readPath(object, `.status.addresses[?(@.type=="${type}")].address`)[0] ?? none);
}

function servicePorts(object: ApiObject): string {
  const ports = readPath(object, '.spec.ports[*]').filter(isJsonObject);
  return ports.length === 0 ? none : ports.map(({ port, protocol, nodePort }) => `${textOf(port)}${nodePort ? `:${textOf(nodePort)}` : ''}/${textOf(protocol)}`).join(',');
}

function endpointsText(object: ApiObject): string {
  const pairs = readPath(object, '.subsets[*]').flatMap((subset) => readPath(subset, '.addresses[*].ip').flatMap((ip) => readPath(subset, '.ports[*].port').map((port) => `${textOf(ip)}:${textOf(port)}`)));
  return pairs.length === 0 ? none : pairs.slice(0, 3).join(',') + (pairs.length > 3 ? ` + ${pairs.length - 3} more...` : '');
}

function mapText(value: unknown): string {
  return isJsonObject(value) && Object.keys(value).length > 0 ? Object.entries(value).map((pair) => pair.join('=')).join(',') : none;
}
