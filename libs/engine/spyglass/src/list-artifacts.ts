import type { ArtifactEntry, ArtifactPage } from '@prow/model-deck-api';
import { logChunkPrefix } from '@prow/model-artifact-layout';
import type { RunStorage } from './bucket-gate.ts';

/**
 * One page of a run's files, in name order: one level of `within` ('' or a folder that ends in `/`), or everything
 * below it (`isDeep`). Log chunks are no artifacts and are left out.
 */
export async function listArtifacts(run: RunStorage, { within = '', after, limit, isDeep = false }: { within?: string; after?: string; limit: number; isDeep?: boolean }): Promise<ArtifactPage> {
  const entries: ArtifactEntry[] = [];
  const base = run.folder + within;
  const chunkSuffix = logChunkPrefix('build-log.txt');
  for await (const entry of run.storage.list(base, { ...(isDeep ? {} : { delimiter: '/' }), ...(after === undefined ? {} : { after: run.folder + after }) })) {
    const path = entry.path.slice(run.folder.length);
    if (path.includes(chunkSuffix)) continue;
    if (entries.length === limit) return { entries, next: entries.at(-1)?.path ?? '' };
    entries.push(entry.kind === 'folder' ? { kind: 'folder', path } : { kind: 'object', path, sizeBytes: entry.size });
  }
  return { entries };
}
