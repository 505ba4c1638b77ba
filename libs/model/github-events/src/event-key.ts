import type { GitHubEvent } from './event-types.ts';

/**
 * Events with one key must be handled in the order they came; with different keys they may run side by side:
 * `org/repo#7` for all of one issue or pull request, `org/repo@refs/heads/main` for pushes to a ref.
 */
export function orderingKey(event: GitHubEvent): string {
  switch (event.kind) {
    case 'issue':
    case 'issueComment':
      return `${event.repository.fullName}#${event.issue.number}`;
    case 'pullRequest':
    case 'review':
    case 'reviewComment':
      return `${event.repository.fullName}#${event.pullRequest.number}`;
    case 'push':
      return `${event.repository.fullName}@${event.ref}`;
    case 'status':
      return `${event.repository.fullName}:${event.sha}`;
    case 'other':
      return event.repository?.fullName ?? event.org ?? '';
  }
}

/** The number of the issue or pull request an event is about, if it is about one. */
export function numberOf(event: GitHubEvent): number | undefined {
  switch (event.kind) {
    case 'issue':
    case 'issueComment':
      return event.issue.number;
    case 'pullRequest':
    case 'review':
    case 'reviewComment':
      return event.pullRequest.number;
    default:
      return undefined;
  }
}

/** `opened`, `created`…; `none` for events without one, as metrics want it. */
export function actionOf(event: GitHubEvent): string {
  return 'action' in event && event.action ? event.action : 'none';
}
