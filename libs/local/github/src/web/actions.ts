import { ApiError, notFound } from '../api-error.ts';
import { newToken } from '../new-token.ts';
import { createComment } from '../ops/comments.ts';
import { createIssue, updateIssue } from '../ops/issues.ts';
import { createPull, mergePull, setDraft } from '../ops/pulls.ts';
import { createReview } from '../ops/reviews.ts';
import { atLeast, findAccount, findIssue, isPull, permissionOf } from '../state/queries.ts';
import type { AccountRecord, IssueRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { authorize } from './oauth.ts';
import { decode, repositoryFor, type WebReply, type WebRequest } from './web-request.ts';
import { startSession } from './session.ts';

/** What a form does; leads to the page that shows it. */
export async function act(web: WebRequest, form: URLSearchParams): Promise<WebReply> {
  const parts = web.path.split('/').filter((part) => part !== '').map((part) => decode(part));
  if (web.path === '/login') return signIn(web, form);
  if (web.path === '/login/oauth/authorize') return authorize(web, form);
  const { account } = web;
  if (account === undefined) return { kind: 'redirect', to: '/login' };
  if (web.path === '/settings/tokens') return makeToken(web, account);
  const [owner = '', name = '', kind, number = '', what] = parts;
  const repository = repositoryFor(web, owner, name);
  if (repository.isArchived) throw new ApiError(403, 'This repository is archived, and read-only');
  const root = `/${repository.owner}/${repository.name}`;
  if (kind === 'pulls' && number === '') {
    const pull = await createPull(web.forge, { actor: account, repository, title: form.get('title') ?? '', body: text(form, 'body'), head: form.get('head') ?? '', base: form.get('base') ?? '', isDraft: form.get('draft') === 'yes', maintainerCanModify: true });
    return { kind: 'redirect', to: `${root}/pull/${pull.number}` };
  }
  if (kind === 'issues' && number === '') {
    const issue = await createIssue(web.forge, { actor: account, repository, title: form.get('title') ?? '', body: text(form, 'body') });
    return { kind: 'redirect', to: `${root}/issues/${issue.number}` };
  }
  const issue = /^\d{1,9}$/.test(number) ? findIssue(web.forge.database, repository.id, Number(number)) : undefined;
  if (issue === undefined || (kind !== 'pull' && kind !== 'issues')) throw notFound();
  if (what === 'merge') await merge(web, account, repository, issue, form);
  else if (what === 'comment') await comment(web, account, repository, issue, form);
  else throw notFound();
  return { kind: 'redirect', to: `${root}/${kind}/${issue.number}` };
}

/** Browsers send CRLF, and so does GitHub: it is kept. */
function text(form: URLSearchParams, name: string): string {
  return form.get(name) ?? '';
}

async function signIn({ forge, response }: WebRequest, form: URLSearchParams): Promise<WebReply> {
  const account = findAccount(forge.database, form.get('login') ?? '');
  if (account === undefined || account.type === 'Organization') throw new ApiError(422, 'There is no such user');
  await startSession(forge, response, account);
  const to = form.get('return_to') ?? '/';
  return { kind: 'redirect', to: /^\/(?![/\\])/.test(to) ? to : '/' };
}

async function makeToken({ forge }: WebRequest, account: AccountRecord): Promise<WebReply> {
  await forge.database.change((change) => change.put(tables.tokens, { token: newToken(), login: account.login, note: 'personal', createdAt: forge.clock.now() }));
  return { kind: 'redirect', to: '/settings' };
}

async function merge({ forge }: WebRequest, actor: AccountRecord, repository: RepositoryRecord, issue: IssueRecord, form: URLSearchParams): Promise<void> {
  if (!isPull(issue)) throw notFound();
  if (!atLeast(permissionOf(forge.database, repository, actor.login), 'write')) throw new ApiError(403, `${actor.login} may not write to ${repository.owner}/${repository.name}`);
  const method = (['merge', 'squash', 'rebase'] as const).find((each) => each === form.get('method')) ?? 'merge';
  const sha = form.get('sha');
  await mergePull(forge, { actor, repository, issue, method, ...(sha === null ? {} : { sha }) });
}

async function comment({ forge }: WebRequest, actor: AccountRecord, repository: RepositoryRecord, issue: IssueRecord, form: URLSearchParams): Promise<void> {
  const body = text(form, 'body');
  const what = form.get('act') ?? 'comment';
  const isAuthor = actor.login.toLowerCase() === issue.author.toLowerCase();
  if (isPull(issue) && (what === 'approve' || what === 'request_changes')) {
    await createReview(forge, { actor, repository, issue, review: { event: what === 'approve' ? 'APPROVE' : 'REQUEST_CHANGES', body, comments: [] } });
    return;
  }
  if (body.trim() !== '' || what === 'comment') await createComment(forge, { actor, repository, issue, body });
  if (what === 'comment') return;
  if (!isAuthor && !atLeast(permissionOf(forge.database, repository, actor.login), 'triage')) throw new ApiError(403, `${actor.login} may not do this`);
  if (what === 'ready' && isPull(issue)) await setDraft(forge, { actor, repository, issue, isDraft: false });
  if (what === 'close' || what === 'reopen') await updateIssue(forge, { actor, repository, issue, update: { state: what === 'close' ? 'closed' : 'open' } });
}
