import type { GitHubEvent } from '@prow/model-github-events';

const maxEvents = 256;
const maxBytes = 16 * 1024 * 1024;

/** Events as they were read from their bodies, for the few deliveries that are at work: the rest stays on disk. */
export class EventCache {
  /** Insertion order is the order of last use. */
  readonly #events = new Map<string, { event: GitHubEvent; bytes: number }>();
  #bytes = 0;

  /** @param bytes of the body: about what the event takes */
  set(sequence: string, event: GitHubEvent, bytes: number): void {
    this.delete(sequence);
    this.#events.set(sequence, { event, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#events.keys()) {
      if (this.#events.size <= maxEvents && this.#bytes <= maxBytes) return;
      this.delete(oldest);
    }
  }

  get(sequence: string): GitHubEvent | undefined {
    const found = this.#events.get(sequence);
    if (found === undefined) return undefined;
    this.#events.delete(sequence);
    this.#events.set(sequence, found);
    return found.event;
  }

  delete(sequence: string): void {
    const found = this.#events.get(sequence);
    if (found === undefined) return;
    this.#bytes -= found.bytes;
    this.#events.delete(sequence);
  }
}
