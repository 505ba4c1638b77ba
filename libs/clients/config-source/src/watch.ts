// Tells when files below some folders may have changed: by the file system's word, and by looking now and then, for
// the word does not come from every file system.
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { Clock, Timer } from '@prow/base-time';

const settleMs = 100;
const lookAgainMs = 10_000;
const maxWatchedFolders = 4000;

export class FolderWatcher {
  private readonly clock: Clock;
  private readonly onChange: () => void;
  private readonly watchers = new Map<string, FSWatcher>();
  private settle: Timer | undefined;
  private again: Timer | undefined;
  private closed = false;

  constructor(clock: Clock, onChange: () => void) {
    this.clock = clock;
    this.onChange = onChange;
    this.lookAgain();
  }

  /** Watches these folders and no others. */
  follow(folders: readonly string[]): void {
    if (this.closed) return;
    const wanted = new Set(folders.slice(0, maxWatchedFolders));
    for (const [folder, watcher] of this.watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.watchers.has(folder)) this.add(folder);
  }

  close(): void {
    this.closed = true;
    this.settle?.cancel();
    this.again?.cancel();
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  private add(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.soon());
      watcher.on('error', () => {
        watcher.close();
        this.watchers.delete(folder);
        this.soon();
      });
      this.watchers.set(folder, watcher);
    } catch {
      // Gone again, or too many watches: the regular look finds what changes.
    }
  }

  // Several changes that come together are one.
  private soon(): void {
    if (this.closed || this.settle !== undefined) return;
    this.settle = this.clock.after(settleMs, () => {
      this.settle = undefined;
      if (!this.closed) this.onChange();
    });
  }

  private lookAgain(): void {
    this.again = this.clock.after(lookAgainMs, () => {
      if (this.closed) return;
      this.onChange();
      this.lookAgain();
    });
  }
}
