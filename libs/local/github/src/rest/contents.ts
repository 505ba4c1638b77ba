import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRef, commitTree, readNamedCommits, runGit } from '@prow/clients-git';
import { ApiError, invalid, notFound } from '../api-error.ts';
import { identityOf } from '../ops/pulls.ts';
import { syncRefs } from '../ops/sync-refs.ts';
import { renderGitCommit } from '../render/commits.ts';
import { nodeId, repositoryApi, repositoryPage, type Json } from '../render/rendering.ts';
import type { RepositoryRecord } from '../state/records.ts';
import { json, type ApiRequest, type Reply } from './api-request.ts';
import { resolveCommit } from './resolve-commit.ts';
import type { RouteTable } from './router.ts';

const repo = '/repos/{owner}/{repo}';
const maxInlineBytes = 1024 * 1024;
const maxBlobBytes = 100 * 1024 * 1024;
const maxTreeEntries = 100_000;

export const contentRoutes: RouteTable = {
  [`GET ${repo}/contents`]: (request) => getContents(request, ''),
  [`GET ${repo}/contents/{path+}`]: (request) => getContents(request, request.param('path').replaceAll(/^\/+|\/+$/g, '')),
  [`PUT ${repo}/contents/{path+}`]: (request) => putContents(request),
  [`DELETE ${repo}/contents/{path+}`]: (request) => putContents(request),
  [`GET ${repo}/readme`]: async (request) => {
    const repository = request.repository();
    const sha = await refIn(request, repository);
    const names = await entriesOf(request, repository, sha, '');
    const readme = names.find((entry) => /^readme(\.\w+)?$/i.test(entry.name) && entry.type === 'blob');
    if (readme === undefined) throw notFound();
    return fileReply(request, repository, sha, readme.name, readme);
  },
  [`GET ${repo}/git/trees/{tree_sha+}`]: (request) => getTree(request),
  [`GET ${repo}/git/blobs/{file_sha}`]: async (request) => {
    const repository = request.repository();
    const sha = request.param('file_sha');
    if (!/^[0-9a-f]{40}$/.test(sha)) throw notFound();
    const { stdout, exitCode } = await runGit({ gitDir: request.forge.git.gitDir(repository.id), args: ['cat-file', 'blob', sha], accept: [0, 128], maxOutputBytes: maxBlobBytes });
    if (exitCode !== 0) throw notFound();
    if (/raw/.test(request.accept)) return { status: 200, body: stdout, contentType: 'application/vnd.github.raw' };
    return json({ sha, node_id: nodeId('Blob', `${repository.id}/${sha}`), size: stdout.length, url: `${repositoryApi(request.rendering, repository)}/git/blobs/${sha}`, content: stdout.toString('base64'), encoding: 'base64' });
  },
};

async function refIn(request: ApiRequest, repository: RepositoryRecord): Promise<string> {
  const ref = request.query.get('ref') ?? '';
  const sha = await resolveCommit(request, repository, ref === '' ? repository.defaultBranch : ref);
  if (sha === undefined) throw new ApiError(404, ref === '' ? 'This repository is empty.' : `No commit found for the ref ${ref}`);
  return sha;
}

interface Entry {
  mode: string;
  type: string;
  sha: string;
  size: number;
  name: string;
}

/** What a folder holds, itself not included. */
async function entriesOf(request: ApiRequest, repository: RepositoryRecord, sha: string, path: string): Promise<Entry[]> {
  const root = path === '' ? `${sha}^{tree}` : `${sha}:${path}`;
  const { stdout, exitCode } = await runGit({ gitDir: request.forge.git.gitDir(repository.id), args: ['ls-tree', '-l', '-z', '--full-tree', root], accept: [0, 128] });
  return exitCode === 0 ? parseTree(stdout.toString('utf8')) : [];
}

