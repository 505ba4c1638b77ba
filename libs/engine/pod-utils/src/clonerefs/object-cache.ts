// Git objects shared by the pods of a node, in a folder they all mount: a bare repository for each address. A clone first
// updates the cache from the network, then takes its objects from there by path. The cache has whole histories, a shallow
// clone takes of them what it wants.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Refs } from '@prow/model-prowjob';
import { makeFolder } from './credentials.ts';
import type { CloneSettings } from './clone-repository.ts';
import type { ObjectSource } from './fetch.ts';
import { Git } from './git.ts';

const fullHash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Best effort: if anything fails, the clone fetches everything itself. Safe for any number of pods at once: objects are
 * only ever added (nothing is pruned or repacked here), each want has a ref of its own, named after what it points to.
 * @returns the cache, if it has all that is wanted: the history before it, too
 */
export async function fillFromCache(refs: Refs, uri: string, git: Git, settings: CloneSettings): Promise<ObjectSource | undefined> {
  const blobless = refs.blobless_fetch === true || (refs.sparse_checkout_files ?? []).length > 0;
  const wants = [refs.base_sha ?? '', ...(refs.pulls ?? []).map(({ sha }) => sha)];
  // A name means something else tomorrow.
  const hashes = wants.filter((sha) => fullHash.test(sha));
  // What a partial clone is fetched from, it asks for files later: a test does not see the cache.
  if (blobless || hashes.length === 0) return undefined;
  const folder = join(settings.cacheDirectory, `${createHash('sha256').update(uri).digest('hex').slice(0, 32)}.git`);
  const start = process.hrtime.bigint();
  try {
    makeFolder(folder);
    const cache = new Git({ folder, env: settings.env, secrets: settings.secrets });
    const isNew = (await cache.ask(['rev-parse', '--git-dir'])) === undefined || (await cache.ask(['config', 'core.bare'])) === undefined;
    if (isNew && !(await cache.run({ args: ['init', '--bare', '.'] })).isOk) return undefined;
    // By its ref, which git writes last: a fetch that was killed may have left objects without what they need.
    const missing: string[] = [];
    for (const hash of hashes) if ((await cache.ask(['rev-parse', '--verify', '--quiet', `refs/cache/${hash}`])) === undefined) missing.push(hash);
    if (missing.length > 0) await cache.run({ args: ['fetch', '--no-auto-gc', '--no-write-fetch-head', '--no-tags', '--', uri, ...missing.map((hash) => `+${hash}:refs/cache/${hash}`)] });
    git.commands.push(...cache.commands);
    const here = (await Promise.all(hashes.map(async (hash) => ((await cache.ask(['rev-parse', '--verify', '--quiet', `refs/cache/${hash}`])) === undefined ? [] : [hash])))).flat();
    const depth = (refs.clone_depth ?? 0) > 0 ? ['--depth', String(refs.clone_depth)] : [];
    const isTaken = here.length > 0 && (await git.run({ args: ['fetch', ...depth, '--no-tags', '--no-write-fetch-head', '--', folder, ...here.map((hash) => `+${hash}:refs/prow-cache/${hash}`)] })).isOk;
    return isTaken && here.length === wants.length ? { uri: folder, wants } : undefined;
  } catch (error) {
    git.note(`use cache ${folder}`, { error: String(error), start });
    return undefined;
  }
}
