import type { RepositoryName, Worktree } from './api.ts';
import type { BareRepository } from './bare-repository.ts';
import { identityEnv } from './merge-trees.ts';
import { checkRef, runGit } from './run-git.ts';

export interface WorktreeParts {
  repository: BareRepository;
  dir: string;
  identity: { name: string; email: string };
  /** Runs `git push` with credentials for that repository. */
  push: (request: { cwd: string; to: RepositoryName | undefined; refspec: string; force: boolean }) => Promise<void>;
  onDispose: () => void;
}

/** A checked-out folder. No hooks run in it. */
export function openWorktree({ repository, dir, identity, push, onDispose }: WorktreeParts): Worktree {
  const git = (args: readonly string[], options: { input?: string; accept?: readonly number[]; env?: Record<string, string> } = {}): ReturnType<typeof runGit> =>
    runGit({ cwd: dir, args: ['-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgSign=false', ...args], ...options });
  const head = async (): Promise<string> => (await git(['rev-parse', 'HEAD'])).stdout.toString('utf8').trim();
  const ourEnv = { ...identityEnv('author', identity), ...identityEnv('committer', identity) };

  return {
    dir,
    head,
    merge: async ({ sha, method, message }) => {
      const outcome = await repository.tryMerge({ baseSha: await head(), heads: [{ sha, method, ...(message === undefined ? {} : { message }) }] });
      if (outcome.kind === 'conflict') return false;
      await git(['reset', '--quiet', '--hard', outcome.sha]);
      return true;
    },
    applyMailbox: async (mailbox) => {
      const { exitCode } = await git(['am', '--3way', '--keep-cr', '--quiet'], { input: mailbox, accept: [0, 1, 2, 128], env: identityEnv('committer', identity) });
      if (exitCode === 0) return true;
      await git(['am', '--abort'], { accept: [0, 1, 128] });
      return false;
    },
    commitAll: async ({ message, name, email }) => {
      await git(['add', '--all']);
      if ((await git(['diff', '--cached', '--quiet'], { accept: [0, 1] })).exitCode === 0) return undefined;
      const author = name === undefined && email === undefined ? {} : identityEnv('author', { name: name ?? identity.name, email: email ?? identity.email });
      await git(['commit', '--quiet', '--no-verify', '--cleanup=verbatim', '-F', '-'], { input: message, env: { ...ourEnv, ...author } });
      return head();
    },
    push: ({ branch, force = false, to }) => push({ cwd: dir, to, refspec: `HEAD:refs/heads/${checkRef(branch)}`, force }),
    dispose: async () => {
      onDispose();
      await repository.removeWorktree(dir);
    },
  };
}
