// Searches → pull requests, all pages. upstream: pkg/tide/github.go
import type { GraphQl } from '@prow/clients-github';
import type { ContextState, StatusContext, TidePull } from './types.ts';

const pageSize = 37;
const maxPages = 100;

const searchQuery = `query TideSearch($query: String!, $cursor: String) {
  search(type: ISSUE, first: ${pageSize}, query: $query, after: $cursor) {
    pageInfo { hasNextPage endCursor }
    nodes {
      ... on PullRequest {
        number title body isDraft updatedAt headRefName headRefOid mergeable canBeRebased mergeStateStatus reviewDecision
        author { login }
        baseRef { name }
        repository { name owner { login } }
        milestone { title }
        labels(first: 100) { nodes { name } }
        commits(last: 4) {
          nodes {
            commit {
              oid
              status { contexts { context description state } }
              statusCheckRollup { contexts(last: 100) { nodes { ... on CheckRun { name status conclusion detailsUrl } } } }
            }
          }
        }
      }
    }
  }
}`;

interface CommitNode {
  oid: string;
  status: { contexts: { context: string; description: string | null; state: string }[] } | null;
  statusCheckRollup: { contexts: { nodes: { name?: string; status?: string; conclusion?: string | null; detailsUrl?: string | null }[] } } | null;
}

interface PullNode {
  number?: number;
  title: string;
  body: string;
  isDraft: boolean;
  updatedAt: string;
  headRefName: string;
  headRefOid: string;
  mergeable: string;
  canBeRebased: boolean;
  mergeStateStatus: string;
  reviewDecision: string | null;
  author: { login: string } | null;
  baseRef: { name: string } | null;
  repository: { name: string; owner: { login: string } };
  milestone: { title: string } | null;
  labels: { nodes: { name: string }[] } | null;
  commits: { nodes: { commit: CommitNode }[] };
}

interface SearchAnswer {
  search: { pageInfo: { hasNextPage: boolean; endCursor: string | null }; nodes: PullNode[] };
}

/** Every pull request that fits the search string. @param org whose App installation asks */
export async function searchPulls(github: GraphQl, { query, org }: { query: string; org?: string }): Promise<TidePull[]> {
  const pulls: TidePull[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const answer: SearchAnswer = await github.graphql<SearchAnswer>({ query: searchQuery, variables: { query, cursor }, ...(org === undefined ? {} : { org }) });
    for (const node of answer.search.nodes) {
      const pull = node.number === undefined || node.baseRef === null ? undefined : pullOf(node, node.number, node.baseRef.name);
      if (pull !== undefined) pulls.push(pull);
    }
    const { hasNextPage, endCursor } = answer.search.pageInfo;
    if (!hasNextPage || endCursor === null) break;
    cursor = endCursor;
  }
  return pulls;
}

function pullOf(node: PullNode, number: number, base: string): TidePull {
  const head = node.commits.nodes.map(({ commit }) => commit).find(({ oid }) => oid === node.headRefOid);
  return {
    org: node.repository.owner.login,
    repo: node.repository.name,
    number,
    title: node.title,
    body: node.body,
    author: node.author?.login ?? '',
    base,
    headRef: node.headRefName,
    headSha: node.headRefOid,
    labels: (node.labels?.nodes ?? []).map(({ name }) => name),
    milestone: node.milestone?.title,
    isDraft: node.isDraft,
    mergeable: node.mergeable === 'CONFLICTING' ? 'conflicting' : node.mergeable === 'MERGEABLE' ? 'mergeable' : 'unknown',
    canBeRebased: node.canBeRebased,
    mergeState: node.mergeStateStatus,
    isApproved: node.reviewDecision === 'APPROVED',
    updatedAt: node.updatedAt,
    contexts: head === undefined ? undefined : contextsOf(head),
  };
}

function contextsOf({ status, statusCheckRollup }: CommitNode): StatusContext[] {
  const statuses = (status?.contexts ?? []).map(({ context, description, state }): StatusContext => ({
    context,
    description: description ?? '',
    state: state === 'SUCCESS' ? 'success' : state === 'PENDING' || state === 'EXPECTED' ? 'pending' : 'failure',
  }));
  const checks = (statusCheckRollup?.contexts.nodes ?? []).flatMap(({ name, status: progress, conclusion, detailsUrl }) =>
    name === undefined ? [] : [{ context: name, description: detailsUrl ?? '', state: checkRunState(progress ?? '', conclusion ?? '') }],
  );
  return bestOfEach([...statuses, ...checks]);
}

/** Skipped and neutral check runs pass. upstream: pkg/tide/tide.go, checkRunToContext */
export function checkRunState(status: string, conclusion: string): ContextState {
  if (status.toLowerCase() !== 'completed') return 'pending';
  return ['success', 'neutral', 'skipped'].includes(conclusion.toLowerCase()) ? 'success' : 'failure';
}

const rank: Record<ContextState, number> = { success: 2, pending: 1, failure: 0 };

/** Of several of one name the best counts. upstream: pkg/tide/tide.go, deduplicateContexts */
export function bestOfEach(contexts: readonly StatusContext[]): StatusContext[] {
  const best = new Map<string, StatusContext>();
  for (const context of contexts) {
    const before = best.get(context.context);
    if (before === undefined || rank[context.state] > rank[before.state]) best.set(context.context, context);
  }
  return [...best.values()];
}
