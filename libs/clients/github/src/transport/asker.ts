import { GitHubError } from '../github-error.ts';
import type { RequestPriority } from '../roles/rates.ts';
import type { Answer, Call, Sender } from './sender.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** More than GitHub ever gives for one list; ends a server's loop of `next` links. */
const maxPages = 1000;

/** What the roles are written with: a sender with a priority, and the usual ways to read an answer. */
export class Asker {
  readonly sender: Sender;
  readonly priority: RequestPriority;

  constructor(sender: Sender, priority: RequestPriority) {
    this.sender = sender;
    this.priority = priority;
  }

  /** The body of an answer. The route names its parameters; `owner` or `org` picks the installation. */
  async get<T>(route: string, parameters: Parameters = {}, options: Pick<Call, 'accept' | 'skipCache'> = {}): Promise<T> {
    return (await this.#send({ route, parameters, ...options })).data as T;
  }

  /** Undefined for 404. */
  async find<T>(route: string, parameters: Parameters = {}, options: Pick<Call, 'accept' | 'skipCache'> = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(route, parameters, options);
    } catch (error) {
      if (error instanceof GitHubError && error.isNotFound) return undefined;
      throw error;
    }
  }

  /** Whether GitHub answers 2xx rather than 404. */
  async exists(route: string, parameters: Parameters): Promise<boolean> {
    try {
      await this.#send({ route, parameters });
      return true;
    } catch (error) {
      if (error instanceof GitHubError && error.isNotFound) return false;
      throw error;
    }
  }

  /** All pages of a list. `key`: where the list is, when the answer is an object. `until`: true for the page after which enough is known. */
  list<T>(route: string, parameters: Parameters = {}, options: ListOptions<T> = {}): Promise<T[]> {
    return this.listFor(ownerIn(parameters), route, parameters, options);
  }

  /** The same for a route that does not name whose installation asks. */
  async listFor<T>(org: string | undefined, route: string, parameters: Parameters, options: ListOptions<T> = {}): Promise<T[]> {
    const all: T[] = [];
    let next: string | undefined;
    for (let page = 1; page <= maxPages; page += 1) {
      const call = next === undefined ? { route, parameters: { per_page: 100, ...parameters } } : { route, parameters: { per_page: 100, ...parameters, ...pageOf(next) } };
      const answer = await this.sender.send({ ...call, org, priority: this.priority });
      const items = listIn<T>(answer.data, options.key, route);
      all.push(...items);
      next = nextLink(answer);
      if (next === undefined || options.until?.(items) === true) return all;
    }
    throw new GitHubError(`${route}: the list did not end after ${maxPages} pages`, { status: 200, code: 'PROW_GITHUB_ENDLESS_LIST' });
  }

  /**
   * A write. `repeatable`: sending it twice does no harm. `dryRun`: what it gives instead of being sent in dry run.
   */
  async write<T>(route: string, parameters: Parameters, { repeatable = false, dryRun }: { repeatable?: boolean; dryRun: T }): Promise<T> {
    if (this.sender.isDryRun) {
      this.sender.log.info('dry run: not sent to GitHub', { route, ...namesOnly(parameters) });
      return dryRun;
    }
    return (await this.#send({ route, parameters, isRepeatable: repeatable })).data as T;
  }

  /** A write whose 404 means that there was nothing to do. */
  async remove(route: string, parameters: Parameters): Promise<boolean> {
    try {
      await this.write(route, parameters, { repeatable: true, dryRun: undefined });
      return true;
    } catch (error) {
      if (error instanceof GitHubError && error.isNotFound) return false;
      throw error;
    }
  }

  #send(call: Omit<Call, 'org' | 'priority'>): Promise<Answer> {
    return this.sender.send({ ...call, org: ownerIn(call.parameters), priority: this.priority });
  }
}

interface ListOptions<T> {
  key?: string;
  until?: (page: T[]) => boolean;
}

function ownerIn(parameters: Parameters | undefined): string | undefined {
  const owner = parameters?.['owner'] ?? parameters?.['org'];
  return typeof owner === 'string' ? owner : undefined;
}

function listIn<T>(data: unknown, key: string | undefined, route: string): T[] {
  const list = key === undefined ? data : (data as Record<string, unknown> | null)?.[key];
  if (Array.isArray(list)) return list as T[];
  if (list === undefined || list === null || data === '') return [];
  throw new GitHubError(`${route}: expected a list, found ${typeof list}`, { status: 200, code: 'PROW_GITHUB_ANSWER' });
}

/** The `next` link of an answer. It names the page; host and path are ours, so that no answer can send the token elsewhere. */
function nextLink(answer: Answer): string | undefined {
  const link = answer.headers['link'];
  if (typeof link !== 'string') return undefined;
  for (const part of link.split(',')) {
    const match = /<([^>]*)>\s*;.*rel="?next"?/.exec(part);
    if (match?.[1] !== undefined) return match[1];
  }
  return undefined;
}

function pageOf(link: string): Record<string, string> {
  const at = link.indexOf('?');
  return at < 0 ? {} : Object.fromEntries(new URLSearchParams(link.slice(at + 1)));
}

/** Parameters short enough for a log line. */
function namesOnly(parameters: Parameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => typeof value !== 'object').map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, 120) : value]));
}
