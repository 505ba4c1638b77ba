import type * as records from './records.ts';

/** How records of a kind are found: by key, and all of a group in the order of their keys. */
export interface Table<R> {
  readonly name: string;
  keyOf(record: R): string;
  groupOf(record: R): string;
}

/** Numbers in keys, so that text order is number order. */
export function padded(number: number): string {
  return String(number).padStart(12, '0');
}

const lower = (text: string): string => text.toLowerCase();
const byId = (record: { id: number }): string => padded(record.id);
const ofRepository = (record: { repoId: number }): string => String(record.repoId);
export const ofIssue = ({ repoId, number }: { repoId: number; number: number }): string => `${repoId}/${number}`;
export const ofCommit = ({ repoId, sha }: { repoId: number; sha: string }): string => `${repoId}/${sha}`;

function table<R>(name: string, keyOf: (record: R) => string, groupOf: (record: R) => string): Table<R> {
  return { name, keyOf, groupOf };
}

export const accounts = table<records.AccountRecord>('account', (each) => lower(each.login), () => '');
export const tokens = table<records.TokenRecord>('token', (each) => each.token, (each) => lower(each.login));
export const organizations = table<records.OrganizationRecord>('organization', (each) => lower(each.login), () => '');
export const teams = table<records.TeamRecord>('team', byId, (each) => lower(each.org));
export const repositories = table<records.RepositoryRecord>('repository', byId, (each) => lower(each.owner));
export const labels = table<records.LabelRecord>('label', (each) => `${each.repoId}/${lower(each.name)}`, ofRepository);
export const milestones = table<records.MilestoneRecord>('milestone', (each) => `${each.repoId}/${padded(each.number)}`, ofRepository);
export const issues = table<records.IssueRecord>('issue', (each) => `${each.repoId}/${padded(each.number)}`, ofRepository);
export const comments = table<records.CommentRecord>('comment', byId, ofIssue);
export const reviews = table<records.ReviewRecord>('review', byId, ofIssue);
export const reviewComments = table<records.ReviewCommentRecord>('review-comment', byId, ofIssue);
export const issueEvents = table<records.IssueEventRecord>('issue-event', byId, ofIssue);
export const statuses = table<records.StatusRecord>('status', byId, ofCommit);
export const checkRuns = table<records.CheckRunRecord>('check-run', byId, ofCommit);
export const workflowRuns = table<records.WorkflowRunRecord>('workflow-run', byId, ofRepository);
export const hooks = table<records.HookRecord>('hook', byId, (each) => (each.appId !== undefined ? `app/${each.appId}` : each.repoId === null ? `org/${lower(each.org ?? '')}` : `repo/${each.repoId}`));
export const apps = table<records.AppRecord>('app', byId, () => '');

// oxlint-disable-next-line typescript/no-explicit-any -- tables of any record
export const allTables: readonly Table<any>[] = [
  accounts, tokens, organizations, teams, repositories, labels, milestones, issues, comments, reviews, reviewComments,
  issueEvents, statuses, checkRuns, workflowRuns, hooks, apps,
];
