import { readCommits, readNamedCommits } from '@prow/clients-git';
import { ApiError, notFound } from '../api-error.ts';
import { diffFiles, diffText, patchText } from '../git/diff.ts';
import { renderCommit, renderFile, renderGitCommit } from '../render/commits.ts';
import { repositoryApi, repositoryPage } from '../render/rendering.ts';
import { renderPull } from '../render/pulls.ts';
import { listPulls } from '../state/queries.ts';
import type { RepositoryRecord } from '../state/records.ts';
import { json, type ApiRequest, type Reply } from './api-request.ts';
import { commitFor, resolveCommit } from './resolve-commit.ts';
import type { RouteTable } from './router.ts';

const repo = '/repos/{owner}/{repo}';

export const commitRoutes: RouteTable = {
  [`GET ${repo}/commits`]: async (request) => {
    const repository = request.repository();
    if (Object.keys(repository.refs).length === 0) throw new ApiError(409, 'Git Repository is empty.');
    const sha = await commitFor(request, repository, request.query.get('sha') ?? repository.defaultBranch);
    const { from, perPage, page } = request.page;
    const path = request.query.get('path');
    const commits = await readCommits({ gitDir: request.forge.git.gitDir(repository.id), to: sha, skip: from, limit: perPage + 1, newestFirst: true, ...(path === null ? {} : { path }) });
    const body = commits.slice(0, perPage).map((commit) => renderCommit(request.rendering, repository, commit));
    return { ...json(body), headers: request.links(commits.length > perPage ? (page + 1) * perPage : from + commits.length) };
  },
  [`GET ${repo}/commits/{commit_sha}/pulls`]: (request) => pullsOfCommit(request),
  [`GET ${repo}/compare/{basehead+}`]: (request) => compare(request),
  [`GET ${repo}/git/commits/{commit_sha}`]: async (request) => {
    const repository = request.repository();
    const [commit] = await readNamedCommits({ gitDir: request.forge.git.gitDir(repository.id), shas: [await shaIn(request, repository, 'commit_sha')] });
    if (commit === undefined) throw notFound();
    return json(renderGitCommit(request.rendering, repository, commit));
  },
  // Last: a ref may span slashes.
  [`GET ${repo}/commits/{ref+}`]: (request) => getCommit(request),
};

async function shaIn(request: ApiRequest, repository: RepositoryRecord, param: string): Promise<string> {
  const sha = request.param(param);
  if (!/^[0-9a-f]{40}$/.test(sha) || !(await request.forge.git.open(repository.id).hasCommit(sha))) throw notFound();
  return sha;
}

async function getCommit(request: ApiRequest): Promise<Reply> {
  const repository = request.repository();
  const sha = await commitFor(request, repository, request.param('ref'));
  const gitDir = request.forge.git.gitDir(repository.id);
  const [commit] = await readNamedCommits({ gitDir, shas: [sha] });
  if (commit === undefined) throw notFound();
  const parent = commit.parents[0] ?? null;
  if (/sha/.test(request.accept) && !/json/.test(request.accept)) return { status: 200, body: sha, contentType: 'application/vnd.github.sha; charset=utf-8' };
  if (/diff|patch/.test(request.accept) && !/json/.test(request.accept) && parent !== null) {
    const text = /diff/.test(request.accept) ? await diffText({ gitDir, from: parent, to: sha, fromMergeBase: false }) : await patchText({ gitDir, from: parent, to: sha });
    return { status: 200, body: text, contentType: 'text/plain; charset=utf-8' };
  }
  const files = await diffFiles({ gitDir, from: parent, to: sha, fromMergeBase: false });
  const { from, to } = pageOfFiles(request);
  const total = (key: 'additions' | 'deletions'): number => files.reduce((sum, file) => sum + file[key], 0);
  return json({
    ...renderCommit(request.rendering, repository, commit),
    stats: { additions: total('additions'), deletions: total('deletions'), total: total('additions') + total('deletions') },
    files: files.slice(from, to).map((file) => renderFile(request.rendering, repository, sha, file)),
  });
}

/** Files of a commit come 300 a page, up to 3,000. */
function pageOfFiles(request: ApiRequest): { from: number; to: number } {
  const page = Math.max(1, Number(request.query.get('page') ?? 1) || 1);
  return { from: (page - 1) * 300, to: Math.min(page * 300, 3000) };
}

async function pullsOfCommit(request: ApiRequest): Promise<Reply> {
  const repository = request.repository();
  const sha = await commitFor(request, repository, request.param('commit_sha'));
  const git = request.forge.git.open(repository.id);
  const found = [];
  for (const pull of listPulls(request.forge.database, repository.id)) {
    if (pull.pull.headSha === sha || pull.pull.mergeSha === sha || (pull.state === 'open' && (await git.isAncestor({ ancestor: sha, descendant: pull.pull.headSha })) && !(await git.isAncestor({ ancestor: sha, descendant: pull.pull.baseSha })))) found.push(pull);
  }
  return request.paged(found, (pull) => renderPull(request.rendering, repository, pull));
}

async function compare(request: ApiRequest): Promise<Reply> {
  const repository = request.repository();
  const [baseName = '', headName = ''] = request.param('basehead').split('...');
  const bare = (name: string): string => name.slice(name.indexOf(':') + 1);
  const base = await resolveCommit(request, repository, bare(baseName));
  const head = await resolveCommit(request, repository, bare(headName));
  if (base === undefined || head === undefined) throw notFound();
  const git = request.forge.git.open(repository.id);
  const mergeBase = await git.mergeBase({ a: base, b: head });
  if (mergeBase === undefined) throw new ApiError(404, `No common ancestor between ${baseName} and ${headName}.`);
  const ahead = await git.commitsBetween({ from: base, to: head });
  const behind = await git.commitsBetween({ from: head, to: base });
  const files = await diffFiles({ gitDir: git.gitDir, from: base, to: head });
  const [baseCommit, mergeBaseCommit] = await readNamedCommits({ gitDir: git.gitDir, shas: base === mergeBase ? [base] : [base, mergeBase] });
  const { rendering } = request;
  const page = `${repositoryPage(rendering, repository)}/compare/${baseName}...${headName}`;
  const status = ahead.length > 0 ? (behind.length > 0 ? 'diverged' : 'ahead') : behind.length > 0 ? 'behind' : 'identical';
  const { from, to } = request.query.has('page') || request.query.has('per_page') ? request.page : { from: 0, to: 250 };
  return json({
    url: `${repositoryApi(rendering, repository)}/compare/${baseName}...${headName}`,
    html_url: page,
    permalink_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    base_commit: baseCommit === undefined ? null : renderCommit(rendering, repository, baseCommit),
    merge_base_commit: renderCommit(rendering, repository, mergeBaseCommit ?? baseCommit ?? unreachable()),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead.slice(from, to).map((commit) => renderCommit(rendering, repository, commit)),
    files: files.slice(0, 300).map((file) => renderFile(rendering, repository, head, file)),
  });
}

function unreachable(): never {
  throw notFound();
}
