import { GraphQLError } from 'graphql';
import { ApiError } from '../api-error.ts';
import { createComment } from '../ops/comments.ts';
import { setDraft } from '../ops/pulls.ts';
import { transferIssue } from '../ops/transfer-issue.ts';
import { readNodeId } from '../render/rendering.ts';
import { searchIssues } from '../search/search-issues.ts';
import { atLeast, findAccount, findRepository, isPull, permissionOf, repositoryById, type PullRecord } from '../state/queries.ts';
import type { IssueRecord, PermissionName, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { connection, type PageArguments } from './connection.ts';
import type { GraphNode } from './graph-node.ts';
import { missing, type Nodes } from './nodes.ts';

const maxResults = 1000;
type Input<T> = { input: T & { clientMutationId?: string | null } };

/** Queries and mutations; each is called with its arguments. */
export function rootOf(nodes: Nodes): Record<string, unknown> {
  return { ...queries(nodes), ...mutations(nodes) };
}

function queries(nodes: Nodes): Record<string, unknown> {
  const { forge, viewer } = nodes;
  return {
    id: 'root',
    viewer: () => nodes.account(viewer.login),
    user: ({ login }: { login: string }) => accountOfType(nodes, login, 'User'),
    organization: ({ login }: { login: string }) => accountOfType(nodes, login, 'Organization'),
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const repository = findRepository(forge.database, owner, name);
      if (repository === undefined || !nodes.maySee(repository)) throw missing(`Could not resolve to a Repository with the name '${owner}/${name}'.`);
      return nodes.repository(repository);
    },
    node: ({ id }: { id: string }) => nodeOf(nodes, id),
    rateLimit: () => {
      const limit = 1_000_000;
      return { cost: 1, limit, nodeCount: 1, remaining: limit, used: 0, resetAt: new Date(forge.clock.now() + 3600_000).toISOString() };
    },
    search: ({ query, type, ...page }: PageArguments & { query: string; type: string }) => {
      if (type !== 'ISSUE' && type !== 'ISSUE_ADVANCED') return { ...connection([], page, () => null), issueCount: 0, repositoryCount: 0 };
      const found = searchIssues(forge.rendering(), query, { login: viewer.login });
      const reachable = found.slice(0, maxResults);
      return {
        ...connection(reachable, page, ({ repository, issue }) => (isPull(issue) ? nodes.pull(repository, issue) : nodes.issue(repository, issue))),
        issueCount: found.length,
        repositoryCount: 0,
      };
    },
  };
}

function mutations(nodes: Nodes): Record<string, unknown> {
  const { forge, viewer: actor } = nodes;
  const pin = (isPinned: boolean) => async ({ input }: Input<{ issueId: string }>): Promise<object> => {
    const { repository, issue } = issueFor(nodes, input.issueId, 'write');
    const changed = await forge.database.change((change) => change.put(tables.issues, { ...issue, isPinned }));
    return { clientMutationId: input.clientMutationId ?? null, issue: nodes.issue(repository, changed) };
  };
  const draft = (isDraft: boolean) => async ({ input }: Input<{ pullRequestId: string }>): Promise<object> => {
    const { repository, issue } = issueFor(nodes, input.pullRequestId, 'write');
    if (!isPull(issue)) throw missing('Could not resolve to a PullRequest.');
    return { clientMutationId: input.clientMutationId ?? null, pullRequest: nodes.pull(repository, await setDraft(forge, { actor, repository, issue, isDraft })) };
  };
  return {
    pinIssue: pin(true),
    unpinIssue: pin(false),
    convertPullRequestToDraft: draft(true),
    markPullRequestReadyForReview: draft(false),
    addComment: async ({ input }: Input<{ subjectId: string; body: string }>) => {
      const { repository, issue } = issueFor(nodes, input.subjectId, 'read');
      const comment = await createComment(forge, { actor, repository, issue, body: input.body });
      return { clientMutationId: input.clientMutationId ?? null, commentEdge: { cursor: '', node: nodes.comment(repository, issue, comment) } };
    },
    transferIssue: async ({ input }: Input<{ issueId: string; repositoryId: string; createLabelsIfMissing?: boolean | null }>) => {
      const { repository, issue } = issueFor(nodes, input.issueId, 'write');
      const target = readNodeId(input.repositoryId);
      const to = target?.kind === 'Repository' ? repositoryById(forge.database, Number(target.id)) : undefined;
      if (to === undefined || !nodes.maySee(to)) throw missing(`Could not resolve to a node with the global id of '${input.repositoryId}'`);
      const moved = await transferIssue(forge, { actor, repository, issue, to, makeLabels: input.createLabelsIfMissing === true });
      return { clientMutationId: input.clientMutationId ?? null, issue: nodes.issue(to, moved) };
    },
  };
}

function accountOfType(nodes: Nodes, login: string, type: 'User' | 'Organization'): GraphNode {
  const account = findAccount(nodes.forge.database, login);
  if (account === undefined || account.type !== type) throw missing(`Could not resolve to ${type === 'User' ? 'a User' : 'an Organization'} with the login of '${login}'.`);
  return nodes.account(account.login);
}

function issueById(nodes: Nodes, id: string): { repository: RepositoryRecord; issue: IssueRecord } | undefined {
  const named = readNodeId(id);
  if (named === undefined || (named.kind !== 'Issue' && named.kind !== 'PullRequest')) return undefined;
  const issue = nodes.forge.database.all(tables.issues).find((each) => each.id === Number(named.id) && (each.pull === null) === (named.kind === 'Issue'));
  const repository = repositoryById(nodes.forge.database, issue?.repoId ?? null);
  return issue === undefined || repository === undefined || !nodes.maySee(repository) ? undefined : { repository, issue };
}

function issueFor(nodes: Nodes, id: string, permission: PermissionName): { repository: RepositoryRecord; issue: IssueRecord } {
  const found = issueById(nodes, id);
  if (found === undefined) throw missing(`Could not resolve to a node with the global id of '${id.slice(0, 100)}'`);
  if (!atLeast(permissionOf(nodes.forge.database, found.repository, nodes.viewer.login), permission)) {
    throw new GraphQLError(`${nodes.viewer.login} does not have the correct permissions to execute this mutation`, { extensions: { type: 'FORBIDDEN' } });
  }
  return found;
}

function nodeOf(nodes: Nodes, id: string): GraphNode {
  const named = readNodeId(id);
  const found = issueById(nodes, id);
  if (found !== undefined) return isPull(found.issue) ? nodes.pull(found.repository, found.issue as PullRecord) : nodes.issue(found.repository, found.issue);
  if (named?.kind === 'Repository') {
    const repository = repositoryById(nodes.forge.database, Number(named.id));
    if (repository !== undefined && nodes.maySee(repository)) return nodes.repository(repository);
  }
  if (named?.kind === 'User' || named?.kind === 'Bot' || named?.kind === 'Organization') {
    const account = nodes.forge.database.all(tables.accounts).find((each) => each.id === Number(named.id));
    if (account !== undefined) return nodes.account(account.login);
  }
  throw missing(`Could not resolve to a node with the global id of '${id.slice(0, 100)}'`);
}

/** What the forge refuses, in GraphQL's shape. */
export function refusal(error: unknown): GraphQLError | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const type = error.status === 404 ? 'NOT_FOUND' : error.status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE';
  return new GraphQLError(error.message, { extensions: { type } });
}
