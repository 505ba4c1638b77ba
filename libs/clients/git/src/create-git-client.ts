import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from '@prow/base-log';
import { retry } from '@prow/base-time';
import type { GitClient, GitRepository, Identity, RepositoryName, Worktree } from './api.ts';
import { BareRepository } from './bare-repository.ts';
import { GitError } from './git-error.ts';
import { openWorktree } from './open-worktree.ts';
import { checkName, checkRef, runGit, type GitResult } from './run-git.ts';

export interface GitClientOptions {
  /** Where the copies are kept; may be shared by processes. */
  cacheDir: string;
  /** What `ORG/REPO` is appended to: `https://github.com`. */
  webUrl: string;
  /** The password git uses; anonymous when absent or undefined. */
  credentials?: { gitToken(org: string): Promise<string | undefined> };
  /** Who commits. */
  identity?: Identity;
  log: Logger;
  /** Pushes are logged, not made. Default false. */
  dryRun?: boolean;
}

const defaultIdentity: Identity = { name: 'ci-robot', email: 'ci-robot@k8s.io' };
const fetchBackoff = { attempts: 4, backoff: { baseMs: 300, maxMs: 5000, jitter: 0.3 } };
const everyRef = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

/** A git client with bare copies on disk. */
export function createGitClient(options: GitClientOptions): GitClient {
  const { cacheDir, credentials, log, identity = defaultIdentity, dryRun = false } = options;
  const webUrl = options.webUrl.replace(/\/+$/, '');
  const worktreeDir = join(cacheDir, 'worktrees', String(process.pid));
  const cloning = new Map<string, Promise<GitRepository>>();
  const openWorktrees = new Set<Worktree>();
  const swept = sweepWorktrees(join(cacheDir, 'worktrees'));

  const remoteUrl = ({ org, repo }: RepositoryName): string => `${webUrl}/${checkName(org)}/${checkName(repo)}`;

  /** Runs git against the remote, with credentials that are in no argument list and in no file. */
  async function withRemote(org: string, run: { args: readonly string[]; gitDir?: string; cwd?: string }): Promise<GitResult> {
    const token = await credentials?.gitToken(org);
    const env = token === undefined ? {} : credentialEnv(webUrl, token);
    return retry(() => runGit({ ...run, args: ['-c', 'credential.helper=', '-c', 'gc.auto=0', ...run.args], env }), fetchBackoff);
  }

  async function clone(name: RepositoryName): Promise<GitRepository> {
    await swept;
    const gitDir = join(cacheDir, 'repositories', name.org, `${name.repo}.git`);
    if (!(await isRepository(gitDir))) {
      await rm(gitDir, { recursive: true, force: true });
      const temporary = join(cacheDir, 'repositories', name.org, `.clone-${randomUUID()}`);
      await mkdir(temporary, { recursive: true });
      try {
        await runGit({ args: ['init', '--quiet', '--bare', '--template=', temporary] });
        await withRemote(name.org, { gitDir: temporary, args: ['fetch', '--quiet', '--no-tags', '--prune', remoteUrl(name), ...everyRef] });
        await rename(temporary, gitDir).catch(async (error: unknown) => {
          if (!(await isRepository(gitDir))) throw error; // else another process was quicker
        });
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
    }
    return repositoryAt(name, gitDir);
  }

  function repositoryAt(name: RepositoryName, gitDir: string): GitRepository {
    const bare = new BareRepository({ gitDir, identity });
    const inOrder = queue();
    const fetchNow = async (refspecs: readonly string[]): Promise<void> => {
      await withRemote(name.org, { gitDir, args: ['fetch', '--quiet', '--no-tags', '--force', ...(refspecs === everyRef ? ['--prune'] : []), remoteUrl(name), ...refspecs] });
    };
    const fetchRefs = (refs: readonly string[]): Promise<void> => inOrder(() => fetchNow(refs.map((ref) => `+${checkRef(ref)}:${ref}`)));
    const api: Omit<GitRepository, keyof BareRepository> = {
      name,
      fetch: ({ refs } = {}) => (refs === undefined ? inOrder(() => fetchNow(everyRef)) : refs.length === 0 ? Promise.resolve() : fetchRefs(refs)),
      ensureCommits: async (shas, { refs = [] } = {}) => {
        if ((await bare.missing(shas)).length === 0) return;
        if (refs.length > 0) {
          await fetchRefs(refs).catch((error: unknown) => log.debug('refs could not be fetched', { org: name.org, repo: name.repo, refs, error }));
        }
        const missing = await bare.missing(shas);
        if (missing.length > 0) await inOrder(() => fetchNow(missing));
        const stillMissing = await bare.missing(shas);
        if (stillMissing.length > 0) throw new GitError(`${name.org}/${name.repo} has no commit ${stillMissing.join(', ')}`, { exitCode: null, stderr: '', code: 'PROW_GIT_NO_COMMIT' });
      },
      remoteHead: async (branch) => {
        const ref = `refs/heads/${checkRef(branch)}`;
        const { stdout } = await withRemote(name.org, { args: ['ls-remote', '--refs', remoteUrl(name), ref] });
        return stdout.toString('utf8').split('\n').find((line) => line.endsWith(`\t${ref}`))?.split('\t')[0];
      },
      worktree: async ({ sha }) => {
        await mkdir(worktreeDir, { recursive: true });
        const dir = await inOrder(() => bare.addWorktree({ sha, parent: worktreeDir }));
        const worktree = openWorktree({
          repository: bare,
          dir,
          identity,
          push: ({ cwd, to = name, refspec, force }) => push(to, cwd, refspec, force),
          onDispose: () => openWorktrees.delete(worktree),
        });
        openWorktrees.add(worktree);
        return worktree;
      },
    };
    return bound(bare, api);
  }

  async function push(to: RepositoryName, cwd: string, refspec: string, force: boolean): Promise<void> {
    if (dryRun) {
      log.info('dry run: not pushed', { org: to.org, repo: to.repo, refspec });
      return;
    }
    await withRemote(to.org, { cwd, args: ['push', '--quiet', '--no-verify', ...(force ? ['--force'] : []), remoteUrl(to), refspec] });
  }

  return {
    remoteUrl,
    repository: ({ org, repo }) => {
      const key = `${checkName(org)}/${checkName(repo)}`;
      let opening = cloning.get(key);
      if (opening === undefined) {
        opening = clone({ org, repo });
        cloning.set(key, opening);
        opening.catch(() => cloning.delete(key));
      }
      return opening;
    },
    close: async () => {
      for (const worktree of openWorktrees) await worktree.dispose();
      await rm(worktreeDir, { recursive: true, force: true });
    },
  };
}

/** A repository: what the bare copy answers, and what needs the remote. */
function bound(bare: BareRepository, api: Omit<GitRepository, keyof BareRepository>): GitRepository {
  return {
    ...api,
    gitDir: bare.gitDir,
    hasCommit: (sha) => bare.hasCommit(sha),
    resolve: (ref) => bare.resolve(ref),
    showFile: (query) => bare.showFile(query),
    showFiles: (query) => bare.showFiles(query),
    listFiles: (query) => bare.listFiles(query),
    treeSha: (sha) => bare.treeSha(sha),
    mergeBase: (query) => bare.mergeBase(query),
    isAncestor: (query) => bare.isAncestor(query),
    changedFiles: (query) => bare.changedFiles(query),
    commitsBetween: (query) => bare.commitsBetween(query),
    tryMerge: (request) => bare.tryMerge(request),
  };
}

/** One after the other; a failure does not hold up the next. */
function queue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task, task);
    last = next.catch(() => {});
    return next;
  };
}

async function isRepository(gitDir: string): Promise<boolean> {
  try {
    return (await runGit({ gitDir, args: ['rev-parse', '--is-bare-repository'], accept: [0, 128] })).exitCode === 0;
  } catch {
    return false;
  }
}

/** Folders that processes left behind which are gone. */
async function sweepWorktrees(dir: string): Promise<void> {
  for (const pid of await readdir(dir).catch(() => [])) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      process.kill(Number(pid), 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') await rm(join(dir, pid), { recursive: true, force: true });
    }
  }
}

/** `http.<url>.extraHeader` through the environment, after what is there already. */
function credentialEnv(webUrl: string, token: string): Record<string, string> {
  const count = Number(process.env['GIT_CONFIG_COUNT'] ?? '0') || 0;
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `http.${webUrl}/.extraHeader`,
    [`GIT_CONFIG_VALUE_${count}`]: `Authorization: Basic ${basic}`,
  };
}
