// One webhook delivery, from its arrival to what became of it.
import type { GitHubEvent } from '@prow/model-github-events';

/** How a delivery came here: GitHub's own call, found again among GitHub's deliveries, seen by polling. */
export type DeliverySource = 'webhook' | 'recovery' | 'poll';

/** What arrives. Everything but the body is small. */
export interface NewDelivery {
  /** X-GitHub-Delivery: the same for every attempt of GitHub to deliver it. */
  readonly guid: string;
  /** X-GitHub-Event. */
  readonly eventType: string;
  /** Headers as they came, for those the body is passed on to. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly source: DeliverySource;
  readonly action?: string | undefined;
  /** `org/repo`. */
  readonly repository?: string | undefined;
  /** Of the issue or pull request. */
  readonly number?: number | undefined;
  readonly sender?: string | undefined;
  /** Deliveries with the same key are handled in the order of their arrival. */
  readonly orderingKey: string;
  /** What the body says, where it has been read already; not kept. */
  readonly event?: GitHubEvent;
}

/**
 * - pending: some handler has not finished yet
 * - done: all have
 * - failed: at least one was given up; kept for replay
 * - ignored: nobody wanted it
 */
export type DeliveryState = 'pending' | 'done' | 'failed' | 'ignored';

export interface Decision {
  readonly reason: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface EffectRecord {
  readonly operation: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly url?: string;
}

export interface HandlerRecord {
  state: 'waiting' | 'done' | 'failed';
  /** Runs begun, this process and earlier ones. */
  attempts: number;
  /** Unix milliseconds. */
  startedAt?: number;
  finishedAt?: number;
  /** When it is tried again. */
  nextAttemptAt?: number;
  /** Of the last run that failed. */
  error?: string;
  decisions: Decision[];
  effects: EffectRecord[];
  /** What the handler wrote down for a run that may follow. */
  notes?: string[];
}

/** What is kept of a delivery besides its body. JSON. */
export interface DeliveryRecord {
  /** Place in the order of arrival; fixed width, so that text order is order. */
  readonly sequence: string;
  readonly guid: string;
  readonly eventType: string;
  action?: string;
  repository?: string;
  number?: number;
  sender?: string;
  readonly source: DeliverySource;
  readonly orderingKey: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  readonly bodyBytes: number;
  /** Where the body is; absent in records of earlier versions. */
  body?: { readonly file: number; readonly offset: number; readonly bytes: number };
  state: DeliveryState;
  /** Why nobody wanted it, or why nobody could read it. */
  note?: string;
  handlers: Record<string, HandlerRecord>;
  replays?: { at: number; by: string }[];
}

/** A delivery as its handlers see it. */
export interface Delivery {
  readonly record: Readonly<DeliveryRecord>;
  readonly body: () => Buffer;
  /** What the body says. Read from disk again when it was not asked for lately. Throws SyntaxError and what `parseEvent` throws. */
  readonly event: () => GitHubEvent;
}

/** Who handles deliveries. */
export interface DeliveryHandlers {
  /**
   * Names of those who want it; a `note` says why there are none. Throwing counts as: unreadable, given up.
   * Synchronous, for the order of arrival is the order of handling.
   */
  plan(delivery: Delivery): { handlers: readonly string[]; note?: string };
  /** Rejecting with a transient error: tried again later; with one that has `retryAfterMs`: run again then, no failure; with another: given up. */
  handle(delivery: Delivery, run: HandlerRun): Promise<void>;
}

export interface HandlerRun {
  readonly handler: string;
  /** 0 the first time; more when an earlier run failed or may have been cut short. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly decide: (decision: Decision) => void;
  readonly effect: (effect: EffectRecord) => void;
  /** What earlier runs on this delivery have noted. */
  readonly notes: ReadonlySet<string>;
  /** Resolves when the note is on disk: for what a later run could not see any more. */
  readonly note: (text: string) => Promise<void>;
}
