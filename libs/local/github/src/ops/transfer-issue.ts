import { ApiError } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { emitIssue } from '../hooks/emit.ts';
import { renderIssue } from '../render/issues.ts';
import { renderRepository } from '../render/repositories.ts';
import { findLabel } from '../state/queries.ts';
import type { AccountRecord, IssueRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { recordEvent } from './issue-changes.ts';

/** Moves an issue, with its comments, to another repository of the same owner. */
export function transferIssue(
  forge: Forge,
  { actor, repository, issue, to, makeLabels }: { actor: AccountRecord; repository: RepositoryRecord; issue: IssueRecord; to: RepositoryRecord; makeLabels: boolean },
): Promise<IssueRecord> {
  if (issue.pull !== null) throw new ApiError(422, 'Pull requests cannot be transferred.');
  if (repository.owner.toLowerCase() !== to.owner.toLowerCase()) throw new ApiError(422, 'Issues can only be transferred between repositories of one owner.');
  if (repository.id === to.id) throw new ApiError(422, 'The issue is in this repository already.');
  return forge.change(actor, (change, tell) => {
    const target = change.get(tables.repositories, tables.padded(to.id)) ?? to;
    const number = target.lastNumber + 1;
    change.put(tables.repositories, { ...target, lastNumber: number });
    const telling = tell(repository);
    const labels = issue.labels.filter((name) => findLabel(change, to.id, name) !== undefined || makeLabels);
    for (const name of labels) {
      if (findLabel(change, to.id, name) === undefined) change.put(tables.labels, { id: change.nextId(), repoId: to.id, name, color: findLabel(change, repository.id, name)?.color ?? 'ededed', description: '' });
    }
    const moved: IssueRecord = { ...issue, repoId: to.id, number, labels, milestone: null, updatedAt: telling.now };
    change.delete(tables.issues, issue);
    change.put(tables.issues, moved);
    for (const comment of change.list(tables.comments, tables.ofIssue(issue))) change.put(tables.comments, { ...comment, repoId: to.id, number });
    for (const event of change.list(tables.issueEvents, tables.ofIssue(issue))) change.put(tables.issueEvents, { ...event, repoId: to.id, number });
    emitIssue(telling, 'transferred', issue, { changes: { new_issue: renderIssue(telling.rendering, target, moved), new_repository: renderRepository(telling.rendering, target) } });
    const there = tell(target);
    recordEvent(there, moved, 'transferred');
    emitIssue(there, 'opened', moved, { changes: { old_issue: renderIssue(telling.rendering, repository, issue), old_repository: renderRepository(telling.rendering, repository) } });
    return moved;
  });
}
