// What the handlers of one event share: the event as things are now, and what has been read about it.
import type { GitHubClient } from '@prow/clients-github';
import { type EventPullRequest, type GitHubEvent, issueFromApi, pullRequestFromApi, toGenericComment, type GenericComment } from '@prow/model-github-events';
import { SharedReads } from './event-github.ts';

export interface SessionOptions {
  readonly event: GitHubEvent;
  readonly github: GitHubClient;
  /** The event is not from just now: what it tells of its pull request or issue is asked again. */
  readonly isLate: boolean;
}

export class EventSession {
  readonly reads = new SharedReads();
  readonly #options: SessionOptions;
  #event: Promise<GitHubEvent> | undefined;
  readonly #pulls = new Map<string, Promise<EventPullRequest>>();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The event; of a late one, with the present state of its pull request or issue. */
  event(): Promise<GitHubEvent> {
    this.#event ??= this.#options.isLate ? refresh(this.#options) : Promise.resolve(this.#options.event);
    this.#event.catch(() => (this.#event = undefined));
    return this.#event;
  }

  async comment(): Promise<GenericComment | undefined> {
    return toGenericComment(await this.event());
  }

  async pullRequest(name: { org: string; repo: string; number: number }): Promise<EventPullRequest> {
    const event = await this.event();
    if ('pullRequest' in event && event.pullRequest.number === name.number) return event.pullRequest;
    const key = `${name.org}/${name.repo}#${name.number}`;
    const known = this.#pulls.get(key);
    if (known !== undefined) return known;
    const asked = this.#options.github.getPullRequest(name).then(pullRequestFromApi);
    this.#pulls.set(key, asked);
    asked.catch(() => this.#pulls.delete(key));
    return asked;
  }
}

async function refresh({ event, github }: SessionOptions): Promise<GitHubEvent> {
  switch (event.kind) {
    case 'pullRequest':
    case 'review':
    case 'reviewComment': {
      const { org, repo } = event.repository;
      const pullRequest = pullRequestFromApi(await github.getPullRequest({ org, repo, number: event.pullRequest.number }));
      return { ...event, pullRequest };
    }
    case 'issue':
    case 'issueComment': {
      const { org, repo } = event.repository;
      return { ...event, issue: issueFromApi(await github.getIssue({ org, repo, number: event.issue.number })) };
    }
    default:
      return event;
  }
}
