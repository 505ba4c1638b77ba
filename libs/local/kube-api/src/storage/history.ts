// The window of recent changes, of all resources by revision and of each resource alone: what watches are served from
// and what a list "as of" an earlier revision is reckoned from.
import type { Change } from './change.ts';

/** A queue that is read by index and shortened from the front. */
export class ChangeLog {
  private items: Change[] = [];
  private head = 0;
  /** The last change that is no longer here: whoever is behind it cannot catch up. */
  droppedRevision: number;

  constructor(droppedRevision: number) {
    this.droppedRevision = droppedRevision;
  }

  push(change: Change): void {
    this.items.push(change);
  }

  shift(): Change | undefined {
    const item = this.items[this.head];
    if (item === undefined) return undefined;
    this.head += 1;
    this.droppedRevision = item.revision;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  get length(): number {
    return this.items.length - this.head;
  }

  first(): Change | undefined {
    return this.items[this.head];
  }

  /** Changes with a revision above this one, oldest first. */
  *after(revision: number): Generator<Change> {
    // By revision, not by position: the front may be compacted away while a consumer pauses.
    let last = revision;
    for (let index = this.indexAfter(last); ; index = this.indexAfter(last)) {
      const change = this.items[index];
      if (change === undefined) return;
      last = change.revision;
      yield change;
    }
  }

  private indexAfter(revision: number): number {
    let low = this.head;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.items[middle] as Change).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Dropped at least with one commit. */
const pieceChanges = 128;

export interface HistoryLimits {
  maxChanges: number;
  maxBytes: number;
}

/** What a move of the window takes out of the database. */
export interface Compaction {
  /** Changes up to here are gone. */
  revision: number;
  /** The stored versions nobody can ask for any more. */
  versions: number[];
}

export class History {
  /** Changes up to and including this revision are gone. */
  compactedRevision: number;
  private readonly all: ChangeLog;
  private readonly startedAt: number;
  private readonly byResource = new Map<string, ChangeLog>();
  private bytes = 0;
  private isCompacting = false;
  private readonly limits: HistoryLimits;

  constructor(compactedRevision: number, limits: HistoryLimits) {
    this.compactedRevision = compactedRevision;
    this.limits = limits;
    this.startedAt = compactedRevision;
    this.all = new ChangeLog(compactedRevision);
  }

  push(change: Change): void {
    this.all.push(change);
    this.of(change.resource).push(change);
    this.bytes += change.sizeBytes;
  }

  of(resource: string): ChangeLog {
    let log = this.byResource.get(resource);
    if (log === undefined) this.byResource.set(resource, (log = new ChangeLog(this.startedAt)));
    return log;
  }

  /**
   * Drops the oldest changes beyond the limits; undefined while they are kept. Begun, it goes on until an eighth is
   * free, so that it is no part of every write, but a piece at a time: one commit must not carry all of it.
   * @param written how many changes the commit adds
   */
  compact(written: number): Compaction | undefined {
    if (this.all.length > this.limits.maxChanges || this.bytes > this.limits.maxBytes) this.isCompacting = true;
    if (!this.isCompacting) return undefined;
    const versions: number[] = [];
    for (let left = pieceChanges + 2 * written; left > 0; left -= 1) {
      this.isCompacting = this.all.length > this.limits.maxChanges * 0.875 || this.bytes > this.limits.maxBytes * 0.875;
      if (!this.isCompacting) break;
      const change = this.all.shift();
      if (change === undefined) break;
      this.of(change.resource).shift();
      this.bytes -= change.sizeBytes;
      if (change.previousRevision > 0) versions.push(change.previousRevision);
      if (change.type === 'DELETED') versions.push(change.revision);
      this.compactedRevision = change.revision;
    }
    return { revision: this.compactedRevision, versions };
  }
}
