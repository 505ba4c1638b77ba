// Writes one pod's status: the latest wins, one write at a time, until it is there or the pod is gone.
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { backoffMs, type Clock } from '@prow/base-time';
import type { KubeClient } from '@prow/clients-kube';
import type { PodStatus } from '@prow/model-kube-types';
import { isDeepStrictEqual } from 'node:util';
import { podType } from '../kubelet/resource-types.ts';

export interface StatusWriterOptions {
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  namespace: string;
  name: string;
  uid: string;
}

export class StatusWriter {
  private readonly options: StatusWriterOptions;
  private wanted: PodStatus | undefined;
  private present: PodStatus | undefined;
  private writing: Promise<void> | undefined;
  private closed = false;

  /** `present`: the status as the API has it. */
  constructor(options: StatusWriterOptions, present: PodStatus | undefined) {
    this.options = options;
    this.present = present;
  }

  /** Asks for a status to be written; urgent ones now, others after a moment in which better ones may come. */
  write(status: PodStatus, urgent: boolean): void {
    this.wanted = status;
    if (this.writing !== undefined || this.closed || isDeepStrictEqual(status, this.present)) return;
    this.writing = this.run(urgent).finally(() => {
      this.writing = undefined;
      if (this.wanted !== undefined && !isDeepStrictEqual(this.wanted, this.present) && !this.closed) this.write(this.wanted, true);
    });
  }

  /** Resolves when the last status asked for is written (true), or cannot be: the pod is gone (false). */
  async flush(): Promise<boolean> {
    while (this.writing !== undefined) await this.writing;
    return !this.closed;
  }

  close(): void {
    this.closed = true;
  }

  private async run(urgent: boolean): Promise<void> {
    const { kube, clock, log, namespace, name, uid } = this.options;
    if (!urgent && !isOver(this.wanted)) {
      for (let waitedMs = 0; waitedMs < 30 && !isOver(this.wanted) && !this.closed; waitedMs += 10) await clock.sleep(10);
    }
    for (let attempt = 0; !this.closed; attempt += 1) {
      const status = this.wanted;
      if (status === undefined || isDeepStrictEqual(status, this.present)) return;
      try {
        await kube.resource(podType, namespace).patch(name, { type: 'merge', body: { metadata: { uid }, status } }, { subresource: 'status' });
        this.present = status;
        return;
      } catch (error) {
        const { reason } = error as { reason?: string };
        // Another pod may have taken the name: its uid differs.
        if (reason === 'NotFound' || (reason === 'Conflict' && attempt >= 3) || reason === 'Invalid') {
          if (reason !== 'NotFound') log.warn('Pod status refused', { namespace, pod: name, error: messageOf(error) });
          this.closed = true;
          return;
        }
        await clock.sleep(backoffMs(attempt, { baseMs: 50, maxMs: 5000 }));
      }
    }
  }
}

function isOver(status: PodStatus | undefined): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