function parseTree(text: string): Entry[] {
  return text.split('\0').filter((line) => line !== '').map((line) => {
    const tab = line.indexOf('\t');
    const [mode = '', type = '', sha = '', size = '0'] = line.slice(0, tab).split(/ +/);
    return { mode, type, sha, size: Number(size) || 0, name: line.slice(tab + 1) };
  });
}

async function getContents(request: ApiRequest, path: string): Promise<Reply> {
  const repository = request.repository();
  const sha = await refIn(request, repository);
  if (path === '') return json((await entriesOf(request, repository, sha, '')).map((entry) => renderEntry(request, repository, sha, '', entry)));
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '' : path.slice(0, slash);
  const name = path.slice(slash + 1);
  const entry = (await entriesOf(request, repository, sha, folder)).find((each) => each.name === name);
  if (entry === undefined) throw notFound();
  if (entry.type === 'tree') return json((await entriesOf(request, repository, sha, path)).map((each) => renderEntry(request, repository, sha, path, each)));
  if (entry.type === 'commit') return json({ ...renderEntry(request, repository, sha, folder, entry), submodule_git_url: null });
  return fileReply(request, repository, sha, path, entry);
}

async function fileReply(request: ApiRequest, repository: RepositoryRecord, sha: string, path: string, entry: Entry): Promise<Reply> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const isRaw = /raw/.test(request.accept);
  if (entry.size > maxBlobBytes) throw new ApiError(403, 'This file is too large for the contents API.');
  if (!isRaw && entry.size > maxInlineBytes) return json({ ...renderEntry(request, repository, sha, folder, entry), content: '', encoding: 'none' });
  const content = (await runGit({ gitDir: request.forge.git.gitDir(repository.id), args: ['cat-file', 'blob', entry.sha], maxOutputBytes: maxBlobBytes })).stdout;
  if (isRaw) return { status: 200, body: content, contentType: 'application/vnd.github.raw; charset=utf-8' };
  if (entry.mode === '120000') return json({ ...renderEntry(request, repository, sha, folder, entry), target: content.toString('utf8') });
  const base64 = content.toString('base64').replaceAll(/.{60}/g, '$&\n');
  return json({ ...renderEntry(request, repository, sha, folder, entry), content: base64 === '' || base64.endsWith('\n') ? base64 : `${base64}\n`, encoding: 'base64' });
}

function renderEntry(request: ApiRequest, repository: RepositoryRecord, sha: string, folder: string, entry: Entry): Json {
  const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
  const encoded = path.split('/').map((part) => encodeURIComponent(part)).join('/');
  const api = repositoryApi(request.rendering, repository);
  const page = repositoryPage(request.rendering, repository);
  const type = entry.type === 'tree' ? 'dir' : entry.type === 'commit' ? 'submodule' : entry.mode === '120000' ? 'symlink' : 'file';
  const url = `${api}/contents/${encoded}?ref=${sha}`;
  const gitUrl = `${api}/git/${type === 'dir' ? 'trees' : 'blobs'}/${entry.sha}`;
  const html = `${page}/${type === 'dir' ? 'tree' : 'blob'}/${sha}/${encoded}`;
  return {
    name: entry.name,
    path,
    sha: entry.sha,
    size: entry.size,
    url,
    html_url: html,
    git_url: gitUrl,
    download_url: type === 'file' ? `${page}/raw/${sha}/${encoded}` : null,
    type,
    _links: { self: url, git: gitUrl, html },
  };
}

