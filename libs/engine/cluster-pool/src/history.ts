// The history of every move. A commit carries its own moves, so none is lost with a killed process; from the ConfigMap they
// go to the artifact storage, an object an hour and writer, which nobody else writes.
import type { Logger } from '@prow/base-log';
import { messageOf } from '@prow/base-errors';
import type { Clock, Timer } from '@prow/base-time';
import type { Storage } from '@prow/clients-storage';
import { maxBytes } from './pool-document.ts';
import type { PoolWriter } from './pool-writer.ts';
import { byNumber, HistoryObjects, recordsOf } from './history-objects.ts';
import type { MoveRecord } from './types.ts';

const flushMs = 10_000;
const sweepMs = 3_600_000;
const maxObjectBytes = 256 * 1024;
/** Moves whose writer has not stored them by then are stored by whoever sees them. */
const orphanMs = 60_000;
const dayMs = 24 * 3_600_000;

export interface HistoryOptions {
  writer: PoolWriter;
  /** Undefined: the history is what the ConfigMap has room for. */
  storage: Storage | undefined;
  /** Folder in it. */
  folder: string;
  keptDays: number;
  clock: Clock;
  log: Logger;
}

export class History {
  readonly figures = { flushed: 0, failures: 0 };
  readonly #options: HistoryOptions;
  readonly #objects: HistoryObjects | undefined;
  #current = { hour: '', number: 0, text: '' };
  #timer: Timer | undefined;
  #sweptMs = 0;
  #flushing: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: HistoryOptions) {
    this.#options = options;
    if (options.storage !== undefined) this.#objects = new HistoryObjects(options.storage, options.folder);
  }

  start(): void {
    this.#later();
  }

  /** What is in the ConfigMap stays there: the next start, or another replica, takes it on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#flushing;
  }

  /** More moves have come. */
  onChanged(): void {
    if (this.#objects !== undefined && this.#options.writer.stored.movesBytes > maxBytes.moves / 3) this.#flushNow();
  }

  /** The newest first, at the most `limit`. */
  async ofCluster(cluster: string, limit = 100): Promise<MoveRecord[]> {
    const found = new Map(this.#unstored().filter((record) => record.cluster === cluster).map((record) => [record.id, record]));
    for await (const day of this.#days(0)) {
      for (const record of day) if (record.cluster === cluster) found.set(record.id, record);
      if (found.size >= limit) break;
    }
    return [...found.values()].toSorted(byNumber).toReversed().slice(0, limit);
  }

  /** Moves that are not stored elsewhere yet, newest first. */
  latest(limit: number): MoveRecord[] {
    return this.#unstored().toSorted(byNumber).toReversed().slice(0, limit);
  }

  /** Moves since a moment, oldest first; at the most the newest `limit`. */
  async since(fromMs: number, limit = 50_000): Promise<MoveRecord[]> {
    const from = new Date(fromMs).toISOString();
    const found = new Map(this.#unstored().filter(({ at }) => at >= from).map((record) => [record.id, record]));
    for await (const day of this.#days(fromMs)) {
      for (const record of day) if (record.at >= from) found.set(record.id, record);
      if (found.size >= limit) break;
    }
    return [...found.values()].toSorted(byNumber).slice(-limit);
  }

  /** Stores the moves that are in the ConfigMap, and drops them there. */
  async flush(): Promise<void> {
    const { writer, clock } = this.#options;
    if (this.#objects === undefined) return;
    const now = clock.now();
    const keys = writer.stored.movesKeys().filter((key) => key.endsWith(`.${writer.writer}`) || isOld(writer.stored.textOf(key), now - orphanMs));
    for (let from = 0; from < keys.length; ) {
      const hour = new Date(now).toISOString().slice(0, 13);
      if (this.#current.hour !== hour || this.#current.text.length > maxObjectBytes) this.#current = { hour, number: this.#current.hour === hour ? this.#current.number + 1 : 0, text: '' };
      let { text } = this.#current;
      const taken: string[] = [];
      while (from < keys.length && text.length <= maxObjectBytes) {
        const key = keys[from] ?? '';
        text += `${writer.stored.textOf(key) ?? ''}\n`;
        taken.push(key);
        from += 1;
      }
      await this.#objects.write({ day: hour.slice(0, 10), name: `${hour.slice(11, 13)}-${writer.writer}-${this.#current.number}` }, text);
      this.#current.text = text;
      this.figures.flushed += taken.length;
      writer.drop(taken);
    }
  }

  /** Deletes what is older than is kept. */
  async sweep(): Promise<void> {
    const { clock, keptDays } = this.#options;
    await this.#objects?.deleteBefore(new Date(clock.now() - keptDays * dayMs).toISOString().slice(0, 10));
  }

  #later(): void {
    if (this.#isStopped || this.#objects === undefined) return;
    this.#timer = this.#options.clock.after(flushMs, () => {
      this.#flushNow();
      void this.#flushing?.finally(() => this.#later());
    });
  }

  #flushNow(): void {
    if (this.#flushing !== undefined || this.#isStopped) return;
    this.#flushing = this.#work()
      .catch((error: unknown) => {
        this.figures.failures += 1;
        this.#options.log.warn('the history of the pool could not be stored: trying again', { error: messageOf(error) });
      })
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  async #work(): Promise<void> {
    await this.flush();
    const now = this.#options.clock.now();
    if (now - this.#sweptMs < sweepMs) return;
    this.#sweptMs = now;
    await this.sweep();
  }

  #unstored(): MoveRecord[] {
    const { stored } = this.#options.writer;
    return stored.movesKeys().flatMap((key) => recordsOf(stored.textOf(key) ?? ''));
  }

  async *#days(fromMs: number): AsyncGenerator<MoveRecord[]> {
    const { clock, keptDays } = this.#options;
    if (this.#objects === undefined) return;
    const now = clock.now();
    const oldest = new Date(Math.max(fromMs, now - keptDays * dayMs)).toISOString().slice(0, 10);
    for (const day of await this.#objects.days()) {
      if (day < oldest) return;
      yield await this.#objects.read(day);
    }
  }
}

function isOld(text: string | undefined, beforeMs: number): boolean {
  const [first] = recordsOf((text ?? '').split('\n', 1)[0] ?? '');
  return first === undefined || Date.parse(first.at) < beforeMs;
}

