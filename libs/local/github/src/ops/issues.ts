import type { Forge } from '../forge.ts';
import { emitIssue, type Telling } from '../hooks/emit.ts';
import { atLeast, isPull, permissionOf } from '../state/queries.ts';
import type { AccountRecord, IssueRecord, PullPart, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { present } from './comments.ts';
import { addAssignees, addLabels, checkBody, checkTitle, editText, removeAssignees, save, setLabels, setMilestone, setState } from './issue-changes.ts';

export interface NewIssue {
  title: string;
  body: string;
  labels?: readonly string[];
  assignees?: readonly string[];
  milestone?: number;
}

/** The record of a new issue or pull request, with the next number of its repository. */
export function insertIssue({ change, actor, now, repository }: Telling, { title, body, pull }: { title: string; body: string; pull: PullPart | null }): IssueRecord {
  const present = change.get(tables.repositories, tables.padded(repository.id)) ?? repository;
  const number = present.lastNumber + 1;
  change.put(tables.repositories, { ...present, lastNumber: number });
  return change.put(tables.issues, {
    id: change.nextId(),
    repoId: repository.id,
    number,
    title,
    body,
    author: actor.login,
    state: 'open',
    stateReason: null,
    labels: [],
    assignees: [],
    milestone: null,
    isPinned: false,
    isLocked: false,
    reactions: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    pull,
  } satisfies IssueRecord);
}

export function createIssue(forge: Forge, { actor, repository, ...given }: { actor: AccountRecord; repository: RepositoryRecord } & NewIssue): Promise<IssueRecord> {
  const title = checkTitle('Issue', given.title);
  const body = checkBody('Issue', given.body);
  const mayTriage = atLeast(permissionOf(forge.database, repository, actor.login), 'triage');
  return forge.change(actor, (_change, tell) => {
    const telling = tell(repository);
    let issue = insertIssue(telling, { title, body, pull: null });
    emitIssue(telling, 'opened', issue);
    if (!mayTriage) return issue; // GitHub passes over the rest in silence
    issue = addLabels(telling, issue, given.labels ?? []);
    issue = addAssignees(telling, issue, given.assignees ?? []);
    return given.milestone === undefined ? issue : setMilestone(telling, issue, given.milestone);
  });
}

export interface IssueUpdate {
  title?: string;
  body?: string;
  baseRef?: string;
  state?: 'open' | 'closed';
  stateReason?: IssueRecord['stateReason'];
  labels?: readonly string[];
  assignees?: readonly string[];
  milestone?: number | null;
  maintainerCanModify?: boolean;
}

export async function updateIssue(forge: Forge, { actor, repository, issue, update }: { actor: AccountRecord; repository: RepositoryRecord; issue: IssueRecord; update: IssueUpdate }): Promise<IssueRecord> {
  if (isPull(issue)) await forge.study(issue);
  return forge.change(actor, (_change, tell) => {
    const telling = tell(repository);
    let current = present(telling, issue);
    current = editText(telling, current, update);
    if (update.labels !== undefined) current = setLabels(telling, current, update.labels);
    if (update.assignees !== undefined) {
      const wanted = new Set(update.assignees.map((login) => login.toLowerCase()));
      current = removeAssignees(telling, current, current.assignees.filter((login) => !wanted.has(login.toLowerCase())));
      current = addAssignees(telling, current, update.assignees);
    }
    if (update.milestone !== undefined) current = setMilestone(telling, current, update.milestone);
    if (update.maintainerCanModify !== undefined && current.pull !== null) current = save(telling, { ...current, pull: { ...current.pull, maintainerCanModify: update.maintainerCanModify } });
    if (update.state !== undefined) current = setState(telling, current, update.state, update.stateReason ?? null);
    return current;
  });
}

/** A change of labels, assignees and the like of one issue. */
export async function changeIssue(
  forge: Forge,
  { actor, repository, issue, apply }: { actor: AccountRecord; repository: RepositoryRecord; issue: IssueRecord; apply: (telling: Telling, issue: IssueRecord) => IssueRecord },
): Promise<IssueRecord> {
  if (isPull(issue)) await forge.study(issue);
  return forge.change(actor, (_change, tell) => {
    const telling = tell(repository);
    return apply(telling, present(telling, issue));
  });
}
