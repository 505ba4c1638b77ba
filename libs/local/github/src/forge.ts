import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { checkSha, mergeHeads, mergeTrees, readCommits, readNamedCommits, runGit, type CommitSummary } from '@prow/clients-git';
import { LRUCache } from 'lru-cache';
import type { GitStore } from './git/git-store.ts';
import { Deliverer } from './hooks/deliverer.ts';
import type { Telling } from './hooks/emit.ts';
import type { Mergeability, PullNumbers, Rendering } from './render/rendering.ts';
import type { Change, Database, View } from './state/database.ts';
import { baseShaOf, type PullRecord } from './state/queries.ts';
import type { AccountRecord, RepositoryRecord } from './state/records.ts';

interface Study {
  numbers: PullNumbers;
  mergeable: boolean;
  rebaseable?: boolean;
}

/** Pull requests that are looked into at once. */
const maxLooking = 4;
/** Rebasing is tried for real up to this many commits; beyond, it counts as possible when merging is. */
const maxTriedRebase = 30;

/** Everything that is: records, repositories, webhooks on their way, and what is known about pull requests. */
export class Forge {
  readonly database: Database;
  readonly git: GitStore;
  readonly deliverer: Deliverer;
  readonly clock: Clock;
  readonly log: Logger;
  /** Root of the pages; known once the server listens. */
  base = '';
  readonly #studies = new LRUCache<string, Study>({ max: 5000 });
  readonly #studying = new Map<string, Promise<Study>>();
  readonly #commits = new LRUCache<string, CommitSummary[]>({ max: 2000 });
  readonly #locks = new Map<number, Promise<unknown>>();
  #looking = 0;
  readonly #waitingToLook: (() => void)[] = [];

  constructor({ database, git, clock, log }: { database: Database; git: GitStore; clock: Clock; log: Logger }) {
    this.database = database;
    this.git = git;
    this.clock = clock;
    this.log = log;
    this.deliverer = new Deliverer({ database, clock, log });
  }

  rendering(view: View = this.database): Rendering {
    return {
      view,
      base: this.base,
      mergeabilityOf: (issue) => {
        const study = this.#studies.get(keyOf(view, issue));
        return study === undefined ? undefined : ({ mergeable: study.mergeable, rebaseable: study.rebaseable ?? study.mergeable } satisfies Mergeability);
      },
      numbersOf: (issue) => this.#studies.get(keyOf(view, issue))?.numbers,
    };
  }

  /** A change with everything that telling of it takes. */
  change<T>(actor: AccountRecord, work: (change: Change, tell: (repository: RepositoryRecord) => Telling) => T): Promise<T> {
    return this.database.change((change) =>
      work(change, (repository) => ({
        change,
        rendering: this.rendering(change),
        actor,
        repository,
        now: this.clock.now(),
        deliver: (delivery) => this.deliverer.enqueue(delivery),
      })),
    );
  }

  /** Only one at a time changes a repository's refs. */
  async locked<T>(repoId: number, work: () => Promise<T>): Promise<T> {
    const before = this.#locks.get(repoId) ?? Promise.resolve();
    const run = before.then(work, work);
    const settled = run.catch(() => {});
    this.#locks.set(repoId, settled);
    try {
      return await run;
    } finally {
      if (this.#locks.get(repoId) === settled) this.#locks.delete(repoId);
    }
  }

  /** Finds out what a pull request changes and whether it fits, for its present base and head. */
  async study(issue: PullRecord, { withRebase = false }: { withRebase?: boolean } = {}): Promise<void> {
    const key = keyOf(this.database, issue);
    const known = this.#studies.get(key);
    if (known !== undefined && (!withRebase || known.rebaseable !== undefined)) return;
    const name = `${key}/${withRebase}`;
    let studying = this.#studying.get(name);
    if (studying === undefined) {
      studying = this.#inTurn(() => this.#look(issue, withRebase, known)).finally(() => this.#studying.delete(name));
      this.#studying.set(name, studying);
    }
    this.#studies.set(key, await studying);
  }

  /** Commits of a repository, by SHA. */
  commits(repoId: number, shas: readonly string[]): Promise<CommitSummary[]> {
    return readNamedCommits({ gitDir: this.git.gitDir(repoId), shas });
  }

  /** Commits of a pull request, oldest first; at most 250, as GitHub. */
  async commitsOfPull(issue: PullRecord): Promise<CommitSummary[]> {
    const key = keyOf(this.database, issue);
    let commits = this.#commits.get(key);
    if (commits === undefined) {
      const range = { gitDir: this.git.gitDir(issue.repoId), from: baseShaOf(this.database, issue), to: issue.pull.headSha };
      commits = (await this.#inTurn(() => readCommits({ ...range, limit: 250, newestFirst: true }))).toReversed();
      this.#commits.set(key, commits);
    }
    return commits;
  }

  /** A search may ask about dozens of pull requests at once: git is started for a few at a time. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#looking >= maxLooking) await new Promise<void>((resolve) => this.#waitingToLook.push(resolve));
    this.#looking += 1;
    try {
      return await work();
    } finally {
      this.#looking -= 1;
      this.#waitingToLook.shift()?.();
    }
  }

  async #look(issue: PullRecord, withRebase: boolean, known: Study | undefined): Promise<Study> {
    const gitDir = this.git.gitDir(issue.repoId);
    const base = baseShaOf(this.database, issue);
    const head = issue.pull.headSha;
    try {
      const [numbers, mergeable] = known === undefined ? await Promise.all([readNumbers(gitDir, base, head), mergeTrees({ gitDir, ours: base, theirs: head }).then((merged) => merged.kind === 'clean')]) : [known.numbers, known.mergeable];
      if (!withRebase) return { numbers, mergeable };
      const isSimple = !mergeable || numbers.commits <= 1 || numbers.commits > maxTriedRebase;
      return { numbers, mergeable, rebaseable: isSimple ? mergeable : await canRebase(gitDir, base, head) };
    } catch (error) {
      this.log.warn('a pull request could not be looked into', { repository: issue.repoId, pull: issue.number, error });
      return { numbers: { commits: 0, additions: 0, deletions: 0, changedFiles: 0 }, mergeable: false, rebaseable: false };
    }
  }
}

async function canRebase(gitDir: string, base: string, head: string): Promise<boolean> {
  const committer = { name: 'GitHub', email: 'noreply@github.com' };
  return (await mergeHeads({ gitDir, baseSha: base, heads: [{ sha: head, method: 'rebase' }], committer })).kind === 'merged';
}

function keyOf(view: View, issue: PullRecord): string {
  return `${issue.repoId}:${baseShaOf(view, issue)}:${issue.pull.headSha}`;
}

async function readNumbers(gitDir: string, base: string, head: string): Promise<PullNumbers> {
  const [counted, shortstat] = await Promise.all([
    runGit({ gitDir, args: ['rev-list', '--count', checkSha(head), `^${checkSha(base)}`] }),
    runGit({ gitDir, args: ['diff', '--shortstat', '-M', '-l5000', '--no-ext-diff', `${base}...${head}`, '--'], accept: [0, 128] }),
  ]);
  const text = shortstat.stdout.toString('utf8');
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? '0');
  return {
    commits: Number(counted.stdout.toString('utf8').trim()),
    changedFiles: number(/(\d+) files? changed/),
    additions: number(/(\d+) insertions?/),
    deletions: number(/(\d+) deletions?/),
  };
}
