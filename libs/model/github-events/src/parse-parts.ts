import type {
  EventChanges,
  EventComment,
  EventIssue,
  EventPullRequest,
  EventReview,
  GitHubMilestone,
  GitHubRepository,
  GitHubUser,
  PullRequestEnd,
  PushedCommit,
} from './event-types.ts';
import type { PayloadReader } from './payload-reader.ts';

/** The account GitHub shows in place of one that was deleted. */
const GHOST: GitHubUser = { login: 'ghost', type: 'User', htmlUrl: 'https://github.com/ghost' };

export function readUser(from: PayloadReader): GitHubUser {
  // Payloads of a push name the owner only as `name`.
  const login = from.optionalString('login') ?? from.string('name');
  return { login, type: from.stringOr('type', 'User'), htmlUrl: from.stringOr('html_url', '') };
}

export function readUserOrGhost(from: PayloadReader, key: string): GitHubUser {
  const user = from.optionalObject(key);
  return user === undefined ? GHOST : readUser(user);
}

export function readRepository(from: PayloadReader): GitHubRepository {
  const org = readUser(from.object('owner')).login;
  const repo = from.string('name');
  return {
    org,
    repo,
    fullName: `${org}/${repo}`,
    htmlUrl: from.stringOr('html_url', ''),
    cloneUrl: from.stringOr('clone_url', ''),
    defaultBranch: from.stringOr('default_branch', ''),
    isFork: from.boolean('fork') ?? false,
    isPrivate: from.boolean('private') ?? false,
  };
}

function readMilestone(from: PayloadReader): GitHubMilestone | undefined {
  const milestone = from.optionalObject('milestone');
  return milestone === undefined ? undefined : { number: milestone.integer('number'), title: milestone.string('title') };
}

function readLabels(from: PayloadReader): string[] {
  return from.objects('labels').map((label) => label.string('name'));
}

function readState(from: PayloadReader): 'open' | 'closed' {
  return from.stringOr('state', 'open') === 'closed' ? 'closed' : 'open';
}

function readEnd(from: PayloadReader): PullRequestEnd {
  const repository = from.optionalObject('repo');
  const user = from.optionalObject('user');
  return {
    ref: from.string('ref'),
    sha: from.string('sha'),
    repository: repository === undefined ? undefined : readRepository(repository),
    user: user === undefined ? undefined : readUser(user),
  };
}

export function readPullRequest(from: PayloadReader): EventPullRequest {
  return {
    number: from.integer('number'),
    nodeId: from.stringOr('node_id', ''),
    title: from.stringOr('title', ''),
    body: from.stringOr('body', ''),
    state: readState(from),
    isDraft: from.boolean('draft') ?? false,
    isMerged: (from.boolean('merged') ?? false) || from.has('merged_at'),
    isMergeable: from.boolean('mergeable'),
    mergeCommitSha: from.optionalString('merge_commit_sha'),
    author: readUserOrGhost(from, 'user'),
    labels: readLabels(from),
    assignees: from.objects('assignees').map(readUser),
    requestedReviewers: from
      .objects('requested_reviewers')
      .filter((reviewer) => reviewer.has('login'))
      .map(readUser),
    milestone: readMilestone(from),
    base: readEnd(from.object('base')),
    head: readEnd(from.object('head')),
    htmlUrl: from.stringOr('html_url', ''),
    createdAt: from.stringOr('created_at', ''),
    updatedAt: from.stringOr('updated_at', ''),
    commits: from.optionalInteger('commits'),
    changedFiles: from.optionalInteger('changed_files'),
    additions: from.optionalInteger('additions'),
    deletions: from.optionalInteger('deletions'),
  };
}

export function readIssue(from: PayloadReader): EventIssue {
  return {
    number: from.integer('number'),
    nodeId: from.stringOr('node_id', ''),
    title: from.stringOr('title', ''),
    body: from.stringOr('body', ''),
    state: readState(from),
    author: readUserOrGhost(from, 'user'),
    labels: readLabels(from),
    assignees: from
      .objects('assignees')
      .filter((assignee) => assignee.has('login'))
      .map(readUser),
    milestone: readMilestone(from),
    htmlUrl: from.stringOr('html_url', ''),
    isPullRequest: from.has('pull_request'),
    createdAt: from.stringOr('created_at', ''),
    updatedAt: from.stringOr('updated_at', ''),
  };
}

export function readComment(from: PayloadReader): EventComment {
  return {
    id: from.integer('id'),
    nodeId: from.stringOr('node_id', ''),
    body: from.stringOr('body', ''),
    user: readUserOrGhost(from, 'user'),
    htmlUrl: from.stringOr('html_url', ''),
    createdAt: from.stringOr('created_at', ''),
  };
}

export function readReview(from: PayloadReader): EventReview {
  return {
    id: from.integer('id'),
    nodeId: from.stringOr('node_id', ''),
    body: from.stringOr('body', ''),
    user: readUserOrGhost(from, 'user'),
    state: from.stringOr('state', 'commented').toLowerCase(),
    htmlUrl: from.stringOr('html_url', ''),
    submittedAt: from.stringOr('submitted_at', ''),
  };
}

export function readChanges(from: PayloadReader): EventChanges {
  const changes = from.optionalObject('changes');
  if (changes === undefined) return {};
  const fromOf = (holder: PayloadReader | undefined, key: string): string | undefined =>
    holder?.optionalObject(key)?.stringOr('from', '');
  const base = changes.optionalObject('base');
  const found = {
    titleFrom: fromOf(changes, 'title'),
    bodyFrom: fromOf(changes, 'body'),
    baseRefFrom: fromOf(base, 'ref'),
    baseShaFrom: fromOf(base, 'sha'),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export function readPushedCommit(from: PayloadReader): PushedCommit {
  return {
    id: from.stringOr('id', ''),
    message: from.stringOr('message', ''),
    added: from.strings('added'),
    removed: from.strings('removed'),
    modified: from.strings('modified'),
  };
}
