import type { CommitSummary } from './api.ts';
import { checkSha, runGit } from './run-git.ts';

const fields = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'];
const separator = '\u001f';

/** Commits reachable from `to` and not from `from`, oldest first; without `from`, the newest `limit` ones. */
export async function readCommits({ gitDir, from, to, limit, skip, newestFirst = false, path }: {
  gitDir: string;
  from?: string;
  to: string;
  limit?: number;
  skip?: number;
  newestFirst?: boolean;
  path?: string;
}): Promise<CommitSummary[]> {
  const args = [
    'log',
    '-z',
    `--format=${fields.join('%x1f')}`,
    '--topo-order',
    ...(newestFirst ? [] : ['--reverse']),
    ...(limit === undefined ? [] : [`--max-count=${limit}`]),
    ...(skip === undefined ? [] : [`--skip=${skip}`]),
    checkSha(to),
    ...(from === undefined ? [] : [`^${checkSha(from)}`]),
    '--',
    ...(path === undefined || path === '' ? [] : [`:(literal)${path}`]),
  ];
  const { stdout } = await runGit({ gitDir, args });
  return stdout.toString('utf8').split('\0').filter((record) => record !== '').map((record) => commitOf(record));
}

function commitOf(record: string): CommitSummary {
  const [sha = '', treeSha = '', parents = '', authorName = '', authorEmail = '', authoredAt = '', committerName = '', committerEmail = '', committedAt = '', ...message] =
    record.split(separator);
  return {
    sha,
    treeSha,
    parents: parents === '' ? [] : parents.split(' '),
    authorName,
    authorEmail,
    authoredAt: Number(authoredAt) * 1000,
    committerName,
    committerEmail,
    committedAt: Number(committedAt) * 1000,
    message: message.join(separator).replace(/\n+$/, ''),
  };
}

/** These commits, in this order. */
export async function readNamedCommits({ gitDir, shas }: { gitDir: string; shas: readonly string[] }): Promise<CommitSummary[]> {
  if (shas.length === 0) return [];
  const args = ['log', '-z', `--format=${fields.join('%x1f')}`, '--no-walk=unsorted', '--stdin'];
  const { stdout } = await runGit({ gitDir, args, input: `${shas.map((sha) => checkSha(sha)).join('\n')}\n` });
  return stdout.toString('utf8').split('\0').filter((record) => record !== '').map((record) => commitOf(record));
}
