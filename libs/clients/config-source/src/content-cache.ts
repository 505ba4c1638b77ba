// What files' contents were read as, kept on disk by digest for the next process, and which sets of files had no
// errors. A cache that is missing, broken or not ours is no cache.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ConfigPaths } from './api.ts';
import type { ReadContent } from './file-reader.ts';

/** Counts up whenever the meaning of what is kept changes. */
const format = 1;
const maxCacheBytes = 512 * 1024 * 1024;

interface CacheFile {
  readonly format: number;
  readonly verified: string[];
  readonly contents: [string, ReadContent][];
}

export class ContentCache {
  readonly contents: Map<string, ReadContent>;
  private readonly path: string | undefined;
  private readonly verified: Set<string>;

  constructor(dir: string | undefined, paths: ConfigPaths) {
    this.path = dir === undefined ? undefined : join(dir, `config-${keyOf(paths)}.json`);
    const stored = this.path === undefined ? undefined : readCache(this.path);
    this.contents = new Map(stored?.contents);
    this.verified = new Set(stored?.verified);
  }

  /** Whether this very set of files was found to have no errors. */
  isVerified(version: string): boolean {
    return this.verified.has(version);
  }

  write(contents: ReadonlyMap<string, ReadContent>, verifiedVersion: string | undefined): void {
    if (this.path === undefined) return;
    const file: CacheFile = { format, verified: verifiedVersion === undefined ? [] : [verifiedVersion], contents: [...contents] };
    const temporary = `${this.path}.${process.pid}`;
    try {
      mkdirSync(join(this.path, '..'), { recursive: true, mode: 0o700 });
      writeFileSync(temporary, JSON.stringify(file), { mode: 0o600 });
      renameSync(temporary, this.path);
      if (verifiedVersion !== undefined) this.verified.add(verifiedVersion);
    } catch {
      // A read-only or full disk only costs the next process its head start.
      rmSync(temporary, { force: true });
    }
  }
}

// One file a set of paths and a program: another version may read the same text differently.
function keyOf(paths: ConfigPaths): string {
  const all = [paths.configPath, ...(paths.jobConfigPaths ?? []), paths.pluginConfig ?? '', ...(paths.supplementalProwConfigDirs ?? []), ...(paths.supplementalPluginConfigDirs ?? [])];
  return createHash('sha256').update(JSON.stringify([format, programStamp(), all.map((path) => resolve(path))])).digest('hex').slice(0, 24);
}

function programStamp(): string {
  try {
    const { size, mtimeMs } = statSync(new URL(import.meta.url));
    return `${import.meta.url} ${size} ${mtimeMs}`;
  } catch {
    return import.meta.url;
  }
}

function readCache(path: string): CacheFile | undefined {
  try {
    const stats = statSync(path);
    // What another user could have written is not believed.
    if (stats.size > maxCacheBytes || (process.getuid !== undefined && stats.uid !== process.getuid())) return undefined;
    const parsed = JSON.parse(readFileSync(path, 'utf8')) as CacheFile;
    return parsed.format === format && Array.isArray(parsed.contents) && Array.isArray(parsed.verified) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
