// A commit, and what CI said of it: statuses, check runs and both together.
import type { CommitSummary } from '@prow/clients-git';
import { accountByEmail, combinedState } from '../render/commits.ts';
import { latestStatuses } from '../render/pulls.ts';
import { nodeId, time, timeOrNull } from '../render/rendering.ts';
import type { CheckRunRecord, RepositoryRecord, StatusRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { connection, type PageArguments } from './connection.ts';
import type { GraphNode } from './graph-node.ts';
import type { Nodes } from './nodes.ts';

export function commitNode(nodes: Nodes, repository: RepositoryRecord, commit: CommitSummary): GraphNode {
  const url = `${nodes.forge.base}/${repository.owner}/${repository.name}/commit/${commit.sha}`;
  const [headline = '', ...body] = commit.message.split('\n');
  const person = (name: string, email: string, at: number): GraphNode => ({
    __typename: 'GitActor',
    name,
    email,
    date: time(at),
    user: () => {
      const account = accountByEmail(nodes.forge.rendering(), email);
      return account?.type === 'User' ? nodes.account(account.login) : null;
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
    repository: () => nodes.repository(repository),
    status: () => statusNode(nodes, repository, commit),
    statusCheckRollup: () => rollupNode(nodes, repository, commit),
  };
}

function statusNode(nodes: Nodes, repository: RepositoryRecord, commit: CommitSummary): GraphNode | null {
  const statuses = latestStatuses(nodes.forge.rendering(), repository.id, commit.sha);
  if (statuses.length === 0) return null;
  return {
    __typename: 'Status',
    id: nodeId('Status', `${repository.id}/${commit.sha}`),
    state: combinedState(statuses).toUpperCase(),
    contexts: () => statuses.map((status) => contextNode(nodes, repository, commit, status)),
    context: ({ name }: { name: string }) => {
      const found = statuses.find((status) => status.context === name);
      return found === undefined ? null : contextNode(nodes, repository, commit, found);
    },
    commit: () => commitNode(nodes, repository, commit),
  };
}

function contextNode(nodes: Nodes, repository: RepositoryRecord, commit: CommitSummary, status: StatusRecord): GraphNode {
  return {
    __typename: 'StatusContext',
    id: nodeId('StatusContext', status.id),
    context: status.context,
    description: status.description,
    state: status.state.toUpperCase(),
    targetUrl: status.targetUrl,
    avatarUrl: null,
    createdAt: time(status.createdAt),
    creator: () => nodes.account(status.creator),
    commit: () => commitNode(nodes, repository, commit),
  };
}

/** The newest check run of each name, and all statuses. */
function rollupNode(nodes: Nodes, repository: RepositoryRecord, commit: CommitSummary): GraphNode | null {
  const statuses = latestStatuses(nodes.forge.rendering(), repository.id, commit.sha);
  const all = nodes.forge.database.list(tables.checkRuns, tables.ofCommit({ repoId: repository.id, sha: commit.sha }));
  const runs = all.filter((run, at) => all.findLastIndex((each) => each.name === run.name) === at);
  if (statuses.length + runs.length === 0) return null;
  const isFailed = runs.some((run) => run.conclusion !== null && !['success', 'neutral', 'skipped'].includes(run.conclusion));
  const isPending = runs.some((run) => run.status !== 'completed');
  const state = statuses.length === 0 ? 'success' : combinedState(statuses);
  const members = [...runs.map((run) => () => checkRunNode(nodes, repository, run)), ...statuses.map((status) => () => contextNode(nodes, repository, commit, status))];
  return {
    __typename: 'StatusCheckRollup',
    id: nodeId('StatusCheckRollup', `${repository.id}/${commit.sha}`),
    state: isFailed || state === 'failure' ? 'FAILURE' : isPending || state === 'pending' ? 'PENDING' : 'SUCCESS',
    contexts: (given: PageArguments) => connection(members, given, (make) => make()),
    commit: () => commitNode(nodes, repository, commit),
  };
}

function checkRunNode(nodes: Nodes, repository: RepositoryRecord, run: CheckRunRecord): GraphNode {
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
    url: `${nodes.forge.base}/${repository.owner}/${repository.name}/runs/${run.id}`,
    startedAt: timeOrNull(run.startedAt),
    completedAt: timeOrNull(run.completedAt),
  };
}
