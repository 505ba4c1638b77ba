// Gets base and pulls with as few fetches as will do: one, and more only if a shallow history lacks a merge base, or to
// learn which of several refs is missing. upstream: two fetches, and one a pull.
import type { Refs } from '@prow/model-prowjob';
import type { Git } from './git.ts';

/** Between tries of a fetch. */
export const fetchPausesMs: readonly number[] = [100, 200, 400, 800, 2000, 5000, 10_000, 15_000, 30_000];
/** How far a shallow history is deepened, step by step, until the merge base is there; then it is fetched whole. */
const deepenSteps = [20, 100, 500, 2500];
const fetchedBase = 'refs/prow-base';

type Pull = NonNullable<Refs['pulls']>[number];

/** Where objects can be had from. */
export interface ObjectSource {
  uri: string;
  wants: readonly string[];
}

/**
 * What to check out as base (a hash), or undefined if a fetch failed.
 * @param near where to look first when a shallow history must be deepened
 */
export async function fetchTogether(refs: Refs, uri: string, git: Git, { near, retryPausesMs = fetchPausesMs }: { near?: ObjectSource | undefined; retryPausesMs?: readonly number[] | undefined } = {}): Promise<string | undefined> {
  const pulls = refs.pulls ?? [];
  const base = baseSource(refs);
  const wants = [base, ...pulls.map((pull) => pullSource(pull))];
  const settings = settingsOf(refs);
  const depth = depthOf(refs);
  const all = await git.run({ args: ['fetch', ...depth, ...settings, '--', uri, ...wants], retryPausesMs: wants.length > 1 ? [] : retryPausesMs });
  if (!all.isOk) {
    if (wants.length === 1) return undefined;
    // One by one, each with retries: the record then shows which ref cannot be had.
    for (const want of wants) if (!(await git.run({ args: ['fetch', ...depth, ...settings, '--', uri, want], retryPausesMs })).isOk) return undefined;
  }
  const hash = await baseHash(refs, git);
  if (hash === undefined) return undefined;
  if (depth.length > 0 && !(await deepenToMergeBases({ base: hash, depth: refs.clone_depth ?? 0, pulls, sources: [...(near === undefined ? [] : [near]), { uri, wants }], settings, retryPausesMs }, git))) return undefined;
  return hash;
}

/** A whole hash that was fetched is there: each question to git is a process more. */
async function baseHash(refs: Refs, git: Git): Promise<string | undefined> {
  const name = refs.base_sha !== undefined && refs.base_sha !== '' ? refs.base_sha : fetchedBase;
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)) return name;
  return (await git.ask(['rev-parse', '--verify', `${name}^{commit}`]))?.trim();
}

/** A hash as it is; a name into a ref of our own, as FETCH_HEAD holds several. `+`: a forced push is fine. */
function baseSource(refs: Refs): string {
  return refs.base_sha !== undefined && refs.base_sha !== '' ? refs.base_sha : `+${refs.base_ref ?? ''}:${fetchedBase}`;
}

function pullSource(pull: Pull): string {
  const name = pull.ref !== undefined && pull.ref !== '' ? pull.ref : pull.sha !== '' ? pull.sha : `pull/${pull.number}/head`;
  return pull.sha === '' ? `+${name}:refs/pull-${pull.number}` : name;
}

function isSparse(refs: Refs): boolean {
  return (refs.sparse_checkout_files ?? []).length > 0;
}

/** Sparse means blobless and without tags, as upstream; skip_fetch_head leaves out the fetch that brought the tags there. */
function settingsOf(refs: Refs): string[] {
  const blobless = refs.blobless_fetch === true || isSparse(refs);
  const tags = isSparse(refs) ? ['--no-tags'] : refs.skip_fetch_head === true ? [] : ['--tags'];
  return [...(blobless ? ['--filter=blob:none'] : []), ...tags];
}

function depthOf({ clone_depth: depth = 0 }: Refs): string[] {
  return depth > 0 ? ['--depth', String(depth)] : [];
}

async function deepenToMergeBases(history: { base: string; depth: number; pulls: readonly Pull[]; sources: readonly ObjectSource[]; settings: readonly string[]; retryPausesMs: readonly number[] }, git: Git): Promise<boolean> {
  const { base, depth, pulls, sources, settings, retryPausesMs } = history;
  const isComplete = async (): Promise<boolean> => {
    for (const pull of pulls) {
      const other = pull.sha === '' ? `refs/pull-${pull.number}` : pull.sha;
      if ((await git.ask(['merge-base', base, other])) === undefined) return false;
    }
    return true;
  };
  const deepen = async (how: string, [source, ...others]: readonly ObjectSource[]): Promise<{ isOk: boolean; output: string }> => {
    const result = await git.run({ args: ['fetch', how, ...settings.filter((setting) => setting !== '--tags'), '--no-tags', '--', source?.uri ?? '', ...(source?.wants ?? [])], retryPausesMs: others.length > 0 ? [] : retryPausesMs });
    return result.isOk || others.length === 0 ? result : await deepen(how, others);
  };
  if (pulls.length === 0) return true;
  // Two commits without parents have nothing in common.
  let isKnownIncomplete = depth === 1 && pulls.some(({ sha }) => sha !== '' && sha !== base);
  const deeper = [...deepenSteps.map((step) => `--deepen=${step}`), '--unshallow'];
  for (const how of deeper) {
    if (!isKnownIncomplete && (await isComplete())) return true;
    isKnownIncomplete = false;
    const { isOk, output } = await deepen(how, sources);
    // A history that is whole by now cannot be made so again.
    if (!isOk) return how === '--unshallow' && /does not make sense/.test(output);
  }
  return true;
}
