// Records as GraphQL objects: fields are values, or functions of their arguments, called only when asked for.
import { GraphQLError } from 'graphql';
import type { Forge } from '../forge.ts';
import { mergeableState, reviewVerdict } from '../render/pulls.ts';
import { nodeId, time, timeOrNull } from '../render/rendering.ts';
import { accountOf, atLeast, authorAssociation, baseShaOf, findAccount, findIssue, findLabel, findMilestone, isPull, listPulls, own, permissionOf, repositoryById, type PullRecord } from '../state/queries.ts';
import type { AccountRecord, CommentRecord, IssueRecord, RepositoryRecord, ReviewRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { commitNode } from './commit-nodes.ts';
import { connection, type Connection, type PageArguments } from './connection.ts';
import type { GraphNode } from './graph-node.ts';

interface IssueListArguments extends PageArguments {
  states?: readonly string[] | null;
  labels?: readonly string[] | null;
  baseRefName?: string | null;
  headRefName?: string | null;
  orderBy?: { field: string; direction: string } | null;
}

/** Makes nodes for one asker, who sees only what they may. */
export class Nodes {
  readonly forge: Forge;
  readonly viewer: AccountRecord;

  constructor(forge: Forge, viewer: AccountRecord) {
    this.forge = forge;
    this.viewer = viewer;
  }

  get #view(): Forge['database'] {
    return this.forge.database;
  }

  maySee(repository: RepositoryRecord): boolean {
    return atLeast(permissionOf(this.#view, repository, this.viewer.login), 'read');
  }

  account(login: string): GraphNode {
    const account = accountOf(this.#view, login);
    return {
      __typename: account.type,
      id: nodeId(account.type, account.id),
      databaseId: account.id,
      login: account.login,
      name: account.name === '' ? null : account.name,
      email: account.email,
      avatarUrl: `${this.forge.base}/-/avatar/${encodeURIComponent(account.login)}.svg`,
      url: `${this.forge.base}/${encodeURIComponent(account.login)}`,
      resourcePath: `/${encodeURIComponent(account.login)}`,
    };
  }

  users(logins: readonly string[], given: PageArguments): Connection<GraphNode> {
    return connection(logins, given, (login) => this.account(login));
  }

  repository(repository: RepositoryRecord): GraphNode {
    const path = `/${repository.owner}/${repository.name}`;
    return {
      __typename: 'Repository',
      id: nodeId('Repository', repository.id),
      databaseId: repository.id,
      name: repository.name,
      nameWithOwner: `${repository.owner}/${repository.name}`,
      owner: () => this.account(repository.owner),
      description: repository.description === '' ? null : repository.description,
      isArchived: repository.isArchived,
      isFork: repository.forkOf !== null,
      isPrivate: repository.isPrivate,
      mergeCommitAllowed: repository.allowMerge,
      squashMergeAllowed: repository.allowSquash,
      rebaseMergeAllowed: repository.allowRebase,
      url: `${this.forge.base}${path}`,
      resourcePath: path,
      defaultBranchRef: () => this.ref(repository, `refs/heads/${repository.defaultBranch}`),
      ref: ({ qualifiedName }: { qualifiedName: string }) => this.ref(repository, qualifiedName.startsWith('refs/') ? qualifiedName : `refs/heads/${qualifiedName}`),
      pullRequest: ({ number }: { number: number }) => this.#pullNumbered(repository, number),
      issue: ({ number }: { number: number }) => this.#issueNumbered(repository, number),
      pullRequests: (given: IssueListArguments) => this.#pulls(repository, given),
      issues: (given: IssueListArguments) => this.#issues(repository, given),
    };
  }

  ref(repository: RepositoryRecord, name: string): GraphNode | null {
    const sha = own(repository.refs, name);
    if (sha === undefined) return null;
    const prefix = name.startsWith('refs/tags/') ? 'refs/tags/' : 'refs/heads/';
    return {
      __typename: 'Ref',
      id: nodeId('Ref', `${repository.id}/${Buffer.from(name).toString('hex')}`),
      name: name.slice(prefix.length),
      prefix,
      repository: () => this.repository(repository),
      target: async () => {
        const [commit] = await this.forge.commits(repository.id, [sha]);
        return commit === undefined ? null : commitNode(this, repository, commit);
      },
    };
  }

  #issueParts(repository: RepositoryRecord, issue: IssueRecord): Record<string, unknown> {
    const view = this.#view;
    const path = `/${repository.owner}/${repository.name}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}`;
    const milestone = findMilestone(view, repository.id, issue.milestone);
    return {
      id: nodeId(issue.pull === null ? 'Issue' : 'PullRequest', issue.id),
      databaseId: issue.id,
      number: issue.number,
      title: issue.title,
      body: issue.body,
      author: () => (findAccount(view, issue.author) === undefined ? null : this.account(issue.author)),
      authorAssociation: () => authorAssociation(view, repository, issue.author),
      closed: issue.state === 'closed',
      closedAt: timeOrNull(issue.closedAt),
      createdAt: time(issue.createdAt),
      updatedAt: time(issue.updatedAt),
      locked: issue.isLocked,
      url: `${this.forge.base}${path}`,
      permalink: `${this.forge.base}${path}`,
      resourcePath: path,
      repository: () => this.repository(repository),
      milestone: milestone === undefined ? null : { __typename: 'Milestone', id: nodeId('Milestone', milestone.id), number: milestone.number, title: milestone.title, description: milestone.description, state: milestone.state.toUpperCase() },
      labels: (given: PageArguments) =>
        connection(issue.labels, given, (name) => {
          const label = findLabel(view, repository.id, name);
          return { __typename: 'Label', id: nodeId('Label', label?.id ?? 0), name, color: label?.color ?? 'ededed', description: label?.description ?? null };
        }),
      assignees: (given: PageArguments) => this.users(issue.assignees, given),
      comments: (given: PageArguments) => connection(view.list(tables.comments, tables.ofIssue(issue)), given, (comment) => this.comment(repository, issue, comment)),
    };
  }

  comment(repository: RepositoryRecord, issue: IssueRecord, comment: CommentRecord): GraphNode {
    const kind = issue.pull === null ? 'issues' : 'pull';
    return {
      __typename: 'IssueComment',
      id: nodeId('IssueComment', comment.id),
      databaseId: comment.id,
      body: comment.body,
      author: () => this.account(comment.author),
      createdAt: time(comment.createdAt),
      updatedAt: time(comment.updatedAt),
      url: `${this.forge.base}/${repository.owner}/${repository.name}/${kind}/${issue.number}#issuecomment-${comment.id}`,
    };
  }

  issue(repository: RepositoryRecord, issue: IssueRecord): GraphNode {
    return {
      __typename: 'Issue',
      ...this.#issueParts(repository, issue),
      state: issue.state.toUpperCase(),
      stateReason: issue.stateReason?.toUpperCase() ?? null,
      isPinned: issue.isPinned,
    };
  }

  pull(repository: RepositoryRecord, issue: PullRecord): GraphNode {
    const { pull } = issue;
    const studied = async <T>(read: () => T, withRebase = false): Promise<T> => {
      await this.forge.study(issue, { withRebase });
      return read();
    };
    const numbers = (): ReturnType<ReturnType<Forge['rendering']>['numbersOf']> => this.forge.rendering().numbersOf(issue);
    const fitness = (): ReturnType<ReturnType<Forge['rendering']>['mergeabilityOf']> => this.forge.rendering().mergeabilityOf(issue);
    const headRepository = repositoryById(this.#view, pull.headRepoId);
    return {
      __typename: 'PullRequest',
      ...this.#issueParts(repository, issue),
      state: pull.isMerged ? 'MERGED' : issue.state.toUpperCase(),
      isDraft: pull.isDraft,
      isCrossRepository: pull.headRepoId !== repository.id,
      baseRef: () => this.ref(repository, `refs/heads/${pull.baseRef}`),
      baseRefName: pull.baseRef,
      baseRefOid: baseShaOf(this.#view, issue),
      baseRepository: () => this.repository(repository),
      headRef: () => (headRepository === undefined ? null : this.ref(headRepository, `refs/heads/${pull.headRef}`)),
      headRefName: pull.headRef,
      headRefOid: pull.headSha,
      headRepository: () => (headRepository === undefined ? null : this.repository(headRepository)),
      headRepositoryOwner: () => (findAccount(this.#view, pull.headOwner) === undefined ? null : this.account(pull.headOwner)),
      additions: () => studied(() => numbers()?.additions ?? 0),
      deletions: () => studied(() => numbers()?.deletions ?? 0),
      changedFiles: () => studied(() => numbers()?.changedFiles ?? 0),
      mergeable: () => (issue.state === 'open' ? studied(() => (fitness()?.mergeable === true ? 'MERGEABLE' : 'CONFLICTING')) : 'UNKNOWN'),
      canBeRebased: () => (issue.state === 'open' ? studied(() => fitness()?.rebaseable === true, true) : false),
      mergeStateStatus: () => studied(() => mergeableState(this.forge.rendering(), repository, issue).toUpperCase()),
      merged: pull.isMerged,
      mergedAt: timeOrNull(pull.mergedAt),
      mergedBy: () => (pull.mergedBy === null ? null : this.account(pull.mergedBy)),
      mergeCommit: async () => {
        const [commit] = pull.mergeSha === null ? [] : await this.forge.commits(repository.id, [pull.mergeSha]);
        return commit === undefined ? null : commitNode(this, repository, commit);
      },
      reviewDecision: () => this.#reviewDecision(repository, issue),
      reviews: (given: PageArguments) => connection(this.#view.list(tables.reviews, tables.ofIssue(issue)), given, (review) => this.#review(repository, issue, review)),
      commits: async (given: PageArguments) => connection(await this.forge.commitsOfPull(issue), given, (commit) => ({ __typename: 'PullRequestCommit', id: nodeId('PullRequestCommit', `${issue.id}/${commit.sha}`), commit: () => commitNode(this, repository, commit) })),
    };
  }

  /** Null where the branch asks for no review, as on GitHub. */
  #reviewDecision(repository: RepositoryRecord, issue: PullRecord): string | null {
    const { approvals, changesRequested } = reviewVerdict(this.forge.rendering(), issue);
    const needed = own(repository.protections, issue.pull.baseRef)?.reviews?.approvals;
    if (changesRequested > 0) return 'CHANGES_REQUESTED';
    if (needed !== undefined) return approvals >= needed ? 'APPROVED' : 'REVIEW_REQUIRED';
    return approvals > 0 ? 'APPROVED' : null;
  }

  #review(repository: RepositoryRecord, issue: PullRecord, review: ReviewRecord): GraphNode {
    return {
      __typename: 'PullRequestReview',
      id: nodeId('PullRequestReview', review.id),
      databaseId: review.id,
      author: () => this.account(review.author),
      body: review.body,
      state: review.state,
      createdAt: time(review.submittedAt),
      submittedAt: time(review.submittedAt),
      url: `${this.forge.base}/${repository.owner}/${repository.name}/pull/${issue.number}#pullrequestreview-${review.id}`,
    };
  }

  #pullNumbered(repository: RepositoryRecord, number: number): GraphNode {
    const issue = findIssue(this.#view, repository.id, number);
    if (issue === undefined || !isPull(issue)) throw missing(`Could not resolve to a PullRequest with the number of ${number}.`);
    return this.pull(repository, issue);
  }

  #issueNumbered(repository: RepositoryRecord, number: number): GraphNode {
    const issue = findIssue(this.#view, repository.id, number);
    if (issue === undefined || isPull(issue)) throw missing(`Could not resolve to an Issue with the number of ${number}.`);
    return this.issue(repository, issue);
  }

  #pulls(repository: RepositoryRecord, given: IssueListArguments): Connection<GraphNode> {
    const stateOf = (issue: PullRecord): string => (issue.pull.isMerged ? 'MERGED' : issue.state.toUpperCase());
    const found = listPulls(this.#view, repository.id).filter(
      (issue) =>
        (given.states == null || given.states.includes(stateOf(issue))) &&
        hasLabels(issue, given.labels) &&
        (given.baseRefName == null || issue.pull.baseRef === given.baseRefName) &&
        (given.headRefName == null || issue.pull.headRef === given.headRefName),
    );
    return connection(ordered(found, given.orderBy), given, (issue) => this.pull(repository, issue));
  }

  #issues(repository: RepositoryRecord, given: IssueListArguments): Connection<GraphNode> {
    const found = this.#view.list(tables.issues, String(repository.id)).filter((issue) => issue.pull === null && (given.states == null || given.states.includes(issue.state.toUpperCase())) && hasLabels(issue, given.labels));
    return connection(ordered(found, given.orderBy), given, (issue) => this.issue(repository, issue));
  }
}

function hasLabels(issue: IssueRecord, labels: readonly string[] | null | undefined): boolean {
  return labels == null || labels.some((label) => issue.labels.some((each) => each.toLowerCase() === label.toLowerCase()));
}

function ordered<R extends IssueRecord>(issues: readonly R[], order: { field: string; direction: string } | null | undefined): R[] {
  const keyOf = (issue: R): number => (order?.field === 'UPDATED_AT' ? issue.updatedAt : issue.number);
  const sign = order?.direction === 'DESC' ? -1 : 1;
  return issues.toSorted((a, b) => sign * (keyOf(a) - keyOf(b)));
}

/** An error of GitHub's type NOT_FOUND. */
export function missing(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } });
}
