// GitHub as one event's handlers see it: reads once, changes recorded, comments never twice.
import type { Clock } from '@prow/base-time';
import type { GitHubClient } from '@prow/clients-github';
import { addMark, markFor, markOf } from './comment-mark.ts';

/** One change made for an event. */
export interface Effect {
  readonly operation: string;
  /** The request's fields, long texts cut. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Where to see it, if anywhere. */
  readonly url?: string;
}

type Method = (...args: unknown[]) => unknown;

/** Methods that change nothing: their answers are shared between the handlers of one event. */
const READ = /^(get|list|find|is|has|search|compare|botUser)/;
/** Not about the event's things, or no promise: passed on as they are. */
const PASS = new Set(['withPriority', 'close', 'rateBudgets', 'webUrl', 'isDryRun']);
const maxShownChars = 300;
const settleMs = 1000;

/** Reads shared by all plugins that handle one event, until something is changed. */
export class SharedReads {
  readonly #answers = new Map<string, Promise<unknown>>();

  get(key: string, ask: () => Promise<unknown>): Promise<unknown> {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = ask();
    this.#answers.set(key, answer);
    // A failure is not an answer: the next one asks again.
    answer.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    });
    return answer;
  }

  /** After a change every thing may look different, but people and teams do not change by what plugins do. */
  forgetThings(): void {
    for (const key of this.#answers.keys()) {
      if (!/^(isMember|isCollaborator|getPermission|hasPermission|isTeamMember|listTeam|getTeam|botUser|isBot|getBotAccount|getUser|listCollaborators|listRepositoryLabels|listChangedFiles|getTree|getBlob|getRef|getFile|getCommit)/.test(key)) {
        this.#answers.delete(key);
      }
    }
  }
}

export interface EventGitHubOptions {
  readonly github: GitHubClient;
  readonly reads: SharedReads;
  readonly guid: string;
  readonly plugin: string;
  readonly attempt: number;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly onEffect: (effect: Effect) => void;
}

/** Wraps a client for one plugin's run on one event. */
export function eventGitHub(options: EventGitHubOptions): GitHubClient {
  const { github, reads } = options;
  return new Proxy(github, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function' || typeof property !== 'string' || PASS.has(property)) return member;
      const method = (member as Method).bind(target);
      if (READ.test(property)) {
        return (...args: unknown[]) => reads.get(`${property} ${JSON.stringify(args)}`, async () => method(...args));
      }
      if (property === 'graphql') return graphqlMethod(options, method);
      return (...args: unknown[]) => change(options, property, method, args);
    },
  });
}

async function change(options: EventGitHubOptions, operation: string, method: Method, args: unknown[]): Promise<unknown> {
  const request = (args[0] ?? {}) as Record<string, unknown>;
  if (operation === 'createComment') return createCommentOnce(options, method, request);
  const answer = await method(...args);
  options.reads.forgetThings();
  // `false`: there was nothing to remove.
  if (answer !== false) record(options, operation, request, answer);
  return answer;
}

/** Looks before it says something again: only where an earlier run may have said it already. */
async function createCommentOnce(options: EventGitHubOptions, method: Method, request: Record<string, unknown>): Promise<unknown> {
  const body = typeof request['body'] === 'string' ? request['body'] : '';
  const mark = markFor({ guid: options.guid, plugin: options.plugin, body });
  if (options.attempt > 0) {
    const name = { org: String(request['org']), repo: String(request['repo']), number: Number(request['number']) };
    const find = async (): Promise<unknown> => (await options.github.listComments(name)).find((comment) => markOf(comment.body) === mark);
    let said = await find();
    if (said === undefined) {
      // What the run before sent may still be on its way.
      await options.clock.sleep(settleMs);
      said = await find();
    }
    if (said !== undefined) return said;
  }
  const answer = await method({ ...request, body: addMark(body, mark) });
  options.reads.forgetThings();
  record(options, 'createComment', request, answer);
  return answer;
}

function graphqlMethod(options: EventGitHubOptions, method: Method): Method {
  return async (...args) => {
    const answer = await method(...args);
    const { query } = (args[0] ?? {}) as { query?: unknown };
    if (typeof query === 'string' && /^\s*mutation\b/.test(query)) record(options, 'graphql', { query }, answer);
    return answer;
  };
}

function record({ onEffect }: EventGitHubOptions, operation: string, request: Record<string, unknown>, answer: unknown): void {
  const shown = Object.fromEntries(Object.entries(request).map(([key, value]) => [key, cut(value)]));
  const url = typeof answer === 'object' && answer !== null && 'html_url' in answer ? answer.html_url : undefined;
  onEffect({ operation, request: shown, ...(typeof url === 'string' ? { url } : {}) });
}

function cut(value: unknown): unknown {
  return typeof value === 'string' && value.length > maxShownChars ? `${value.slice(0, maxShownChars)}…` : value;
}
