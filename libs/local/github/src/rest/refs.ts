import { checkRef, runGit } from '@prow/clients-git';
import { ApiError, invalid, notFound } from '../api-error.ts';
import { syncRefs } from '../ops/sync-refs.ts';
import { nodeId, repositoryApi, type Json } from '../render/rendering.ts';
import { renderProtection } from '../render/repositories.ts';
import { own } from '../state/queries.ts';
import type { ProtectionRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { renderCommit } from '../render/commits.ts';
import { readNamedCommits } from '@prow/clients-git';
import { json, noContent, type ApiRequest, type Reply } from './api-request.ts';
import type { RouteTable } from './router.ts';

const repo = '/repos/{owner}/{repo}';

export const refRoutes: RouteTable = {
  [`GET ${repo}/git/ref/{ref+}`]: async (request) => {
    const repository = request.repository();
    const found = await refNamed(request, repository);
    if (found === undefined) throw notFound();
    return json(found);
  },
  [`GET ${repo}/git/refs/{ref+}`]: async (request) => {
    const repository = request.repository();
    const found = await refNamed(request, repository);
    if (found === undefined) throw notFound();
    return json(found);
  },
  [`GET ${repo}/git/matching-refs/{ref+}`]: async (request) => {
    const repository = request.repository();
    const prefix = `refs/${request.param('ref')}`;
    const names = Object.keys(repository.refs).filter((ref) => ref.startsWith(prefix)).toSorted();
    return request.pagedAsync(names, (page) => Promise.all(page.map((ref) => renderRef(request, repository, ref, own(repository.refs, ref) ?? ''))));
  },
  [`POST ${repo}/git/refs`]: async (request) => {
    const repository = request.repositoryFor('write');
    const ref = request.body.string('ref');
    const sha = request.body.string('sha');
    if (!/^refs\/(heads|tags)\/./.test(ref)) throw invalid('Reference', 'ref', 'Reference name must start with refs/heads/ or refs/tags/', 'invalid');
    if (own(repository.refs, ref) !== undefined) throw new ApiError(422, 'Reference already exists');
    await changeRef(request, repository, { ref, to: await knownSha(request, repository, sha), from: null });
    return json(await renderRef(request, repository, ref, sha), 201);
  },
  [`PATCH ${repo}/git/refs/{ref+}`]: async (request) => {
    const repository = request.repositoryFor('write');
    const ref = `refs/${request.param('ref')}`;
    const previous = own(repository.refs, ref);
    if (previous === undefined) throw new ApiError(422, 'Reference does not exist');
    const sha = await knownSha(request, repository, request.body.string('sha'));
    const isForward = await request.forge.git.open(repository.id).isAncestor({ ancestor: previous, descendant: sha });
    if (!isForward && request.body.optionalBoolean('force') !== true) throw new ApiError(422, 'Update is not a fast forward');
    await changeRef(request, repository, { ref, to: sha, from: previous });
    return json(await renderRef(request, repository, ref, sha));
  },
  [`DELETE ${repo}/git/refs/{ref+}`]: async (request) => {
    const repository = request.repositoryFor('write');
    const ref = `refs/${request.param('ref')}`;
    const previous = own(repository.refs, ref);
    if (previous === undefined) throw new ApiError(422, 'Reference does not exist');
    if (ref === `refs/heads/${repository.defaultBranch}`) throw new ApiError(422, 'Cannot delete the default branch');
    await changeRef(request, repository, { ref, to: null, from: previous });
    return noContent;
  },
  [`GET ${repo}/branches`]: async (request) => {
    const repository = request.repository();
    const onlyProtected = request.query.get('protected') === 'true';
    const names = branchesOf(repository).filter((branch) => !onlyProtected || own(repository.protections, branch) !== undefined);
    return request.paged(names, (branch) => renderShortBranch(request, repository, branch));
  },
  [`GET ${repo}/tags`]: (request) => {
    const repository = request.repository();
    const tags = Object.keys(repository.refs).filter((ref) => ref.startsWith('refs/tags/')).toSorted().toReversed();
    return request.paged(tags, (ref) => ({ name: ref.slice('refs/tags/'.length), node_id: nodeId('Ref', `${repository.id}/${ref}`), commit: { sha: own(repository.refs, ref), url: `${repositoryApi(request.rendering, repository)}/commits/${own(repository.refs, ref)}` }, zipball_url: '', tarball_url: '' }));
  },
  [`GET ${repo}/branches/{branch+}/protection`]: (request) => {
    const { repository, branch } = branchOf(request, request.repository());
    const protection = own(repository.protections, branch);
    if (protection === undefined) throw new ApiError(404, 'Branch not protected');
    return json(renderProtection(request.rendering, repository, branch, protection));
  },
  [`PUT ${repo}/branches/{branch+}/protection`]: async (request) => {
    const { repository, branch } = branchOf(request, request.repositoryFor('admin'));
    const protection = protectionIn(request);
    await saveProtections(request, repository, { ...repository.protections, [branch]: protection });
    return json(renderProtection(request.rendering, repository, branch, protection));
  },
  [`DELETE ${repo}/branches/{branch+}/protection`]: async (request) => {
    const { repository, branch } = branchOf(request, request.repositoryFor('admin'));
    if (own(repository.protections, branch) === undefined) throw new ApiError(404, 'Branch not protected');
    await saveProtections(request, repository, Object.fromEntries(Object.entries(repository.protections).filter(([name]) => name !== branch)));
    return noContent;
  },
  [`GET ${repo}/branches/{branch+}`]: async (request) => {
    const { repository, branch, sha } = branchOf(request, request.repository());
    const [commit] = await readNamedCommits({ gitDir: request.forge.git.gitDir(repository.id), shas: [sha] });
    const page = `${repositoryApi(request.rendering, repository)}/branches/${branch}`;
    const short = renderShortBranch(request, repository, branch);
    return json({
      ...short,
      commit: commit === undefined ? short['commit'] : renderCommit(request.rendering, repository, commit),
      _links: { self: page, html: `${request.rendering.base}/${repository.owner}/${repository.name}/tree/${branch}` },
      protection: { enabled: own(repository.protections, branch) !== undefined, required_status_checks: { enforcement_level: 'off', contexts: own(repository.protections, branch)?.requiredChecks?.contexts ?? [], checks: [] } },
      protection_url: `${page}/protection`,
    });
  },
};

export function branchesOf(repository: RepositoryRecord): string[] {
  return Object.keys(repository.refs).filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice('refs/heads/'.length)).toSorted();
}

