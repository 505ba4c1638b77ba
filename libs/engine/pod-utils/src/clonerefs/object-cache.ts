// Git objects shared by the pods of a node, in a folder they all mount: a bare repository for each address. A clone first
// updates the cache from the network, then takes its objects from there by path.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Refs } from '@prow/model-prowjob';
import { makeFolder } from './credentials.ts';
import type { CloneSettings } from './clone-repository.ts';
import { Git } from './git.ts';

/**
 * Best effort: if anything fails, the clone fetches everything itself. Safe for any number of pods at once: objects are
 * only ever added (nothing is pruned or repacked here), each want has a ref of its own, named after what it points to.
 */
export async function fillFromCache(refs: Refs, uri: string, git: Git, settings: CloneSettings): Promise<void> {
  const blobless = refs.blobless_fetch === true || (refs.sparse_checkout_files ?? []).length > 0;
  const hashes = [refs.base_sha ?? '', ...(refs.pulls ?? []).map(({ sha }) => sha)].filter((sha) => sha !== '');
  // A partial or shallow clone takes less from the network than a full copy from the cache.
  if (blobless || (refs.clone_depth ?? 0) > 0 || hashes.length === 0) return;
  const folder = join(settings.cacheDirectory, `${createHash('sha256').update(uri).digest('hex').slice(0, 32)}.git`);
  const start = process.hrtime.bigint();
  try {
    makeFolder(folder);
    const cache = new Git({ folder, env: settings.env, secrets: settings.secrets });
    const isNew = (await cache.ask(['rev-parse', '--git-dir'])) === undefined || (await cache.ask(['config', 'core.bare'])) === undefined;
    if (isNew && !(await cache.run({ args: ['init', '--bare', '.'] })).isOk) return;
    const missing: string[] = [];
    for (const hash of hashes) if ((await cache.ask(['cat-file', '-e', `${hash}^{commit}`])) === undefined) missing.push(hash);
    if (missing.length > 0) await cache.run({ args: ['fetch', '--no-auto-gc', '--no-write-fetch-head', '--no-tags', '--', uri, ...missing.map((hash) => `+${hash}:refs/cache/${hash}`)] });
    git.commands.push(...cache.commands);
    const here = (await Promise.all(hashes.map(async (hash) => ((await cache.ask(['cat-file', '-e', `${hash}^{commit}`])) === undefined ? [] : [hash])))).flat();
    if (here.length > 0) await git.run({ args: ['fetch', '--no-tags', '--no-write-fetch-head', '--', folder, ...here.map((hash) => `+${hash}:refs/prow-cache/${hash}`)] });
  } catch (error) {
    git.note(`use cache ${folder}`, { error: String(error), start });
  }
}
