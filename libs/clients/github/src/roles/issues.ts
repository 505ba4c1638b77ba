import type { Issue, IssueEvent, IssueName, IssueState, Label, Milestone, RepositoryName } from './types.ts';

/** Issues, and what issues and pull requests share: labels, assignees, milestone, state. */
export interface Issues {
  getIssue(name: IssueName): Promise<Issue>;
  /** All pages; pull requests are among them (they have `pull_request`). State is 'open' unless given. */
  listIssues(
    query: RepositoryName & { state?: IssueState | 'all'; labels?: readonly string[]; since?: string },
  ): Promise<Issue[]>;
  createIssue(
    issue: RepositoryName & { title: string; body: string; labels?: readonly string[]; assignees?: readonly string[]; milestone?: number },
  ): Promise<Issue>;
  /** What is absent stays; `milestone: null` clears it. */
  updateIssue(
    change: IssueName & {
      title?: string;
      body?: string;
      state?: IssueState;
      stateReason?: 'completed' | 'not_planned' | 'reopened';
      milestone?: number | null;
    },
  ): Promise<Issue>;
  /** Labels on the issue or pull request: all of them. */
  listIssueLabels(name: IssueName): Promise<Label[]>;
  /** One request for all of them; GitHub makes labels the repository does not have. */
  addLabels(change: IssueName & { labels: readonly string[] }): Promise<Label[]>;
  /** False when the label was not there. */
  removeLabel(change: IssueName & { label: string }): Promise<boolean>;
  replaceLabels(change: IssueName & { labels: readonly string[] }): Promise<Label[]>;
  /**
   * Says whom GitHub did not accept (they must be collaborators or have commented) instead of failing.
   * upstream: pkg/github/client.go AssignIssue
   */
  assign(change: IssueName & { logins: readonly string[] }): Promise<{ refused: string[] }>;
  unassign(change: IssueName & { logins: readonly string[] }): Promise<{ refused: string[] }>;
  /** All events, oldest first. */
  listIssueEvents(name: IssueName): Promise<IssueEvent[]>;

  listRepositoryLabels(name: RepositoryName): Promise<Label[]>;
  createLabel(label: RepositoryName & { label: string; color: string; description?: string }): Promise<Label>;
  updateLabel(
    change: RepositoryName & { label: string; newName?: string; color?: string; description?: string },
  ): Promise<Label>;
  deleteLabel(name: RepositoryName & { label: string }): Promise<boolean>;
  listMilestones(query: RepositoryName & { state?: IssueState | 'all' }): Promise<Milestone[]>;
}