function branchOf(request: ApiRequest, repository: RepositoryRecord): { repository: RepositoryRecord; branch: string; sha: string } {
  const branch = request.param('branch');
  const sha = own(repository.refs, `refs/heads/${branch}`);
  if (sha === undefined) throw new ApiError(404, 'Branch not found');
  return { repository, branch, sha };
}

function renderShortBranch(request: ApiRequest, repository: RepositoryRecord, branch: string): Json {
  const sha = own(repository.refs, `refs/heads/${branch}`) ?? '';
  return { name: branch, commit: { sha, url: `${repositoryApi(request.rendering, repository)}/commits/${sha}` }, protected: own(repository.protections, branch) !== undefined };
}

async function refNamed(request: ApiRequest, repository: RepositoryRecord): Promise<Json | undefined> {
  const ref = `refs/${request.param('ref').replace(/^refs\//, '')}`;
  const known = own(repository.refs, ref);
  if (known !== undefined) return renderRef(request, repository, ref, known);
  if (!ref.startsWith('refs/pull/')) return undefined;
  const sha = await request.forge.git.open(repository.id).resolve(ref);
  return sha === undefined ? undefined : renderRef(request, repository, ref, sha);
}

async function renderRef(request: ApiRequest, repository: RepositoryRecord, ref: string, sha: string): Promise<Json> {
  const type = ref.startsWith('refs/tags/') ? await objectType(request, repository, sha) : 'commit';
  const api = repositoryApi(request.rendering, repository);
  return { ref, node_id: nodeId('Ref', `${repository.id}/${ref}`), url: `${api}/git/${ref}`, object: { sha, type, url: `${api}/git/${type}s/${sha}` } };
}

async function objectType(request: ApiRequest, repository: RepositoryRecord, sha: string): Promise<string> {
  const { stdout } = await runGit({ gitDir: request.forge.git.gitDir(repository.id), args: ['cat-file', '-t', sha], accept: [0, 128] });
  return stdout.toString('utf8').trim() || 'commit';
}

async function knownSha(request: ApiRequest, repository: RepositoryRecord, sha: string): Promise<string> {
  if (!/^[0-9a-f]{40}$/.test(sha) || !(await request.forge.git.open(repository.id).hasCommit(sha))) throw new ApiError(422, 'Object does not exist');
  return sha;
}

async function changeRef(request: ApiRequest, repository: RepositoryRecord, change: { ref: string; to: string | null; from: string | null }): Promise<void> {
  try {
    checkRef(change.ref);
  } catch {
    throw invalid('Reference', 'ref', `${change.ref} is not a name for a ref`, 'invalid');
  }
  await request.forge.locked(repository.id, async () => {
    if (!(await request.forge.git.updateRef(repository.id, change))) throw new ApiError(422, 'Reference cannot be updated');
    await syncRefs(request.forge, repository.id, request.actor);
  });
}

function protectionIn({ body }: ApiRequest): ProtectionRecord {
  const checks = body.optionalObject('required_status_checks');
  const reviews = body.optionalObject('required_pull_request_reviews');
  const restrictions = body.optionalObject('restrictions');
  const contexts = checks?.optionalStrings('contexts') ?? checks?.optionalObjects('checks').map((check) => check.string('context')) ?? [];
  return {
    requiredChecks: checks === undefined ? null : { strict: checks.optionalBoolean('strict') ?? false, contexts },
    enforceAdmins: body.optionalBoolean('enforce_admins') ?? false,
    reviews: reviews === undefined ? null : { dismissStale: reviews.optionalBoolean('dismiss_stale_reviews') ?? false, codeOwners: reviews.optionalBoolean('require_code_owner_reviews') ?? false, approvals: reviews.optionalNumber('required_approving_review_count') ?? 1 },
    restrictions: restrictions === undefined ? null : { users: restrictions.optionalStrings('users') ?? [], teams: restrictions.optionalStrings('teams') ?? [], apps: restrictions.optionalStrings('apps') ?? [] },
    linearHistory: body.optionalBoolean('required_linear_history') ?? false,
    allowForcePushes: body.optionalBoolean('allow_force_pushes') ?? false,
    allowDeletions: body.optionalBoolean('allow_deletions') ?? false,
  };
}

async function saveProtections(request: ApiRequest, repository: RepositoryRecord, protections: RepositoryRecord['protections']): Promise<Reply> {
  await request.forge.database.change((change) => change.put(tables.repositories, { ...(change.get(tables.repositories, tables.padded(repository.id)) ?? repository), protections }));
  return noContent;
}
