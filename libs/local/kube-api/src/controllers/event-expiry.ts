// Events are kept for an hour after they last happened. upstream: kube-apiserver's --event-ttl
import type { Timer } from '@prow/base-time';
import { tryParseTime } from '@prow/model-kube-types';
import { fromStoredText } from '../api-object.ts';
import type { Core } from '../core.ts';
import { StatusError } from '../status-error.ts';
import { deleteObject } from '../verbs/delete-object.ts';

const keptMs = 3_600_000;
const everyMs = 300_000;

export class EventExpiry {
  private readonly core: Core;
  private timer: Timer | undefined;
  private isStopped = false;

  constructor(core: Core) {
    this.core = core;
  }

  start(): void {
    this.timer = this.core.clock.after(everyMs, () => {
      this.sweep()
        .catch((error: unknown) => this.core.log.warn('old events could not be deleted', { error }))
        .finally(() => {
          if (!this.isStopped) this.start();
        });
    });
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private async sweep(): Promise<void> {
    const { registry, store, clock } = this.core;
    const resource = registry.find('', 'v1', 'events');
    if (resource === undefined) return;
    for (const key of store.collection('events').keys()) {
      const version = store.get('events', key);
      if (version === undefined || this.isStopped) continue;
      const event = fromStoredText(version.body, { apiVersion: 'v1', kind: 'Event' });
      const times = [event.metadata.creationTimestamp, event['lastTimestamp'], event['eventTime']].map((one) => (typeof one === 'string' ? (tryParseTime(one) ?? 0) : 0));
      if (clock.now() - Math.max(...times) < keptMs) continue;
      const slash = key.indexOf('/');
      await deleteObject(this.core, { resource, namespace: key.slice(0, slash), name: key.slice(slash + 1) }, { dryRun: false }).catch((error: unknown) => {
        if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error;
      });
    }
  }
}
