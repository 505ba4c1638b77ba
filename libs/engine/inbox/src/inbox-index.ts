import type { DeliveryRecord, DeliveryState } from './types.ts';

export type DeliverySummary = Pick<
  DeliveryRecord,
  'sequence' | 'guid' | 'eventType' | 'action' | 'repository' | 'number' | 'sender' | 'source' | 'receivedAt' | 'bodyBytes' | 'state'
>;

export interface DeliveryQuery {
  /** `org/repo` or `org`, case ignored. */
  readonly repository?: string;
  readonly number?: number;
  readonly guid?: string;
  readonly state?: DeliveryState;
  readonly eventType?: string;
  /** Older than this sequence: for the next page. */
  readonly before?: string;
  /** Default 50, at most 500. */
  readonly limit?: number;
}

/** What is known of all deliveries, in memory: a few hundred bytes each. */
export class InboxIndex {
  readonly #summaries = new Map<string, DeliverySummary>();

  get size(): number {
    return this.#summaries.size;
  }

  set(record: DeliveryRecord): void {
    const { sequence, guid, eventType, action, repository, number, sender, source, receivedAt, bodyBytes, state } = record;
    this.#summaries.set(sequence, { sequence, guid, eventType, action, repository, number, sender, source, receivedAt, bodyBytes, state });
  }

  delete(sequence: string): void {
    this.#summaries.delete(sequence);
  }

  list(query: DeliveryQuery): DeliverySummary[] {
    const limit = Math.min(Math.max(1, query.limit ?? 50), 500);
    const repository = query.repository?.toLowerCase();
    const found: DeliverySummary[] = [];
    // Insertion order is order of arrival.
    for (const summary of [...this.#summaries.values()].reverse()) {
      if (found.length >= limit) break;
      const of = summary.repository?.toLowerCase() ?? '';
      if (query.before !== undefined && summary.sequence >= query.before) continue;
      if (repository !== undefined && of !== repository && !of.startsWith(`${repository}/`)) continue;
      if (query.number !== undefined && summary.number !== query.number) continue;
      if (query.guid !== undefined && summary.guid !== query.guid) continue;
      if (query.state !== undefined && summary.state !== query.state) continue;
      if (query.eventType !== undefined && summary.eventType !== query.eventType) continue;
      found.push(summary);
    }
    return found;
  }

  /** Finished ones, oldest first, until what remains fits. */
  overdue({ before, maxDeliveries, maxBodyBytes }: { before: number; maxDeliveries: number; maxBodyBytes: number }): DeliverySummary[] {
    let count = this.#summaries.size;
    let bytes = 0;
    for (const { bodyBytes } of this.#summaries.values()) bytes += bodyBytes;
    const doomed: DeliverySummary[] = [];
    for (const summary of this.#summaries.values()) {
      if (summary.receivedAt >= before && count <= maxDeliveries && bytes <= maxBodyBytes) break;
      if (summary.state === 'pending') continue;
      doomed.push(summary);
      count -= 1;
      bytes -= summary.bodyBytes;
    }
    return doomed;
  }
}
