import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BareRepository, runGit } from '@prow/clients-git';

/** Settings of every repository: what GitHub lets clients fetch, and which refs only the server writes. */
const config = `[core]
\trepositoryformatversion = 0
\tbare = true
\tlogAllRefUpdates = false
\tfsync = committed,loose-object
[gc]
\tauto = 0
[receive]
\thideRefs = refs/pull
\tdenyDeleteCurrent = refuse
[uploadpack]
\tallowTipSHA1InWant = true
\tallowReachableSHA1InWant = true
\tallowAnySHA1InWant = true
\tallowFilter = true
[http]
\treceivepack = true
[merge]
\trenameLimit = 5000
`;

const serverIdentity = { name: 'GitHub', email: 'noreply@github.com' };

/** The bare repositories on disk, one a repository id. */
export class GitStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  gitDir(repoId: number): string {
    return join(this.#dir, `${repoId}.git`);
  }

  open(repoId: number): BareRepository {
    return new BareRepository({ gitDir: this.gitDir(repoId), identity: serverIdentity });
  }

  /** An empty repository; a fork shares its parent's objects. Complete or absent after a crash. */
  async create(repoId: number, { defaultBranch, parentId }: { defaultBranch: string; parentId?: number }): Promise<void> {
    const final = this.gitDir(repoId);
    const temporary = `${final}.new`;
    await rm(temporary, { recursive: true, force: true });
    await mkdir(this.#dir, { recursive: true });
    await runGit({ args: ['init', '--quiet', '--bare', '--template=', temporary] });
    await writeFile(join(temporary, 'config'), config);
    await runGit({ gitDir: temporary, args: ['symbolic-ref', 'HEAD', `refs/heads/${defaultBranch}`] });
    if (parentId !== undefined) {
      await mkdir(join(temporary, 'objects', 'info'), { recursive: true });
      await writeFile(join(temporary, 'objects', 'info', 'alternates'), `${join(this.gitDir(parentId), 'objects')}\n`);
      await runGit({ gitDir: temporary, args: ['fetch', '--quiet', this.gitDir(parentId), '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'] });
    }
    await rm(final, { recursive: true, force: true });
    await rename(temporary, final);
  }

  async setDefaultBranch(repoId: number, branch: string): Promise<void> {
    await runGit({ gitDir: this.gitDir(repoId), args: ['symbolic-ref', 'HEAD', `refs/heads/${branch}`] });
  }

  async remove(repoId: number): Promise<void> {
    await rm(this.gitDir(repoId), { recursive: true, force: true });
  }

  /** Branches and tags with what they point at (annotated tags: the tag object). */
  async refs(repoId: number): Promise<Record<string, string>> {
    const { stdout } = await runGit({ gitDir: this.gitDir(repoId), args: ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags'] });
    const found: Record<string, string> = {};
    for (const line of stdout.toString('utf8').split('\n')) {
      const space = line.indexOf(' ');
      if (space > 0) found[line.slice(space + 1)] = line.slice(0, space);
    }
    return found;
  }

  /** Sets a ref if it still is what the caller saw (null: absent). False when someone was quicker. */
  async updateRef(repoId: number, { ref, to, from }: { ref: string; to: string | null; from?: string | null }): Promise<boolean> {
    const zeros = '0'.repeat(40);
    const line = to === null ? `delete ${ref}${from == null ? '' : ` ${from}`}\n` : `update ${ref} ${to}${from === undefined ? '' : ` ${from ?? zeros}`}\n`;
    const { exitCode } = await runGit({ gitDir: this.gitDir(repoId), args: ['update-ref', '--stdin'], input: line, accept: [0, 1, 128] });
    return exitCode === 0;
  }

  /** Brings a commit of another repository here, with a ref that keeps it. */
  async fetchFrom(repoId: number, { fromId, ref, as }: { fromId: number; ref: string; as: string }): Promise<void> {
    await runGit({ gitDir: this.gitDir(repoId), args: ['fetch', '--quiet', '--no-tags', this.gitDir(fromId), `+${ref}:${as}`] });
  }
}
