/** Bulk reads, and the few changes that exist in GraphQL only. */
export interface GraphQl {
  /**
   * One request. Rejects with `GitHubError` when GitHub reports errors (its `graphqlErrors` has them). Mutations (the
   * query's first word is `mutation`) are not sent in dry run and are never repeated.
   * `org` picks the App installation that asks; required with App authentication.
   */
  graphql<T>(request: { query: string; variables?: Readonly<Record<string, unknown>>; org?: string }): Promise<T>;
  /** Moves an issue to another repository of the same owner; both by node id. Gives the new issue's URL. */
  transferIssue(request: { org: string; issueNodeId: string; repositoryNodeId: string }): Promise<{ url: string; number: number }>;
  pinIssue(request: { org: string; issueNodeId: string }): Promise<void>;
  unpinIssue(request: { org: string; issueNodeId: string }): Promise<void>;
}
