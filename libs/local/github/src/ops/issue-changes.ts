// What issues and pull requests go through alike. Each function makes one change and tells of it.
import { ApiError, invalid } from '../api-error.ts';
import { emit, emitIssue, type Telling } from '../hooks/emit.ts';
import { renderUser } from '../render/accounts.ts';
import { renderLabel, renderMilestone } from '../render/repositories.ts';
import { atLeast, findAccount, findLabel, findMilestone, grantedPermission } from '../state/queries.ts';
import type { IssueEventRecord, IssueRecord, LabelRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';

export const maxBodyLength = 65_536;
const maxTitleLength = 256;
const maxLabels = 100;
const maxAssignees = 10;

export function checkTitle(resource: string, title: string): string {
  if (title.trim() === '') throw invalid(resource, 'title', 'title cannot be blank', 'missing_field');
  if (title.length > maxTitleLength) throw invalid(resource, 'title', `title is too long (maximum is ${maxTitleLength} characters)`);
  return title;
}

export function checkBody(resource: string, body: string): string {
  if (body.length > maxBodyLength) throw invalid(resource, 'body', `body is too long (maximum is ${maxBodyLength} characters)`);
  return body;
}

export function save({ change, now }: Telling, issue: IssueRecord): IssueRecord {
  return change.put(tables.issues, { ...issue, updatedAt: now });
}

export function recordEvent({ change, actor, now }: Telling, issue: IssueRecord, event: string, more: Partial<IssueEventRecord> = {}): void {
  change.put(tables.issueEvents, { id: change.nextId(), repoId: issue.repoId, number: issue.number, event, actor: actor.login, createdAt: now, ...more });
}

/** GitHub makes a label that the repository does not have, when someone may. */
export function labelNamed(telling: Telling, name: string): LabelRecord {
  const { change, repository } = telling;
  const found = findLabel(change, repository.id, name);
  if (found !== undefined) return found;
  if (name.trim() === '' || name.length > 50) throw invalid('Label', 'name', `name is too long or empty: ${JSON.stringify(name.slice(0, 60))}`, 'invalid');
  const label = change.put(tables.labels, { id: change.nextId(), repoId: repository.id, name, color: 'ededed', description: '' });
  emit(telling, 'label', { action: 'created', label: renderLabel(telling.rendering, repository, label) });
  return label;
}

export function addLabels(telling: Telling, issue: IssueRecord, names: readonly string[]): IssueRecord {
  let current = issue;
  for (const name of names) {
    const label = labelNamed(telling, name);
    if (current.labels.some((each) => each.toLowerCase() === label.name.toLowerCase())) continue;
    if (current.labels.length >= maxLabels) throw invalid('Issue', 'labels', `An issue may have at most ${maxLabels} labels`);
    current = save(telling, { ...current, labels: [...current.labels, label.name] });
    recordEvent(telling, current, 'labeled', { label: { name: label.name, color: label.color } });
    emitIssue(telling, 'labeled', current, { label: renderLabel(telling.rendering, telling.repository, label) });
  }
  return current;
}

export function removeLabel(telling: Telling, issue: IssueRecord, name: string): IssueRecord {
  const existing = issue.labels.find((each) => each.toLowerCase() === name.toLowerCase());
  if (existing === undefined) throw new ApiError(404, 'Label does not exist');
  const label = labelNamed(telling, existing);
  const current = save(telling, { ...issue, labels: issue.labels.filter((each) => each !== existing) });
  recordEvent(telling, current, 'unlabeled', { label: { name: label.name, color: label.color } });
  emitIssue(telling, 'unlabeled', current, { label: renderLabel(telling.rendering, telling.repository, label) });
  return current;
}

export function setLabels(telling: Telling, issue: IssueRecord, names: readonly string[]): IssueRecord {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  let current = issue;
  for (const name of issue.labels) if (!wanted.has(name.toLowerCase())) current = removeLabel(telling, current, name);
  return addLabels(telling, current, names);
}

/** Whom GitHub lets be assigned: who may write, and who took part. Others are passed over in silence. */
export function isAssignable({ change, repository }: Telling, issue: IssueRecord, login: string): boolean {
  const account = findAccount(change, login);
  if (account === undefined || account.type === 'Organization') return false;
  if (atLeast(grantedPermission(change, repository, login), 'read') || issue.author.toLowerCase() === login.toLowerCase()) return true;
  return change.list(tables.comments, tables.ofIssue(issue)).some((comment) => comment.author.toLowerCase() === login.toLowerCase());
}

export function addAssignees(telling: Telling, issue: IssueRecord, logins: readonly string[]): IssueRecord {
  let current = issue;
  for (const each of logins) {
    const login = findAccount(telling.change, each)?.login;
    if (login === undefined || !isAssignable(telling, current, login) || current.assignees.includes(login) || current.assignees.length >= maxAssignees) continue;
    current = save(telling, { ...current, assignees: [...current.assignees, login] });
    recordEvent(telling, current, 'assigned', { assignee: login });
    emitIssue(telling, 'assigned', current, { assignee: renderUser(telling.rendering, login) });
  }
  return current;
}

export function removeAssignees(telling: Telling, issue: IssueRecord, logins: readonly string[]): IssueRecord {
  let current = issue;
  for (const each of logins) {
    const login = current.assignees.find((assignee) => assignee.toLowerCase() === each.toLowerCase());
    if (login === undefined) continue;
    current = save(telling, { ...current, assignees: current.assignees.filter((assignee) => assignee !== login) });
    recordEvent(telling, current, 'unassigned', { assignee: login });
    emitIssue(telling, 'unassigned', current, { assignee: renderUser(telling.rendering, login) });
  }
  return current;
}

export function setMilestone(telling: Telling, issue: IssueRecord, number: number | null): IssueRecord {
  const { change, repository, rendering } = telling;
  if (issue.milestone === number) return issue;
  const previous = findMilestone(change, repository.id, issue.milestone);
  const next = findMilestone(change, repository.id, number);
  if (number !== null && next === undefined) throw invalid('Issue', 'milestone', `there is no milestone ${number}`, 'invalid');
  const current = save(telling, { ...issue, milestone: number });
  if (previous !== undefined) {
    recordEvent(telling, current, 'demilestoned', { milestone: previous.title });
    emitIssue(telling, 'demilestoned', current, { milestone: renderMilestone(rendering, repository, previous) });
  }
  if (next !== undefined) {
    recordEvent(telling, current, 'milestoned', { milestone: next.title });
    emitIssue(telling, 'milestoned', current, { milestone: renderMilestone(rendering, repository, next) });
  }
  return current;
}

export function setState(telling: Telling, issue: IssueRecord, state: 'open' | 'closed', reason: IssueRecord['stateReason']): IssueRecord {
  if (issue.state === state) return issue;
  const { actor, now } = telling;
  if (state === 'open' && issue.pull?.isMerged === true) throw invalid('PullRequest', 'state', 'state cannot be changed. The pull request has been merged.');
  const isClosing = state === 'closed';
  const current = save(telling, {
    ...issue,
    state,
    stateReason: issue.pull === null ? (isClosing ? (reason ?? 'completed') : 'reopened') : null,
    closedAt: isClosing ? now : null,
    closedBy: isClosing ? actor.login : null,
  });
  recordEvent(telling, current, isClosing ? 'closed' : 'reopened');
  emitIssue(telling, isClosing ? 'closed' : 'reopened', current);
  return current;
}

/** Title, body and base in one `edited` event, as GitHub tells it. */
export function editText(telling: Telling, issue: IssueRecord, { title, body, baseRef }: { title?: string; body?: string; baseRef?: string }): IssueRecord {
  const changes: Record<string, unknown> = {};
  let current = issue;
  if (title !== undefined && title !== issue.title) {
    changes['title'] = { from: issue.title };
    current = { ...current, title: checkTitle('Issue', title) };
    recordEvent(telling, current, 'renamed', { rename: { from: issue.title, to: title } });
  }
  if (body !== undefined && body !== issue.body) {
    changes['body'] = { from: issue.body };
    current = { ...current, body: checkBody('Issue', body) };
  }
  if (baseRef !== undefined && issue.pull !== null && baseRef !== issue.pull.baseRef) {
    const tip = telling.repository.refs[`refs/heads/${baseRef}`];
    if (tip === undefined) throw invalid('PullRequest', 'base', `there is no branch ${baseRef}`, 'invalid');
    changes['base'] = { ref: { from: issue.pull.baseRef }, sha: { from: issue.pull.baseSha } };
    current = { ...current, pull: { ...issue.pull, baseRef, baseSha: tip } };
    recordEvent(telling, current, 'base_ref_changed');
  }
  if (Object.keys(changes).length === 0) return issue;
  current = save(telling, current);
  emitIssue(telling, 'edited', current, { changes });
  return current;
}
