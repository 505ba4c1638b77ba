// Binds pods to this one node while it has room for what they request. upstream: pkg/scheduler
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';
import type { Informer, KubeClient } from '@prow/clients-kube';
import { formatTime, parseQuantity, addQuantities, type Node, type Pod, type PodCondition, type Quantity, type ResourceList } from '@prow/model-kube-types';
import { LRUCache } from 'lru-cache';
import { podRequests } from '../pod/resources.ts';
import type { EventRecorder } from './event-recorder.ts';
import { Gate } from './gate.ts';
import { misfit } from './node-fit.ts';
import { podType } from './resource-types.ts';

export interface SchedulerOptions {
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
  /** All pods of the cluster. */
  pods: Informer<Pod>;
  nodeName: string;
  /** Its object as last seen: labels, taints and `unschedulable` are whatever people make them. */
  node: () => Node | undefined;
  allocatable: ResourceList;
  /** Called with a bound pod, before the watch tells of it. */
  onBound: (pod: Pod) => void;
}

const retryMs = 1000;
const bindingsAtOnce = 8;

export class Scheduler {
  private readonly options: SchedulerOptions;
  private readonly gate = new Gate(bindingsAtOnce);
  /** Bound (or being bound) by us, and perhaps not yet seen as such. */
  private readonly assumed = new Map<string, Pod>();
  private readonly binding = new Set<string>();
  /** Why pods do not fit, as last written: the watch is behind. */
  private readonly told = new LRUCache<string, string>({ max: 10_000 });
  private pending: Timer | undefined;
  private stopped = false;

  constructor(options: SchedulerOptions) {
    this.options = options;
  }

  /** Something changed: new pods, or room. */
  wake(delayMs = 0): void {
    if (this.stopped || (this.pending !== undefined && delayMs > 0)) return;
    this.pending?.cancel();
    this.pending = this.options.clock.after(delayMs, () => {
      this.pending = undefined;
      this.pass();
    });
  }

  stop(): void {
    this.stopped = true;
    this.pending?.cancel();
  }

  private pass(): void {
    const waiting: Pod[] = [];
    const bound = new Map<string, Pod>(this.assumed);
    for (const pod of this.options.pods.list()) {
      const uid = pod.metadata.uid ?? '';
      if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== '') this.assumed.delete(uid);
      if (pod.spec.nodeName === this.options.nodeName) {
        if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') bound.set(uid, pod);
        else bound.delete(uid);
      } else if (isWaiting(pod) && !this.assumed.has(uid) && !this.binding.has(uid)) waiting.push(pod);
    }
    if (waiting.length === 0) return;
    const used = new Map<string, Quantity>();
    for (const pod of bound.values()) addRequests(used, pod);
    waiting.sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || compareTexts(a.metadata.creationTimestamp, b.metadata.creationTimestamp));
    const { allocatable, nodeName } = this.options;
    const node = this.options.node();
    // Removed for a moment: the next heartbeat registers it again.
    if (node === undefined) return;
    const { unschedulable: cordoned = false, taints = [] } = node.spec ?? {};
    const labels = node.metadata.labels ?? {};
    for (const pod of waiting) {
      const reason = misfit({ pod, used, allocatable, labels, nodeName, cordoned, taints });
      if (reason === undefined) {
        addRequests(used, pod);
        void this.bind(pod);
      } else void this.tellUnschedulable(pod, reason);
    }
  }

  private async bind(pod: Pod): Promise<void> {
    const { kube, nodeName, onBound, events, log } = this.options;
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    this.assumed.set(uid, pod);
    try {
      await this.gate.pass(() =>
        kube.resource(podType, namespace).createSubresource(name, 'binding', {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name, namespace, uid },
          target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
        }),
      );
    } catch (error) {
      this.assumed.delete(uid);
      const { reason } = error as { reason?: string };
      if (reason === 'NotFound') return;
      if (reason !== 'Conflict') log.warn('Pod could not be bound', { namespace, pod: name, error: messageOf(error) });
      this.wake(retryMs);
      return;
    }
    const assigned: Pod = { ...pod, spec: { ...pod.spec, nodeName } };
    events.record({ pod: assigned, type: 'Normal', reason: 'Scheduled', message: `Successfully assigned ${namespace}/${name} to ${nodeName}`, component: 'default-scheduler' });
    // The watch may have told already, and more: that it is gone, even.
    const known = this.options.pods.get(namespace, name);
    if (!this.stopped && known?.metadata.uid === uid) onBound(known.spec.nodeName === nodeName ? known : assigned);
  }

  private async tellUnschedulable(pod: Pod, reason: string): Promise<void> {
    const { kube, clock, events, log } = this.options;
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const message = `0/1 nodes are available: 1 ${reason}.`;
    const present = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if ((present?.status === 'False' && present.message === message) || this.told.get(uid) === message) return;
    this.binding.add(uid);
    this.told.set(uid, message);
    const condition: PodCondition = { type: 'PodScheduled', status: 'False', lastProbeTime: null, lastTransitionTime: formatTime(clock.now()), reason: 'Unschedulable', message };
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
    events.record({ pod, type: 'Warning', reason: 'FailedScheduling', message, component: 'default-scheduler' });
    try {
      await kube.resource(podType, namespace).patch(name, { type: 'merge', body: { metadata: { uid }, status: { conditions: [...others, condition] } } }, { subresource: 'status' });
    } catch (error) {
      this.told.delete(uid);
      log.debug('Pod status not written', { namespace, pod: name, error: messageOf(error) });
      this.wake(retryMs);
    } finally {
      this.binding.delete(uid);
    }
    // Room may have come meanwhile.
    this.wake();
  }
}

function isWaiting(pod: Pod): boolean {
  const { schedulerName, schedulingGates, nodeName } = pod.spec;
  const ours = schedulerName === undefined || schedulerName === '' || schedulerName === 'default-scheduler';
  return ours && !nodeName && (schedulingGates ?? []).length === 0 && pod.metadata.deletionTimestamp === undefined && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded';
}

function addRequests(used: Map<string, Quantity>, pod: Pod): void {
  for (const [name, quantity] of [...podRequests(pod), ['pods', parseQuantity('1')] as const]) {
    used.set(name, addQuantities(used.get(name) ?? parseQuantity('0'), quantity));
  }
}

function compareTexts(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

