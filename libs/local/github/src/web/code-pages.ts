import { checkRef, readCommits, runGit } from '@prow/clients-git';
import { notFound } from '../api-error.ts';
import { own } from '../state/queries.ts';
import type { RepositoryRecord } from '../state/records.ts';
import { html, type Html } from './html.ts';
import { encodePath } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { commitList } from './pull-page.ts';
import { branchNames, framed, type WebReply, type WebRequest } from './web-request.ts';

const maxShownBytes = 512 * 1024;
const maxRawBytes = 64 * 1024 * 1024;
const commitsPerPage = 50;

/** Folders, files and history: `/OWNER/REPO`, `/tree/…`, `/blob/…`, `/raw/…`, `/commits/…`. */
export async function codePage(web: WebRequest, repository: RepositoryRecord, kind: string | undefined, rest: readonly string[]): Promise<WebReply> {
  if (kind !== undefined && !['tree', 'blob', 'raw', 'commits'].includes(kind)) throw notFound();
  if (Object.keys(repository.refs).length === 0) return { kind: 'page', title: repository.name, body: framed(web, repository, 'code', emptyHelp(web, repository)) };
  const place = await placeOf(web, repository, rest);
  if (kind === 'commits') return history(web, repository, place);
  if (kind === 'raw' || kind === 'blob') return file(web, repository, place, kind);
  return folder(web, repository, place);
}

interface Place {
  /** Branch, tag or SHA, as the address names it. */
  ref: string;
  sha: string;
  path: string;
}

/** Names of branches may hold slashes: the longest beginning that is one counts. */
async function placeOf({ forge }: WebRequest, repository: RepositoryRecord, rest: readonly string[]): Promise<Place> {
  if (rest.length === 0) return placeAt(own(repository.refs, `refs/heads/${repository.defaultBranch}`), repository.defaultBranch, '');
  for (let length = rest.length; length > 0; length -= 1) {
    const ref = rest.slice(0, length).join('/');
    const sha = own(repository.refs, `refs/heads/${ref}`);
    if (sha !== undefined) return placeAt(sha, ref, rest.slice(length).join('/'));
  }
  const first = rest[0] ?? '';
  const named = /^[0-9a-f]{40}$/.test(first) ? first : `refs/tags/${first}`;
  const sha = await forge.git.open(repository.id).resolve(/^[0-9a-f]{40}$/.test(named) ? named : checkRef(named)).catch(() => undefined);
  return placeAt(sha, first, rest.slice(1).join('/'));
}

function placeAt(sha: string | undefined, ref: string, path: string): Place {
  if (sha === undefined) throw notFound();
  return { ref, sha, path };
}

function emptyHelp({ forge }: WebRequest, repository: RepositoryRecord): Html {
  return html`<div class="note">This repository is empty.</div><pre>git push ${forge.base}/${repository.owner}/${repository.name}.git HEAD:${repository.defaultBranch}</pre>`;
}

