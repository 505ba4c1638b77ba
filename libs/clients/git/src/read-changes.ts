import type { FileChange } from './api.ts';
import { checkSha, runGit } from './run-git.ts';

const statuses: Record<string, FileChange['status']> = { A: 'added', D: 'removed', M: 'modified', R: 'renamed', C: 'copied', T: 'type-changed' };

/** What differs between two commits, renames found; `fromMergeBase` as a pull request shows it. */
export async function readChanges({ gitDir, from, to, fromMergeBase = false }: { gitDir: string; from: string; to: string; fromMergeBase?: boolean }): Promise<FileChange[]> {
  const range = fromMergeBase ? [`${checkSha(from)}...${checkSha(to)}`] : [checkSha(from), checkSha(to)];
  const args = ['diff', '--raw', '--numstat', '-z', '-M', '-l5000', '--no-ext-diff', '--no-textconv', '--no-color', ...range, '--'];
  const { stdout } = await runGit({ gitDir, args });
  return parseChanges(stdout.toString('utf8').split('\0'));
}

/** `--raw -z` entries, then `--numstat -z` entries, in the same order. */
function parseChanges(parts: readonly string[]): FileChange[] {
  const changes: FileChange[] = [];
  const counts = new Map<string, { additions: number; deletions: number; isBinary: boolean }>();
  for (let at = 0; at < parts.length; ) {
    const part = parts[at] ?? '';
    if (part.startsWith(':')) {
      const letter = part.split(' ')[4]?.[0] ?? 'M';
      const isPair = letter === 'R' || letter === 'C';
      const path = parts[at + (isPair ? 2 : 1)] ?? '';
      const previous = isPair ? { previousPath: parts[at + 1] ?? '' } : {};
      changes.push({ path, ...previous, status: statuses[letter] ?? 'modified', additions: 0, deletions: 0, isBinary: false });
      at += isPair ? 3 : 2;
      continue;
    }
    const [added = '', deleted = '', path] = part.split('\t');
    if (path === undefined) {
      at += 1;
      continue;
    }
    // A rename's paths follow in parts of their own.
    const name = path === '' ? (parts[at + 2] ?? '') : path;
    counts.set(name, { additions: Number(added) || 0, deletions: Number(deleted) || 0, isBinary: added === '-' });
    at += path === '' ? 3 : 1;
  }
  return changes.map((change) => ({ ...change, ...counts.get(change.path) }));
}
