import type { Issue } from './types.ts';

/** GitHub's search of issues and pull requests. */
export interface Search {
  /**
   * All results (GitHub stops at 1,000). `org` picks the App installation that asks; required with App authentication.
   * upstream: pkg/github/client.go FindIssuesWithOrg
   */
  searchIssues(query: { query: string; org?: string; sort?: 'created' | 'updated' | 'comments'; ascending?: boolean }): Promise<Issue[]>;
}