async function folder(web: WebRequest, repository: RepositoryRecord, place: Place): Promise<WebReply> {
  const { forge } = web;
  const gitDir = forge.git.gitDir(repository.id);
  const root = place.path === '' ? `${place.sha}^{tree}` : `${place.sha}:${place.path}`;
  const listed = await runGit({ gitDir, args: ['ls-tree', '-z', '--full-tree', root], accept: [0, 128] });
  if (listed.exitCode !== 0) throw notFound();
  const entries = listed.stdout.toString('utf8').split('\0').filter((line) => line !== '').map((line) => ({ isFolder: line.split(' ')[1] === 'tree', name: line.slice(line.indexOf('\t') + 1) }));
  const ordered = entries.toSorted((a, b) => Number(b.isFolder) - Number(a.isFolder) || a.name.localeCompare(b.name));
  const base = `/${repository.owner}/${repository.name}`;
  const at = place.path === '' ? '' : `${encodePath(place.path)}/`;
  const rows = ordered.map((entry) => html`<div class="row"><span class="dim icon">${entry.isFolder ? '▸' : ' '}</span><a class="grow" href="${base}/${entry.isFolder ? 'tree' : 'blob'}/${encodePath(place.ref)}/${at}${encodeURIComponent(entry.name)}">${entry.name}</a></div>`);
  const readme = entries.find((entry) => !entry.isFolder && /^readme(\.md)?$/i.test(entry.name));
  const readmeText = readme === undefined ? undefined : await forge.git.open(repository.id).showFile({ sha: place.sha, path: place.path === '' ? readme.name : `${place.path}/${readme.name}` });
  const branches = branchNames(repository);
  const body = html`<p>${branches.slice(0, 30).map((branch) => (branch === place.ref ? html`<b class="label">${branch}</b>` : html`<a class="label" href="${base}/tree/${encodePath(branch)}">${branch}</a>`))}${branches.length > 30 ? html`<span class="dim">and ${branches.length - 30} more</span>` : ''}</p>
<div class="note small">Clone: <code>git clone ${forge.base}${base}.git</code> <span class="dim">(to push: user name and <a href="/settings">token</a>)</span></div>
<div class="box"><div class="head"><b>${place.path === '' ? repository.name : place.path}</b> <span class="dim"><code>${place.sha.slice(0, 7)}</code></span></div>${rows}</div>${readmeText === undefined ? '' : html`<div class="box"><div class="head"><b>${readme?.name}</b></div><div class="body md">${renderMarkdown(readmeText.toString('utf8'))}</div></div>`}`;
  return { kind: 'page', title: `${repository.owner}/${repository.name}`, body: framed(web, repository, 'code', body) };
}

async function file(web: WebRequest, repository: RepositoryRecord, place: Place, kind: 'raw' | 'blob'): Promise<WebReply> {
  const content = await web.forge.git.open(repository.id).showFile({ sha: place.sha, path: place.path, maxBytes: maxRawBytes });
  if (content === undefined) {
    if (kind === 'blob') return folder(web, repository, place);
    throw notFound();
  }
  const isText = !content.subarray(0, 8000).includes(0);
  if (kind === 'raw') return { kind: 'bytes', contentType: isText ? 'text/plain; charset=utf-8' : 'application/octet-stream', body: content };
  const raw = `/${repository.owner}/${repository.name}/raw/${encodePath(place.ref)}/${encodePath(place.path)}`;
  const shown = isText && content.length <= maxShownBytes ? html`<table class="diff">${content.toString('utf8').split('\n').map((line, at) => html`<tr><td class="no">${at + 1}</td><td>${line}</td></tr>`)}</table>` : html`<div class="body dim">Not shown: ${isText ? 'too long' : 'binary'}.</div>`;
  const body = html`<div class="box"><div class="head"><b>${place.path}</b> <span class="dim">${content.length} bytes</span> <a href="${raw}">Raw</a></div>${shown}</div>`;
  return { kind: 'page', title: place.path, body: framed(web, repository, 'code', body) };
}

async function history(web: WebRequest, repository: RepositoryRecord, place: Place): Promise<WebReply> {
  const page = Math.max(1, Math.floor(Number(web.query.get('page') ?? '1')) || 1);
  const commits = await readCommits({ gitDir: web.forge.git.gitDir(repository.id), to: place.sha, skip: (page - 1) * commitsPerPage, limit: commitsPerPage + 1, newestFirst: true, path: place.path });
  const body = html`<p>Commits on <code>${place.ref}</code>${place.path === '' ? '' : html` that touch <code>${place.path}</code>`}</p>${commitList(repository, commits.slice(0, commitsPerPage), web.forge.clock.now())}${commits.length > commitsPerPage ? html`<a class="button" href="?page=${page + 1}">Older</a>` : ''}`;
  return { kind: 'page', title: `Commits · ${repository.name}`, body: framed(web, repository, 'commits', body) };
}
