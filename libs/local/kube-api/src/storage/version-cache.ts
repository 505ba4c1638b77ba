import type { StoredVersion } from './change.ts';

/** The bodies written last: watchers and read-after-write find them here instead of in the database. */
export class VersionCache {
  private readonly versions = new Map<number, StoredVersion>();
  private bytes = 0;
  private readonly maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get(revision: number): StoredVersion | undefined {
    return this.versions.get(revision);
  }

  set(version: StoredVersion): void {
    this.versions.set(version.revision, version);
    this.bytes += version.body.length;
    for (const [revision, oldest] of this.versions) {
      if (this.bytes <= this.maxBytes) return;
      this.versions.delete(revision);
      this.bytes -= oldest.body.length;
    }
  }
}
