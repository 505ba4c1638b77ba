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

const maxTexts = 10_000;

/** What is known of all deliveries, in memory: a few hundred bytes each. */
export class InboxIndex {
  readonly #summaries = new Map<string, DeliverySummary>();
  /** The same few texts come again and again: one copy of each is kept. */
  readonly #texts = new Map<string, string>();

  get size(): number {
    return this.#summaries.size;
  }

  set(record: DeliveryRecord): void {
    const known = this.#summaries.get(record.sequence);
    if (known !== undefined) {
      known.state = record.state;
      return;
    }
    const { sequence, guid, number, source, receivedAt, bodyBytes, state } = record;
    const [eventType, action, repository, sender] = [this.#once(record.eventType) ?? '', this.#once(record.action), this.#once(record.repository), this.#once(record.sender)];
    this.#summaries.set(sequence, { sequence, guid, eventType, action, repository, number, sender, source, receivedAt, bodyBytes, state });
  }

  #once(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const kept = this.#texts.get(text);
    if (kept !== undefined) return kept;
    if (this.#texts.size >= maxTexts) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  delete(sequence: string): void {
    this.#summaries.delete(sequence);
  }

  list(query: DeliveryQuery, accept: (summary: DeliverySummary) => boolean = () => true): DeliverySummary[] {
    const limit = Math.min(Math.max(1, query.limit ?? 50), 500);
    const fits = matcherOf(query);
    const found: DeliverySummary[] = [];
    // Insertion order is order of arrival.
    for (const summary of [...this.#summaries.values()].reverse()) {
      if (found.length >= limit) break;
      if (fits(summary) && accept(summary)) found.push(summary);
    }
    return found;
  }

  /** How many a query finds, by state; its limit does not count. */
  counts(query: DeliveryQuery, accept: (summary: DeliverySummary) => boolean = () => true): Record<DeliveryState, number> {
    const counts = { pending: 0, done: 0, failed: 0, ignored: 0 };
    const fits = matcherOf(query);
    for (const summary of this.#summaries.values()) if (fits(summary) && accept(summary)) counts[summary.state] += 1;
    return counts;
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

function matcherOf(query: DeliveryQuery): (summary: DeliverySummary) => boolean {
  const repository = query.repository?.toLowerCase();
  return (summary) => {
    if (query.before !== undefined && summary.sequence >= query.before) return false;
    if (query.number !== undefined && summary.number !== query.number) return false;
    if (query.guid !== undefined && summary.guid !== query.guid) return false;
    if (query.state !== undefined && summary.state !== query.state) return false;
    if (query.eventType !== undefined && summary.eventType !== query.eventType) return false;
    if (repository === undefined) return true;
    const of = summary.repository?.toLowerCase() ?? '';
    return of === repository || of.startsWith(`${repository}/`);
  };
}
