// Records as GraphQL objects: fields are values, or functions of their arguments, called only when asked for.
import type { CommitSummary } from '@prow/clients-git';
import { GraphQLError } from 'graphql';
import type { Forge } from '../forge.ts';
import { accountByEmail, combinedState } from '../render/commits.ts';
import { latestStatuses, mergeableState, reviewVerdict } from '../render/pulls.ts';
import { nodeId, time, timeOrNull } from '../render/rendering.ts';
import { accountOf, atLeast, authorAssociation, baseShaOf, findAccount, findIssue, findLabel, findMilestone, isPull, listPulls, own, permissionOf, repositoryById, type PullRecord } from '../state/queries.ts';
import type { AccountRecord, CheckRunRecord, CommentRecord, IssueRecord, RepositoryRecord, ReviewRecord, StatusRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { connection, type Connection, type PageArguments } from './connection.ts';

export type GraphNode = Record<string, unknown> & { __typename: string };

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
        return commit === undefined ? null : this.commit(repository, commit);
      },
    };
  }

  commit(repository: RepositoryRecord, commit: CommitSummary): GraphNode {
    const url = `${this.forge.base}/${repository.owner}/${repository.name}/commit/${commit.sha}`;
    const [headline = '', ...body] = commit.message.split('\n');
    const person = (name: string, email: string, at: number): GraphNode => ({
      __typename: 'GitActor',
      name,
      email,
      date: time(at),
      user: () => {
        const account = accountByEmail(this.forge.rendering(), email);
        return account?.type === 'User' ? this.account(account.login) : null;
      },
    });
    return {
      __typename: 'Commit',
      id: nodeId('Commit', `${repository.id}/${commit.sha}`),
      oid: commit.sha,
      abbreviatedOid: commit.sha.slice(0, 7),
      message: commit.message,
      messageHeadline: headline,
      messageBody: body.join('\n').trim(),
      authoredDate: time(commit.authoredAt),
      committedDate: time(commit.committedAt),
      author: person(commit.authorName, commit.authorEmail, commit.authoredAt),
      committer: person(commit.committerName, commit.committerEmail, commit.committedAt),
      url,
      commitUrl: url,
      repository: () => this.repository(repository),
      status: () => this.#status(repository, commit),
      statusCheckRollup: () => this.#rollup(repository, commit),
    };
  }

  #status(repository: RepositoryRecord, commit: CommitSummary): GraphNode | null {
    const statuses = latestStatuses(this.forge.rendering(), repository.id, commit.sha);
    if (statuses.length === 0) return null;
    return {
      __typename: 'Status',
      id: nodeId('Status', `${repository.id}/${commit.sha}`),
      state: combinedState(statuses).toUpperCase(),
      contexts: () => statuses.map((status) => this.#context(repository, commit, status)),
      context: ({ name }: { name: string }) => {
        const found = statuses.find((status) => status.context === name);
        return found === undefined ? null : this.#context(repository, commit, found);
      },
      commit: () => this.commit(repository, commit),
    };
  }

  #context(repository: RepositoryRecord, commit: CommitSummary, status: StatusRecord): GraphNode {
    return {
      __typename: 'StatusContext',
      id: nodeId('StatusContext', status.id),
      context: status.context,
      description: status.description,
      state: status.state.toUpperCase(),
      targetUrl: status.targetUrl,
      avatarUrl: null,
      createdAt: time(status.createdAt),
      creator: () => this.account(status.creator),
      commit: () => this.commit(repository, commit),
    };
  }

  /** The newest check run of each name, and all statuses. */
  #rollup(repository: RepositoryRecord, commit: CommitSummary): GraphNode | null {
    const statuses = latestStatuses(this.forge.rendering(), repository.id, commit.sha);
    const all = this.#view.list(tables.checkRuns, tables.ofCommit({ repoId: repository.id, sha: commit.sha }));
    const runs = all.filter((run, at) => all.findLastIndex((each) => each.name === run.name) === at);
    if (statuses.length + runs.length === 0) return null;
    const isFailed = runs.some((run) => run.conclusion !== null && !['success', 'neutral', 'skipped'].includes(run.conclusion));
    const isPending = runs.some((run) => run.status !== 'completed');
    const state = statuses.length === 0 ? 'success' : combinedState(statuses);
    const members = [...runs.map((run) => () => this.#checkRun(repository, run)), ...statuses.map((status) => () => this.#context(repository, commit, status))];
    return {
      __typename: 'StatusCheckRollup',
      id: nodeId('StatusCheckRollup', `${repository.id}/${commit.sha}`),
      state: isFailed || state === 'failure' ? 'FAILURE' : isPending || state === 'pending' ? 'PENDING' : 'SUCCESS',
      contexts: (given: PageArguments) => connection(members, given, (make) => make()),
      commit: () => this.commit(repository, commit),
    };
  }

  #checkRun(repository: RepositoryRecord, run: CheckRunRecord): GraphNode {
    return {
      __typename: 'CheckRun',
      id: nodeId('CheckRun', run.id),
      databaseId: run.id,
      name: run.name,
      status: run.status.toUpperCase(),
      conclusion: run.conclusion?.toUpperCase() ?? null,
      detailsUrl: run.detailsUrl,
      externalId: run.externalId,
      title: run.title,
      summary: run.summary,
      text: run.text,
      url: `${this.forge.base}/${repository.owner}/${repository.name}/runs/${run.id}`,
      startedAt: timeOrNull(run.startedAt),
      completedAt: timeOrNull(run.completedAt),
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
        return commit === undefined ? null : this.commit(repository, commit);
      },
      reviewDecision: () => this.#reviewDecision(repository, issue),
      reviews: (given: PageArguments) => connection(this.#view.list(tables.reviews, tables.ofIssue(issue)), given, (review) => this.#review(repository, issue, review)),
      commits: async (given: PageArguments) => connection(await this.forge.commitsOfPull(issue), given, (commit) => ({ __typename: 'PullRequestCommit', id: nodeId('PullRequestCommit', `${issue.id}/${commit.sha}`), commit: () => this.commit(repository, commit) })),
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
