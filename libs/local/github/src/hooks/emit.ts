import { randomUUID } from 'node:crypto';
import { renderAccount, renderOrganization } from '../render/accounts.ts';
import { renderComment, renderIssue } from '../render/issues.ts';
import { renderFullPull, renderReview, renderReviewComment, renderPull } from '../render/pulls.ts';
import { nodeId, type Json, type Rendering } from '../render/rendering.ts';
import { renderRepository } from '../render/repositories.ts';
import type { Change } from '../state/database.ts';
import { isPull, own, type PullRecord } from '../state/queries.ts';
import type { AccountRecord, CommentRecord, HookRecord, IssueRecord, RepositoryRecord, ReviewCommentRecord, ReviewRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { newDelivery, type DeliveryRecord } from './deliveries.ts';

/** What an event is told with: the change it belongs to, who did it, where. */
export interface Telling {
  change: Change;
  rendering: Rendering;
  actor: AccountRecord;
  repository: RepositoryRecord;
  now: number;
  deliver: (delivery: DeliveryRecord) => void;
}

/** Records a webhook for each receiver that wants it, within the change that causes it. */
export function emit({ change, rendering, actor, repository, now, deliver }: Telling, event: string, body: Json): void {
  const wants = (hook: HookRecord): boolean => hook.isActive && (hook.events.includes('*') || hook.events.includes(event));
  const owner = repository.owner.toLowerCase();
  const ofApps = change.list(tables.apps, '').flatMap(({ id, installations }) => {
    const installation = own(installations, owner);
    return installation === undefined ? [] : change.list(tables.hooks, `app/${id}`).map((hook) => ({ hook, installation }));
  });
  const plain = [...change.list(tables.hooks, `repo/${repository.id}`), ...change.list(tables.hooks, `org/${owner}`)].map((hook) => ({ hook, installation: undefined }));
  const receivers = [...plain, ...ofApps].filter(({ hook }) => wants(hook));
  if (receivers.length === 0) return;
  const organization = change.get(tables.organizations, owner);
  const content = {
    repository: renderRepository(rendering, repository),
    ...(organization === undefined ? {} : { organization: renderOrganization(rendering, organization) }),
    sender: renderAccount(rendering, actor),
    ...body,
  };
  const shared = JSON.stringify(content);
  const guid = randomUUID();
  const action = typeof body['action'] === 'string' ? body['action'] : null;
  for (const { hook, installation } of receivers) {
    const payload = installation === undefined ? shared : JSON.stringify({ ...content, installation: { id: installation, node_id: nodeId('IntegrationInstallation', installation) } });
    const delivery = newDelivery(change, { hook, guid, event, action, repoId: repository.id, payload, isRedelivery: false, now });
    change.afterwards(() => deliver(delivery));
  }
}

export function emitIssue(telling: Telling, action: string, issue: IssueRecord, more: Json = {}): void {
  const { rendering, repository } = telling;
  if (isPull(issue)) emit(telling, 'pull_request', { action, number: issue.number, pull_request: renderFullPull(rendering, repository, issue), ...more });
  else emit(telling, 'issues', { action, issue: renderIssue(rendering, repository, issue), ...more });
}

export function emitComment(telling: Telling, action: string, issue: IssueRecord, comment: CommentRecord, more: Json = {}): void {
  const { rendering, repository } = telling;
  emit(telling, 'issue_comment', { action, issue: renderIssue(rendering, repository, issue), comment: renderComment(rendering, repository, issue, comment), ...more });
}

export function emitReview(telling: Telling, action: string, issue: PullRecord, review: ReviewRecord, more: Json = {}): void {
  const { rendering, repository } = telling;
  const rendered = { ...renderReview(rendering, repository, issue, review), state: review.state.toLowerCase() };
  emit(telling, 'pull_request_review', { action, review: rendered, pull_request: renderPull(rendering, repository, issue), ...more });
}

export function emitReviewComment(telling: Telling, action: string, issue: PullRecord, comment: ReviewCommentRecord, more: Json = {}): void {
  const { rendering, repository } = telling;
  const rendered = renderReviewComment(rendering, repository, issue, comment);
  emit(telling, 'pull_request_review_comment', { action, comment: rendered, pull_request: renderPull(rendering, repository, issue), ...more });
}