/** Writes or deletes one file as one commit. */
async function putContents(request: ApiRequest): Promise<Reply> {
  const repository = request.repositoryFor('write');
  const { body, actor, forge } = request;
  const path = request.param('path').replaceAll(/^\/+|\/+$/g, '');
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')) throw invalid('Content', 'path', `${JSON.stringify(path.slice(0, 200))} is not a path`, 'invalid');
  const encoded = body.optionalString('content');
  const branch = body.optionalString('branch') ?? repository.defaultBranch;
  const expected = body.optionalString('sha');
  const message = body.string('message');
  return forge.locked(repository.id, async () => {
    const gitDir = forge.git.gitDir(repository.id);
    const tip = (await forge.git.refs(repository.id))[`refs/heads/${checkRef(branch)}`];
    if (tip === undefined && Object.keys(repository.refs).length > 0) throw new ApiError(404, `Branch ${branch} not found`);
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    const name = path.slice(path.lastIndexOf('/') + 1);
    const previous = tip === undefined ? undefined : (await entriesOf(request, repository, tip, folder)).find((entry) => entry.name === name);
    if (previous !== undefined && expected === undefined) throw new ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
    if (expected !== undefined && previous?.sha !== expected) throw new ApiError(409, `${path} does not match ${expected}`);
    if (encoded === undefined && previous === undefined) throw notFound();
    const treeSha = await treeWith(gitDir, tip, path, encoded === undefined ? null : Buffer.from(encoded, 'base64'));
    const identity = identityOf(actor);
    const now = forge.clock.now();
    const sha = await commitTree({ gitDir, treeSha, parents: tip === undefined ? [] : [tip], message, author: identity, committer: identity, atMs: now, authoredAtMs: now });
    if (!(await forge.git.updateRef(repository.id, { ref: `refs/heads/${branch}`, to: sha, from: tip ?? null }))) throw new ApiError(409, `${branch} was modified meanwhile`);
    await syncRefs(forge, repository.id, actor);
    const [commit] = await readNamedCommits({ gitDir, shas: [sha] });
    const entry = (await entriesOf(request, repository, sha, folder)).find((each) => each.name === name);
    return json(
      { content: entry === undefined ? null : renderEntry(request, repository, sha, folder, entry), commit: commit === undefined ? {} : renderGitCommit(request.rendering, repository, commit) },
      previous === undefined ? 201 : 200,
    );
  });
}

/** A tree with one file written or left out, through an index of its own. */
async function treeWith(gitDir: string, tip: string | undefined, path: string, content: Buffer | null): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'prow-github-index-'));
  const env = { GIT_INDEX_FILE: join(dir, 'index') };
  try {
    if (tip !== undefined) await runGit({ gitDir, args: ['read-tree', `${tip}^{tree}`], env });
    const blob = content === null ? '0'.repeat(40) : (await runGit({ gitDir, args: ['hash-object', '-w', '--stdin'], input: content })).stdout.toString('utf8').trim();
    await runGit({ gitDir, args: ['update-index', '--index-info'], input: `${content === null ? '0' : '100644'} ${blob}\t${path}\n`, env });
    return (await runGit({ gitDir, args: ['write-tree'], env })).stdout.toString('utf8').trim();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function getTree(request: ApiRequest): Promise<Reply> {
  const repository = request.repository();
  const name = request.param('tree_sha');
  const { gitDir } = request.forge.git.open(repository.id);
  const sha = (await resolveCommit(request, repository, name)) ?? (/^[0-9a-f]{40}$/.test(name) ? name : undefined);
  if (sha === undefined) throw notFound();
  const isRecursive = request.query.has('recursive');
  const args = ['ls-tree', '-l', '-z', '--full-tree', ...(isRecursive ? ['-r', '-t'] : []), `${sha}^{tree}`];
  const { stdout, exitCode } = await runGit({ gitDir, args, accept: [0, 128] });
  if (exitCode !== 0) throw notFound();
  const entries = parseTree(stdout.toString('utf8'));
  const api = repositoryApi(request.rendering, repository);
  return json({
    sha,
    url: `${api}/git/trees/${sha}`,
    tree: entries.slice(0, maxTreeEntries).map((entry) => ({
      path: entry.name,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.type === 'blob' ? { size: entry.size } : {}),
      ...(entry.type === 'commit' ? {} : { url: `${api}/git/${entry.type === 'tree' ? 'trees' : 'blobs'}/${entry.sha}` }),
    })),
    truncated: entries.length > maxTreeEntries,
  });
}
