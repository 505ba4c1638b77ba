import type { Comments, Statuses, Users } from '@prow/clients-github';
import { GitHubError } from '@prow/clients-github';
import type { Clock } from '@prow/base-time';
import type { Faults } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';
import { arrived, type SimulatedProcess } from './simulated-process.ts';

export interface StoredStatus {
  state: string;
  targetUrl: string;
}

export type GitHubRole = Pick<Comments, 'listComments' | 'createComment' | 'editComment' | 'deleteComment'> & Pick<Statuses, 'createStatus' | 'getCombinedStatus'> & Pick<Users, 'isBot'>;

/** What crier needs of GitHub, with calls that fail for now. */
export class SimulatedGitHub implements GitHubRole {
  /** Newest status by `sha context`. */
  readonly statuses = new Map<string, StoredStatus>();
  readonly comments = new Map<number, { id: number; body: string }[]>();
  calls = 0;
  #ids = 0;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #faults: Faults;

  constructor({ clock, random, faults }: { clock: Clock; random: SeededRandom; faults: Faults }) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  /** The same for one process: answers come while it is awake, and none to a dead one. */
  forProcess(process: SimulatedProcess): GitHubRole {
    const through = <A, R>(call: (argument: A) => Promise<R>) => (argument: A): Promise<R> => arrived(process, this.#clock, process.isAlive ? call(argument) : new Promise(() => undefined));
    return {
      createStatus: through((status: Parameters<GitHubRole['createStatus']>[0]) => this.createStatus(status)),
      getCombinedStatus: through((query: Parameters<GitHubRole['getCombinedStatus']>[0]) => this.getCombinedStatus(query)),
      listComments: through((issue: Parameters<GitHubRole['listComments']>[0]) => this.listComments(issue)),
      createComment: through((comment: Parameters<GitHubRole['createComment']>[0]) => this.createComment(comment)),
      editComment: through((comment: Parameters<GitHubRole['editComment']>[0]) => this.editComment(comment)),
      deleteComment: through((comment: Parameters<GitHubRole['deleteComment']>[0]) => this.deleteComment(comment)),
      isBot: through((login: string) => this.isBot(login)),
    };
  }

  async createStatus({ sha, context, state, targetUrl = '' }: Parameters<Statuses['createStatus']>[0]): Promise<void> {
    await this.#call(() => this.statuses.set(`${sha} ${context}`, { state, targetUrl }));
  }

  async getCombinedStatus({ ref }: Parameters<Statuses['getCombinedStatus']>[0]): Promise<never> {
    const statuses = await this.#call(() => [...this.statuses].filter(([key]) => key.startsWith(`${ref} `)));
    return { statuses: statuses.map(([key, { state, targetUrl }]) => ({ context: key.slice(ref.length + 1), state, target_url: targetUrl })) } as never;
  }

  async listComments({ number }: Parameters<Comments['listComments']>[0]): Promise<never> {
    const comments = await this.#call(() => this.comments.get(number) ?? []);
    return comments.map(({ id, body }) => ({ id, body, user: { login: 'ci-bot' } })) as never;
  }

  async createComment({ number, body }: Parameters<Comments['createComment']>[0]): Promise<never> {
    const made = { id: (this.#ids += 1), body };
    await this.#call(() => this.comments.set(number, [...(this.comments.get(number) ?? []), made]));
    return made as never;
  }

  async editComment({ commentId, body }: Parameters<Comments['editComment']>[0]): Promise<never> {
    await this.#call(() => {
      for (const list of this.comments.values()) for (const comment of list) if (comment.id === commentId) comment.body = body;
    });
    return { id: commentId, body } as never;
  }

  async deleteComment({ commentId }: Parameters<Comments['deleteComment']>[0]): Promise<boolean> {
    await this.#call(() => {
      for (const [number, list] of this.comments) this.comments.set(number, list.filter((comment) => comment.id !== commentId));
    });
    return true;
  }

  isBot(login: string): Promise<boolean> {
    return Promise.resolve(login === 'ci-bot');
  }

  async #call<R>(work: () => R): Promise<R> {
    this.calls += 1;
    await this.#clock.sleep(this.#random.between(0, this.#faults.slowestCallMs));
    if (this.#random.chance(this.#faults.githubFails)) throw new GitHubError('GitHub is not well', { status: this.#random.pick([500, 502, 0]) });
    const result = work();
    if (this.#random.chance(this.#faults.answerLost)) throw new GitHubError('the answer was lost', { status: 0 });
    return result;
  }
}
