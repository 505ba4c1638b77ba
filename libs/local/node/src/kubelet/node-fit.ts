// Whether a pod fits a node, in the scheduler's words. Pure. upstream: pkg/scheduler/framework/plugins
import { addQuantities, compareQuantities, parseQuantity, type NodeSelectorRequirement, type NodeSelectorTerm, type Pod, type Quantity, type ResourceList } from '@prow/model-kube-types';
import { podRequests } from '../pod/resources.ts';

export interface FitRequest {
  pod: Pod;
  /** What the pods already there request, `pods` included. */
  used: ReadonlyMap<string, Quantity>;
  allocatable: ResourceList;
  labels: Readonly<Record<string, string>>;
  nodeName: string;
  cordoned: boolean;
}

/** Undefined when it fits, else why not: `Insufficient cpu`. */
export function misfit({ pod, used, allocatable, labels, nodeName, cordoned }: FitRequest): string | undefined {
  if (cordoned) return 'node(s) were unschedulable';
  if (!matchesNode(pod, labels, nodeName)) return "node(s) didn't match Pod's node affinity/selector";
  const claim = (pod.spec.volumes ?? []).find(({ persistentVolumeClaim }) => persistentVolumeClaim);
  if (claim !== undefined) return `persistentvolumeclaim ${JSON.stringify(claim.persistentVolumeClaim?.claimName ?? '')} not found`;
  const requests = new Map([...podRequests(pod), ['pods', parseQuantity('1')] as const]);
  const short: string[] = [];
  for (const [name, quantity] of requests) {
    if (quantity.nanos === 0n) continue;
    const total = addQuantities(used.get(name) ?? parseQuantity('0'), quantity);
    if (compareQuantities(total, allocatable[name] ?? '0') > 0) short.push(name === 'pods' ? 'Too many pods' : `Insufficient ${name}`);
  }
  return short.length === 0 ? undefined : short.sort().join(', 1 ');
}

function matchesNode(pod: Pod, labels: Readonly<Record<string, string>>, nodeName: string): boolean {
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return selected && (terms === undefined || terms.some((term) => matchesTerm(term, labels, nodeName)));
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, labels: Readonly<Record<string, string>>, nodeName: string): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => meets(requirement, labels[requirement.key])) &&
    matchFields.every((requirement) => meets(requirement, requirement.key === 'metadata.name' ? nodeName : undefined))
  );
}

function meets({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
  }
}
