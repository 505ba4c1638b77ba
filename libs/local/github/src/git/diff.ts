import { checkSha, runGit } from '@prow/clients-git';

/** One changed file as GitHub shows it. */
export interface FileDiff {
  path: string;
  previousPath?: string;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  /** Blob of the new version; of the old one for a removed file. */
  sha: string;
  additions: number;
  deletions: number;
  /** The hunks; absent for binary files and where they are too long. */
  patch?: string;
}

const statuses: Record<string, FileDiff['status']> = { A: 'added', D: 'removed', M: 'modified', R: 'renamed', C: 'copied', T: 'changed' };
const maxPatchBytes = 200_000;
const maxDiffBytes = 64 * 1024 * 1024;

const diffArgs = ['-M', '-l5000', '--no-ext-diff', '--no-textconv', '--no-color', '--full-index', '--src-prefix=a/', '--dst-prefix=b/'];

/** What lies between two commits; `fromMergeBase` as a pull request shows it. A null `from` is the empty tree. */
export async function diffFiles({ gitDir, from, to, fromMergeBase = true }: { gitDir: string; from: string | null; to: string; fromMergeBase?: boolean }): Promise<FileDiff[]> {
  const args = ['diff', '--raw', '--numstat', '--patch', '-z', ...diffArgs, ...range(from, to, fromMergeBase), '--'];
  const { stdout } = await runGit({ gitDir, args, maxOutputBytes: maxDiffBytes });
  return parse(stdout.toString('utf8'));
}

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

function range(from: string | null, to: string, fromMergeBase: boolean): string[] {
  if (from === null) return [emptyTree, checkSha(to)];
  return fromMergeBase ? [`${checkSha(from)}...${checkSha(to)}`] : [checkSha(from), checkSha(to)];
}

/** As `git diff` writes it. */
export async function diffText({ gitDir, from, to, fromMergeBase = true }: { gitDir: string; from: string; to: string; fromMergeBase?: boolean }): Promise<string> {
  return (await runGit({ gitDir, args: ['diff', ...diffArgs, ...range(from, to, fromMergeBase), '--'], maxOutputBytes: maxDiffBytes })).stdout.toString('utf8');
}

/** As `git format-patch --stdout` writes it. */
export async function patchText({ gitDir, from, to }: { gitDir: string; from: string; to: string }): Promise<string> {
  const args = ['format-patch', '--stdout', '--no-signature', '--full-index', '--binary', checkSha(to), `^${checkSha(from)}`, '--'];
  return (await runGit({ gitDir, args, maxOutputBytes: maxDiffBytes })).stdout.toString('utf8');
}

interface RawEntry {
  path: string;
  previousPath?: string;
  letter: string;
  oldSha: string;
  newSha: string;
}

/** With -z: raw entries, numstat entries, then after one empty part the patch text. */
function parse(text: string): FileDiff[] {
  const patchAt = text.indexOf('\0\0diff --git ');
  const head = (patchAt < 0 ? text : text.slice(0, patchAt)).split('\0');
  const patches = patchAt < 0 ? [] : splitPatches(text.slice(patchAt + 2));
  const entries: RawEntry[] = [];
  const counts = new Map<string, { additions: number; deletions: number; isBinary: boolean }>();
  for (let at = 0; at < head.length; ) {
    const part = head[at] ?? '';
    if (part.startsWith(':')) {
      const [, , oldSha = '', newSha = '', code = 'M'] = part.split(' ');
      const isPair = code.startsWith('R') || code.startsWith('C');
      entries.push({ path: head[at + (isPair ? 2 : 1)] ?? '', ...(isPair ? { previousPath: head[at + 1] ?? '' } : {}), letter: code[0] ?? 'M', oldSha, newSha });
      at += isPair ? 3 : 2;
      continue;
    }
    const [added = '', deleted = '', path] = part.split('\t');
    if (path !== undefined) counts.set(path === '' ? (head[at + 2] ?? '') : path, { additions: Number(added) || 0, deletions: Number(deleted) || 0, isBinary: added === '-' });
    at += path === '' ? 3 : 1;
  }
  // The patch has one part an entry, in the same order, but for a type change, which has two.
  let patchIndex = 0;
  return entries.map((entry) => {
    const patch = patches[patchIndex];
    patchIndex += entry.letter === 'T' ? 2 : 1;
    const count = counts.get(entry.path) ?? { additions: 0, deletions: 0, isBinary: false };
    const hunks = patch === undefined || count.isBinary ? undefined : hunksOf(patch);
    return {
      path: entry.path,
      ...(entry.previousPath === undefined ? {} : { previousPath: entry.previousPath }),
      status: statuses[entry.letter] ?? 'modified',
      sha: entry.letter === 'D' ? entry.oldSha : entry.newSha,
      additions: count.additions,
      deletions: count.deletions,
      ...(hunks === undefined || hunks === '' || hunks.length > maxPatchBytes ? {} : { patch: hunks }),
    };
  });
}

function splitPatches(text: string): string[] {
  const parts = text.split('\ndiff --git ');
  return parts.map((part, at) => (at === 0 ? part : `diff --git ${part}`));
}

function hunksOf(patch: string): string | undefined {
  const at = patch.indexOf('\n@@ ');
  return at < 0 ? undefined : patch.slice(at + 1).replace(/\n$/, '');
}
