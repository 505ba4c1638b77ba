import { readCommits, readNamedCommits } from '@prow/clients-git';
import { ApiError, notFound } from '../api-error.ts';
import { diffFiles, diffText, patchText } from '../git/diff.ts';
import { atLeast, baseShaOf, findAccount, findIssue, isPull, own, permissionOf } from '../state/queries.ts';
import type { IssueRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { codePage } from './code-pages.ts';
import { html, type Html, type HtmlValue } from './html.ts';
import { ago, avatar } from './layout.ts';
import { authorizePage } from './oauth.ts';
import { commitList, conversation, fileDiffs, issueHead, labelBadges } from './pull-page.ts';
import { branchNames, decode, framed, repositoryFor, type WebReply, type WebRequest } from './web-request.ts';

/** The page of an address. @throws ApiError 404 where there is none (or where the asker may not look) */
export async function show(web: WebRequest): Promise<WebReply> {
  const parts = web.path.split('/').filter((part) => part !== '').map((part) => decode(part));
  const [first, second] = parts;
  if (first === undefined) return home(web);
  if (first === 'login') return second === 'oauth' ? authorizePage(web) : login(web);
  if (first === 'settings') return settings(web);
  if (second === undefined) return owner(web, first);
  return repositoryPage(web, repositoryFor(web, first, second), parts.slice(2));
}

async function repositoryPage(web: WebRequest, repository: RepositoryRecord, [kind, ...rest]: readonly string[]): Promise<WebReply> {
  switch (kind) {
    case 'pulls':
    case 'issues':
      if (rest[0] === 'new') return newIssue(web, repository);
      return rest[0] === undefined ? list(web, repository, kind) : issuePage(web, repository, rest[0], rest[1]);
    case 'pull':
      return issuePage(web, repository, rest[0] ?? '', rest[1]);
    case 'compare':
      return newPull(web, repository, rest.join('/'));
    case 'commit':
      return commitPage(web, repository, rest[0] ?? '');
    default:
      return codePage(web, repository, kind, rest);
  }
}

function home({ forge, account }: WebRequest): WebReply {
  const { database } = forge;
  const visible = database.all(tables.repositories).filter((repository) => atLeast(permissionOf(database, repository, account?.login), 'read'));
  const names = new Map(visible.map((repository) => [repository.id, repository]));
  const recent = database.all(tables.issues).filter((issue) => issue.state === 'open' && names.has(issue.repoId)).toSorted((a, b) => b.updatedAt - a.updatedAt).slice(0, 20);
  const now = forge.clock.now();
  const body = html`<div class="columns"><div><h2>Open now</h2><div class="box">${recent.length === 0 ? html`<div class="row dim">No open pull requests or issues.</div>` : recent.map((issue) => issueRow(issue, names.get(issue.repoId), now, true))}</div></div>
<aside><h2>Repositories</h2>${visible.map((repository) => html`<section><a href="/${repository.owner}/${repository.name}"><b>${repository.owner}/${repository.name}</b></a><div class="dim">${repository.description}</div></section>`)}</aside></div>`;
  return { kind: 'page', title: 'Local GitHub', body };
}

// Drawn, since not every font has such letters.
const issueSign = html`<svg class="sign" viewBox="0 0 16 16" role="img" aria-label="Issue"><circle cx="8" cy="8" r="6.5"/><circle cx="8" cy="8" r="1"/></svg>`;
const pullSign = html`<svg class="sign" viewBox="0 0 16 16" role="img" aria-label="Pull request"><circle cx="3.5" cy="3.5" r="2"/><circle cx="3.5" cy="12.5" r="2"/><circle cx="12.5" cy="12.5" r="2"/><path d="M3.5 5.5v5M12.5 10.5V6a2.5 2.5 0 0 0-2.5-2.5H7.5M9.5 1.5l-2 2 2 2"/></svg>`;

function issueRow(issue: IssueRecord, repository: RepositoryRecord | undefined, now: number, withName = false, labels: HtmlValue = ''): Html {
  if (repository === undefined) return html``;
  const root = `/${repository.owner}/${repository.name}`;
  return html`<div class="row"><span class="${issue.state === 'open' ? 'ok' : issue.pull?.isMerged === true ? 'dim' : 'bad'}">${issue.pull === null ? issueSign : pullSign}</span><span class="grow">${withName ? html`<a class="dim" href="${root}">${repository.owner}/${repository.name}</a> ` : ''}<a href="${root}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}"><b>${issue.title}</b></a> ${labels}<br><span class="dim small">#${issue.number} by ${issue.author}, ${ago(now, issue.updatedAt)}</span></span></div>`;
}

function login({ forge, account, query }: WebRequest): WebReply {
  const people = forge.database.all(tables.accounts).filter((each) => each.type !== 'Organization');
  const returnTo = query.get('return_to') ?? '/';
  const body = html`<h1>Who are you?</h1><p class="dim">This GitHub is on your own machine: pick anyone.${account === undefined ? '' : html` You are <b>${account.login}</b> now.`}</p>
<form method="post" action="/login"><input type="hidden" name="return_to" value="${returnTo}"><div class="people">${people.map((each) => html`<button name="login" value="${each.login}">${avatar(each.login)}<b>${each.login}</b> <span class="dim">${each.name}</span></button>`)}</div></form>`;
  return { kind: 'page', title: 'Sign in', body };
}

function settings({ forge, account }: WebRequest): WebReply {
  if (account === undefined) return { kind: 'redirect', to: '/login?return_to=/settings' };
  const tokens = forge.database.list(tables.tokens, account.login.toLowerCase()).filter((token) => token.note !== 'session');
  const example = tokens[0]?.token ?? 'TOKEN';
  const body = html`<h1>${avatar(account.login)} ${account.login}</h1><h2>Personal tokens</h2><div class="box">${tokens.map((token) => html`<div class="row"><code class="grow">${token.token}</code><span class="dim">${token.note}</span></div>`)}</div>
<form method="post" action="/settings/tokens"><button>New token</button></form><h2>With git</h2><pre>git clone ${forge.base.replace('://', `://${account.login}:${example}@`)}/OWNER/REPOSITORY.git</pre><h2>With the REST API</h2><pre>curl -H 'Authorization: token ${example}' ${forge.base}/api/v3/user</pre>`;
  return { kind: 'page', title: 'Settings', body };
}

function owner({ forge, account }: WebRequest, name: string): WebReply {
  const found = findAccount(forge.database, name);
  if (found === undefined) throw notFound();
  const repositories = forge.database.list(tables.repositories, name.toLowerCase()).filter((repository) => atLeast(permissionOf(forge.database, repository, account?.login), 'read'));
  const members = Object.entries(forge.database.get(tables.organizations, name.toLowerCase())?.members ?? {});
  const body = html`<h1>${avatar(found.login)} ${found.name === '' ? found.login : found.name}</h1><div class="columns"><div class="box">${repositories.length === 0 ? html`<div class="row dim">No repositories.</div>` : repositories.map((repository) => html`<div class="row"><span class="grow"><a href="/${repository.owner}/${repository.name}"><b>${repository.name}</b></a> <span class="dim">${repository.description}</span></span></div>`)}</div>
<aside>${members.length === 0 ? '' : html`<section><h3>People</h3>${members.map(([login, role]) => html`<div>${avatar(login)}${login} <span class="dim">${role}</span></div>`)}</section>`}</aside></div>`;
  return { kind: 'page', title: found.login, body };
}

function list(web: WebRequest, repository: RepositoryRecord, kind: 'pulls' | 'issues'): WebReply {
  const { forge, query } = web;
  const state = query.get('state') === 'closed' ? 'closed' : 'open';
  const all = forge.database.list(tables.issues, String(repository.id)).filter((issue) => (issue.pull !== null) === (kind === 'pulls'));
  const shown = all.filter((issue) => issue.state === state).toReversed();
  const page = Math.max(1, Math.floor(Number(query.get('page') ?? '1')) || 1);
  const perPage = 50;
  const root = `/${repository.owner}/${repository.name}`;
  const now = forge.clock.now();
  const rows = shown.slice((page - 1) * perPage, page * perPage).map((issue) => issueRow(issue, repository, now, false, labelBadges(forge.rendering(), repository, issue)));
  const body = html`<p><a class="button" href="${root}/${kind === 'pulls' ? 'compare' : 'issues/new'}">New ${kind === 'pulls' ? 'pull request' : 'issue'}</a> <a href="${root}/${kind}">${all.filter((issue) => issue.state === 'open').length} open</a> · <a href="${root}/${kind}?state=closed">${all.filter((issue) => issue.state === 'closed').length} closed</a></p>
<div class="box">${rows.length === 0 ? html`<div class="row dim">Nothing here.</div>` : rows}</div>${shown.length > page * perPage ? html`<a class="button" href="?state=${state}&amp;page=${page + 1}">Older</a>` : ''}`;
  return { kind: 'page', title: `${kind === 'pulls' ? 'Pull requests' : 'Issues'} · ${repository.name}`, body: framed(web, repository, kind, body) };
}

async function issuePage(web: WebRequest, repository: RepositoryRecord, number: string, tab: string | undefined): Promise<WebReply> {
  const { forge, account } = web;
  const suffix = /^(\d{1,9})(\.diff|\.patch)?$/.exec(number);
  const issue = suffix === null ? undefined : findIssue(forge.database, repository.id, Number(suffix[1]));
  if (issue === undefined) throw notFound();
  const context = { rendering: forge.rendering(), now: forge.clock.now(), account, repository, issue };
  const title = `${issue.title} · ${issue.pull === null ? 'Issue' : 'Pull request'} #${issue.number}`;
  if (!isPull(issue)) return { kind: 'page', title, body: framed(web, repository, 'issues', html`${issueHead(context, 'conversation')}${conversation(context)}`) };
  const range = { gitDir: forge.git.gitDir(repository.id), from: baseShaOf(forge.database, issue), to: issue.pull.headSha };
  if (suffix?.[2] === '.diff') return { kind: 'bytes', contentType: 'text/plain; charset=utf-8', body: await diffText(range) };
  if (suffix?.[2] === '.patch') return { kind: 'bytes', contentType: 'text/plain; charset=utf-8', body: await patchText(range) };
  await forge.study(issue);
  const head = (current: 'conversation' | 'commits' | 'files'): Html => issueHead(context, current, forge.rendering().numbersOf(issue));
  const framedPull = (body: HtmlValue): WebReply => ({ kind: 'page', title, body: framed(web, repository, 'pulls', body) });
  if (tab === 'files') return framedPull(html`${head('files')}${fileDiffs(repository, issue.pull.headSha, await diffFiles(range))}`);
  if (tab === 'commits') return framedPull(html`${head('commits')}${commitList(repository, await forge.commitsOfPull(issue), context.now)}`);
  if (tab !== undefined) throw notFound();
  return framedPull(html`${head('conversation')}${conversation(context)}`);
}

function newIssue(web: WebRequest, repository: RepositoryRecord): WebReply {
  if (web.account === undefined) return { kind: 'redirect', to: `/login?return_to=${encodeURIComponent(web.path)}` };
  const body = html`<h1>New issue</h1><form class="box" method="post" action="/${repository.owner}/${repository.name}/issues"><div class="body"><p><input type="text" name="title" placeholder="Title" required maxlength="256"></p><textarea name="body" placeholder="What is it about?"></textarea><div class="actions"><button class="primary">Create</button></div></div></form>`;
  return { kind: 'page', title: 'New issue', body: framed(web, repository, 'issues', body) };
}

/** `base...head`, or nothing chosen yet. */
async function newPull(web: WebRequest, repository: RepositoryRecord, range: string): Promise<WebReply> {
  const { forge, account } = web;
  if (account === undefined) return { kind: 'redirect', to: `/login?return_to=${encodeURIComponent(web.path)}` };
  const [left, right] = range.includes('...') ? range.split('...') : ['', range];
  const base = web.query.get('base') ?? (left === '' || left === undefined ? repository.defaultBranch : left);
  const head = web.query.get('head') ?? right ?? '';
  const family = forge.database.all(tables.repositories).filter((each) => each.id === repository.id || each.forkOf === repository.id);
  const heads = family.flatMap((each) => branchNames(each).map((branch) => (each.id === repository.id ? branch : `${each.owner}:${branch}`))).filter((name) => name !== base);
  const option = (name: string, chosen: string): Html => html`<option${name === chosen ? html` selected` : ''}>${name}</option>`;
  const root = `/${repository.owner}/${repository.name}`;
  const chooser = html`<form method="get" action="${root}/compare"><p>base <select name="base">${branchNames(repository).map((name) => option(name, base))}</select> ← compare <select name="head">${heads.map((name) => option(name, head))}</select> <button>Compare</button></p></form>`;
  const body = html`<h1>New pull request</h1>${chooser}${head === '' ? '' : await comparison(web, repository, base, head)}`;
  return { kind: 'page', title: 'New pull request', body: framed(web, repository, 'pulls', body) };
}

async function comparison({ forge }: WebRequest, repository: RepositoryRecord, base: string, head: string): Promise<Html> {
  const baseSha = own(repository.refs, `refs/heads/${base}`);
  const colon = head.indexOf(':');
  const source = colon < 0 ? repository : forge.database.list(tables.repositories, head.slice(0, colon).toLowerCase()).find((each) => each.forkOf === repository.id);
  const headSha = source === undefined ? undefined : own(source.refs, `refs/heads/${head.slice(colon + 1)}`);
  if (baseSha === undefined || headSha === undefined || source === undefined) return html`<div class="note error">One of these branches is not there.</div>`;
  const gitDir = forge.git.gitDir(source.id);
  const isKnown = source.id === repository.id || (await forge.git.open(source.id).hasCommit(baseSha));
  const commits = isKnown ? (await readCommits({ gitDir, from: baseSha, to: headSha, limit: 250, newestFirst: true })).toReversed() : [];
  if (isKnown && commits.length === 0) return html`<div class="note">There is nothing to compare: <code>${base}</code> has all of <code>${head}</code>.</div>`;
  const title = commits.length === 1 ? (commits[0]?.message.split('\n')[0] ?? '') : head.slice(colon + 1);
  return html`<form class="box" method="post" action="/${repository.owner}/${repository.name}/pulls"><div class="body"><input type="hidden" name="base" value="${base}"><input type="hidden" name="head" value="${head}"><p><input type="text" name="title" value="${title}" required maxlength="256"></p><textarea name="body" placeholder="What does it change, and why?"></textarea><div class="actions reversed"><button class="primary">Create pull request</button><button name="draft" value="yes">Create draft</button></div></div></form>
${commitList(repository, commits, forge.clock.now())}${isKnown ? fileDiffs(repository, headSha, await diffFiles({ gitDir, from: baseSha, to: headSha })) : ''}`;
}

async function commitPage(web: WebRequest, repository: RepositoryRecord, sha: string): Promise<WebReply> {
  const { forge } = web;
  if (!/^[0-9a-f]{40}$/.test(sha) || !(await forge.git.open(repository.id).hasCommit(sha))) throw new ApiError(404, 'Not Found');
  const gitDir = forge.git.gitDir(repository.id);
  const [commit] = await readNamedCommits({ gitDir, shas: [sha] });
  if (commit === undefined) throw notFound();
  const files = await diffFiles({ gitDir, from: commit.parents[0] ?? null, to: sha, fromMergeBase: false });
  const body = html`<div class="box"><div class="head"><b>${commit.message.split('\n')[0]}</b></div><div class="body"><pre>${commit.message.split('\n').slice(1).join('\n').trim()}</pre><p class="dim">${commit.authorName} committed ${ago(forge.clock.now(), commit.committedAt)} · <code>${sha}</code> · parents ${commit.parents.map((parent) => html`<a href="/${repository.owner}/${repository.name}/commit/${parent}"><code>${parent.slice(0, 7)}</code></a> `)}</p></div></div>${fileDiffs(repository, sha, files)}`;
  return { kind: 'page', title: commit.message.split('\n')[0] ?? sha, body: framed(web, repository, 'commits', body) };
}
