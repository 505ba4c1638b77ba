// Whether a pod fits a node, in the scheduler's words. Pure. upstream: pkg/scheduler/framework/plugins
import { addQuantities, compareQuantities, parseQuantity, type NodeSelectorRequirement, type NodeSelectorTerm, type Pod, type Quantity, type ResourceList, type Taint, type Toleration } from '@prow/model-kube-types';
import { podRequests } from '../pod/resources.ts';

export interface FitRequest {
  pod: Pod;
  /** What the pods already there request, `pods` included. */
  used: ReadonlyMap<string, Quantity>;
  allocatable: ResourceList;
  labels: Readonly<Record<string, string>>;
  nodeName: string;
  /** Whether it takes no new pods now (`kubectl cordon`). */
  cordoned: boolean;
  taints: readonly Taint[];
}

/** Undefined when it fits, else why not: `Insufficient cpu`. */
export function misfit({ pod, used, allocatable, labels, nodeName, cordoned, taints }: FitRequest): string | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  if (cordoned && !isTolerated(cordonTaint, tolerations)) return 'node(s) were unschedulable';
  const taint = taints.find((one) => (one.effect === 'NoSchedule' || one.effect === 'NoExecute') && !isTolerated(one, tolerations));
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
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

/** What a cordon is to a pod's tolerations. */
const cordonTaint: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(({ key = '', operator = 'Equal', value = '', effect }) => {
    if ((effect ?? '') !== '' && effect !== taint.effect) return false;
    if (key !== '' && key !== taint.key) return false;
    return operator === 'Exists' || value === (taint.value ?? '');
  });
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
