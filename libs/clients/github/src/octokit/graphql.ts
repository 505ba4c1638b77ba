import { GitHubError, type GraphQlProblem } from '../github-error.ts';
import type { GraphQl } from '../roles/graphql.ts';
import type { Asker } from '../transport/asker.ts';

interface GraphQlAnswer<T> {
  data?: T | null;
  errors?: GraphQlProblem[];
}

export function graphql(ask: Asker): GraphQl {
  const send: GraphQl['graphql'] = async <T>({ query, variables = {}, org }: { query: string; variables?: Readonly<Record<string, unknown>>; org?: string }): Promise<T> => {
    const isMutation = /^\s*mutation\b/.test(query);
    if (isMutation && ask.sender.isDryRun) {
      ask.sender.log.info('dry run: not sent to GitHub', { route: 'graphql mutation' });
      return {} as T;
    }
    const answer = await ask.sender.send({
      route: `POST ${ask.sender.graphqlEndpoint}`,
      parameters: { query, variables },
      org,
      priority: ask.priority,
      isRepeatable: !isMutation,
      accept: 'application/json',
    });
    const { data, errors } = (answer.data ?? {}) as GraphQlAnswer<T>;
    if (errors !== undefined && errors.length > 0) throw graphQlError(errors);
    if (data === undefined || data === null) throw new GitHubError('GraphQL: the answer has no data', { status: answer.status, code: 'PROW_GITHUB_GRAPHQL', transient: true });
    return data;
  };
  return {
    graphql: send,
    transferIssue: async ({ org, issueNodeId, repositoryNodeId }) => {
      const query = 'mutation($issue: ID!, $repository: ID!) { transferIssue(input: {issueId: $issue, repositoryId: $repository}) { issue { url number } } }';
      const data = await send<{ transferIssue?: { issue: { url: string; number: number } } }>({ query, variables: { issue: issueNodeId, repository: repositoryNodeId }, org });
      return data.transferIssue?.issue ?? { url: '', number: 0 };
    },
    pinIssue: async ({ org, issueNodeId }) => {
      await send({ query: 'mutation($issue: ID!) { pinIssue(input: {issueId: $issue}) { issue { id } } }', variables: { issue: issueNodeId }, org });
    },
    unpinIssue: async ({ org, issueNodeId }) => {
      await send({ query: 'mutation($issue: ID!) { unpinIssue(input: {issueId: $issue}) { issue { id } } }', variables: { issue: issueNodeId }, org });
    },
  };
}

function graphQlError(errors: GraphQlProblem[]): GitHubError {
  const isRateLimit = errors.some((error) => error.type === 'RATE_LIMITED');
  const isNotFound = errors.every((error) => error.type === 'NOT_FOUND');
  return new GitHubError(`GraphQL: ${errors.slice(0, 3).map((error) => error.message).join('; ')}`, {
    status: isNotFound ? 404 : 200,
    code: isRateLimit ? 'PROW_GITHUB_RATE_LIMIT' : 'PROW_GITHUB_GRAPHQL',
    githubMessage: errors[0]?.message ?? '',
    graphqlErrors: errors,
    transient: isRateLimit || errors.some((error) => /something went wrong|timeout/i.test(error.message)),
  });
}
