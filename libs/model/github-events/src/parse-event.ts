import { ProwError } from '@prow/base-errors';
import type { GitHubEvent, GitHubRepository, GitHubUser, PushEvent, StatusEvent } from './event-types.ts';
import { PayloadReader } from './payload-reader.ts';
import {
  readChanges,
  readComment,
  readIssue,
  readPullRequest,
  readPushedCommit,
  readRepository,
  readReview,
  readUser,
} from './parse-parts.ts';

export interface RawEvent {
  /** X-GitHub-Event. */
  readonly eventType: string;
  /** X-GitHub-Delivery. */
  readonly guid: string;
  /** The parsed JSON body. */
  readonly payload: unknown;
}

interface Head {
  readonly eventType: string;
  readonly guid: string;
  readonly sender: GitHubUser | undefined;
  readonly repository: GitHubRepository;
  readonly action: string;
}

/**
 * Types and checks a webhook. Events that no plugin handles come back as kind `other`, whatever their shape.
 *
 * Throws PROW_GITHUB_EVENTS_SHAPE naming the field for a payload that is not what its type says, and
 * PROW_GITHUB_EVENTS_REPOSITORY for a pull request of another repository than the one that signed for it.
 */
export function parseEvent({ eventType, guid, payload }: RawEvent): GitHubEvent {
  const from = new PayloadReader(payload);
  const sender = readSender(from);
  const reader = READERS[eventType as keyof typeof READERS];
  if (reader === undefined || !Object.hasOwn(READERS, eventType)) {
    return { kind: 'other', eventType, guid, sender, repository: readOptionalRepository(from), org: readOrg(from), action: readAction(from) };
  }
  const event = reader(from, { eventType, guid, sender, repository: readRepository(from.object('repository')), action: from.stringOr('action', '') });
  if ('pullRequest' in event) checkBase(event.repository, event.pullRequest.base.repository);
  return event;
}

const READERS = {
  issues: (from: PayloadReader, head: Head): GitHubEvent => ({
    ...head,
    kind: 'issue',
    issue: readIssue(from.object('issue')),
    label: from.optionalObject('label')?.string('name'),
    changes: readChanges(from),
  }),
  issue_comment: (from: PayloadReader, { eventType, guid, sender, repository, action }: Head): GitHubEvent => ({
    eventType,
    guid,
    sender,
    repository,
    action,
    kind: 'issueComment',
    issue: readIssue(from.object('issue')),
    comment: readComment(from.object('comment')),
  }),
  pull_request: (from: PayloadReader, head: Head): GitHubEvent => {
    const pullRequest = readPullRequest(from.object('pull_request'));
    return {
      ...head,
      kind: 'pullRequest',
      number: pullRequest.number,
      pullRequest,
      label: from.optionalObject('label')?.string('name'),
      changes: readChanges(from),
      before: from.optionalString('before'),
    };
  },
  pull_request_review: (from: PayloadReader, head: Head): GitHubEvent => ({
    ...head,
    kind: 'review',
    pullRequest: readPullRequest(from.object('pull_request')),
    review: readReview(from.object('review')),
  }),
  pull_request_review_comment: (from: PayloadReader, head: Head): GitHubEvent => ({
    ...head,
    kind: 'reviewComment',
    pullRequest: readPullRequest(from.object('pull_request')),
    comment: readComment(from.object('comment')),
  }),
  push: readPush,
  status: readStatus,
};

function readPush(from: PayloadReader, { eventType, guid, sender, repository }: Head): PushEvent {
  const ref = from.string('ref');
  return {
    kind: 'push',
    eventType,
    guid,
    sender,
    repository,
    ref,
    branch: ref.replace(/^refs\/(heads|tags)\//, ''),
    before: from.stringOr('before', ''),
    after: from.stringOr('after', ''),
    isDeleted: from.boolean('deleted') ?? false,
    isForced: from.boolean('forced') ?? false,
    compareUrl: from.stringOr('compare', ''),
    commits: from.objects('commits').map(readPushedCommit),
  };
}

function readStatus(from: PayloadReader, { eventType, guid, sender, repository }: Head): StatusEvent {
  return {
    kind: 'status',
    eventType,
    guid,
    sender,
    repository,
    sha: from.string('sha'),
    context: from.stringOr('context', ''),
    state: from.stringOr('state', ''),
    description: from.stringOr('description', ''),
    targetUrl: from.stringOr('target_url', ''),
  };
}

function readSender(from: PayloadReader): GitHubUser | undefined {
  try {
    const sender = from.optionalObject('sender');
    return sender === undefined ? undefined : readUser(sender);
  } catch {
    return undefined;
  }
}

function readOptionalRepository(from: PayloadReader): GitHubRepository | undefined {
  try {
    return readRepository(from.object('repository'));
  } catch {
    return undefined;
  }
}

function readOrg(from: PayloadReader): string | undefined {
  try {
    return from.optionalObject('organization')?.optionalString('login');
  } catch {
    return undefined;
  }
}

function readAction(from: PayloadReader): string | undefined {
  try {
    return from.optionalString('action');
  } catch {
    return undefined;
  }
}

/** A webhook may only speak of the repository whose secret signed it. */
function checkBase(repository: GitHubRepository, base: GitHubRepository | undefined): void {
  if (base === undefined || base.fullName.toLowerCase() === repository.fullName.toLowerCase()) return;
  throw new ProwError(
    'PROW_GITHUB_EVENTS_REPOSITORY',
    `webhook payload: pull_request.base.repo: expected ${repository.fullName}, found ${base.fullName}`,
    { details: { repository: repository.fullName, base: base.fullName } },
  );
}

/**
 * Which repository (or organisation) will be acted on, and so whose secret must have signed. It is read from the same
 * fields as the event itself, so no other secret can speak for it; undefined when the payload names none.
 */
export function signingScope(payload: unknown): { org: string; repo?: string } | undefined {
  let from: PayloadReader;
  try {
    from = new PayloadReader(payload);
  } catch {
    return undefined;
  }
  const repository = readOptionalRepository(from);
  if (repository !== undefined) return { org: repository.org, repo: repository.repo };
  const org = readOrg(from);
  return org === undefined ? undefined : { org };
}
