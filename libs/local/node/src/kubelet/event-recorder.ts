// Events about pods, as the kubelet and the scheduler write them. They inform people and decide nothing, so a full
// queue drops them and no failure of one stops anything. upstream: client-go/tools/record
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { KubeClient } from '@prow/clients-kube';
import { formatTime, type Event, type Pod } from '@prow/model-kube-types';
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { eventType } from './resource-types.ts';

export interface PodEvent {
  pod: Pod;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** `spec.containers{name}`. */
  fieldPath?: string;
  /** Default kubelet. */
  component?: string;
}

export interface EventRecorderOptions {
  kube: KubeClient;
  nodeName: string;
  clock: Clock;
  log: Logger;
}

const maxQueued = 5000;
const maxMessageLength = 1024;

export class EventRecorder {
  private readonly options: EventRecorderOptions;
  /** Written events by what they say: saying it again counts up. */
  private readonly written = new LRUCache<string, { name: string; count: number }>({ max: 4096, ttl: 600_000 });
  private readonly queue: PodEvent[] = [];
  private draining: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.options = options;
  }

  record(event: PodEvent): void {
    if (this.queue.length >= maxQueued) return;
    this.queue.push(event);
    this.draining ??= this.drain().finally(() => {
      this.draining = undefined;
    });
  }

  /** Resolves when everything recorded so far is written, or after the time: what is left is dropped. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.draining === undefined) return;
    const timer = this.options.clock.after(timeoutMs, () => {
      this.queue.length = 0;
    });
    await this.draining;
    timer.cancel();
  }

  private async drain(): Promise<void> {
    // Lets the pod's own writes go first.
    await this.options.clock.sleep(20);
    for (let event = this.queue.shift(); event !== undefined; event = this.queue.shift()) {
      await this.write(event).catch((error: unknown) => this.options.log.debug('Event not written', { error: messageOf(error) }));
    }
  }

  private async write({ pod, type, reason, message, fieldPath, component = 'kubelet' }: PodEvent): Promise<void> {
    const { kube, nodeName, clock } = this.options;
    const { namespace = 'default', name = '', uid = '', resourceVersion } = pod.metadata;
    const events = kube.resource(eventType, namespace);
    const text = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength - 3)}...` : message;
    const key = JSON.stringify([uid, type, reason, text, fieldPath, component]);
    const now = formatTime(clock.now());
    const known = this.written.get(key);
    if (known !== undefined) {
      known.count += 1;
      await events.patch(known.name, { type: 'merge', body: { count: known.count, lastTimestamp: now } });
      return;
    }
    const eventName = `${name.slice(0, 230)}.${randomBytes(8).toString('hex')}`;
    this.written.set(key, { name: eventName, count: 1 });
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      involvedObject: {
        apiVersion: 'v1', kind: 'Pod', namespace, name, uid,
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...(fieldPath === undefined ? {} : { fieldPath }),
      },
      reason,
      message: text,
      source: component === 'kubelet' ? { component, host: nodeName } : { component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: component === 'kubelet' ? nodeName : '',
    };
    await events.create(event);
  }
}
