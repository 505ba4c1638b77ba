import { GitHubError } from '../github-error.ts';
import type { Repositories } from '../roles/repositories.ts';
import type { Branch, BranchProtection, ChangedFile, Commit, DirectoryEntry, Repository, RepositoryName, RepositoryPermission, Team, TreeEntry, User } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';
import { normalizeCommit } from './normalize.ts';

const repoRoute = '/repos/{owner}/{repo}';
const forkAttempts = 20;
const forkPollMs = 1500;

export function repositories(ask: Asker): Repositories {
  return { ...settings(ask), ...content(ask), ...history(ask), ...branches(ask), ...people(ask) };
}

const named = ({ org, repo }: RepositoryName): Record<string, unknown> => ({ owner: org, repo });
const atRef = (ref: string | undefined): Record<string, unknown> => (ref === undefined || ref === '' ? {} : { ref });

function settings(ask: Asker): Pick<Repositories, 'getRepository' | 'findRepository' | 'listRepositories' | 'ensureFork'> {
  return {
    getRepository: (name) => ask.get<Repository>(`GET ${repoRoute}`, named(name)),
    findRepository: (name) => ask.find<Repository>(`GET ${repoRoute}`, named(name)),
    listRepositories: async ({ org }) => {
      try {
        return await ask.list<Repository>('GET /orgs/{org}/repos', { org });
      } catch (error) {
        if (!(error instanceof GitHubError) || !error.isNotFound) throw error;
        return ask.list<Repository>('GET /users/{username}/repos', { username: org });
      }
    },
    ensureFork: async ({ org, repo }) => {
      const dryRun = { name: repo, full_name: `${org}/${repo}`, owner: { login: org, id: 0 } } as Repository;
      const fork = await ask.write<Repository>(`POST ${repoRoute}/forks`, named({ org, repo }), { repeatable: true, dryRun });
      if (ask.sender.isDryRun) return fork;
      const name = { owner: fork.owner.login, repo: fork.name };
      for (let attempt = 0; attempt < forkAttempts; attempt += 1) {
        const found = await ask.find<Repository>(`GET ${repoRoute}`, name, { skipCache: true });
        if (found !== undefined) return found;
        await ask.sender.clock.sleep(forkPollMs);
      }
      throw new GitHubError(`${name.owner}/${name.repo}: the fork did not appear`, { status: 404, code: 'PROW_GITHUB_FORK', transient: true });
    },
  };
}

interface FileAnswer {
  type?: string;
  encoding?: string;
  content?: string;
  sha: string;
}

function content(ask: Asker): Pick<Repositories, 'getFile' | 'listDirectory' | 'putFile' | 'getTree' | 'getBlob'> {
  const getBlob: Repositories['getBlob'] = async ({ org, repo, sha }) => {
    const blob = await ask.get<FileAnswer>(`GET ${repoRoute}/git/blobs/{file_sha}`, { ...named({ org, repo }), file_sha: sha });
    return decode(blob);
  };
  return {
    getBlob,
    getFile: async ({ org, repo, path, ref }) => {
      const found = await ask.find<FileAnswer | unknown[]>(`GET ${repoRoute}/contents/{path}`, { ...named({ org, repo }), path, ...atRef(ref) });
      if (found === undefined || Array.isArray(found)) return undefined;
      const file = found as FileAnswer;
      if (file.type !== undefined && file.type !== 'file') return undefined;
      // Over 1 MB GitHub leaves the content out.
      return file.encoding === 'none' ? getBlob({ org, repo, sha: file.sha }) : decode(file);
    },
    listDirectory: async ({ org, repo, path, ref }) => {
      const found = await ask.find<DirectoryEntry[] | object>(`GET ${repoRoute}/contents/{path}`, { ...named({ org, repo }), path, ...atRef(ref) });
      return Array.isArray(found) ? found : undefined;
    },
    putFile: async ({ org, repo, path, content: bytes, message, branch, sha }) => {
      const body = { message, content: bytes.toString('base64'), ...(branch === undefined ? {} : { branch }), ...(sha === undefined ? {} : { sha }) };
      const made = await ask.write(`PUT ${repoRoute}/contents/{path}`, { ...named({ org, repo }), path, ...body }, { dryRun: { commit: { sha: '' } } });
      return { commitSha: made.commit.sha };
    },
    getTree: async ({ org, repo, sha, recursive = false }) => {
      const tree = await ask.get<{ tree: TreeEntry[]; truncated: boolean }>(`GET ${repoRoute}/git/trees/{tree_sha}`, { ...named({ org, repo }), tree_sha: sha, ...(recursive ? { recursive: 1 } : {}) });
      return { entries: tree.tree, truncated: tree.truncated };
    },
  };
}

function decode({ encoding, content: text = '' }: FileAnswer): Buffer {
  return Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'base64');
}

interface Comparison {
  status: string;
  ahead_by: number;
  behind_by: number;
  merge_base_commit?: { sha: string };
  commits: Commit[];
  files?: ChangedFile[];
}

function history(ask: Asker): Pick<Repositories, 'getCommit' | 'compareCommits'> {
  return {
    getCommit: async ({ org, repo, ref }) => {
      const route = `GET ${repoRoute}/commits/{ref}`;
      const commit = normalizeCommit(await ask.get<Commit>(route, { ...named({ org, repo }), ref }));
      const files = [...(commit.files ?? [])];
      for (let page = 2; files.length > 0 && files.length % 300 === 0; page += 1) {
        const more = await ask.get<Commit>(route, { ...named({ org, repo }), ref: commit.sha, page });
        if ((more.files ?? []).length === 0) break;
        files.push(...(more.files ?? []));
      }
      return { ...commit, files };
    },
    compareCommits: async ({ org, repo, base, head }) => {
      const route = `GET ${repoRoute}/compare/{basehead}`;
      const parameters = { ...named({ org, repo }), basehead: `${base}...${head}`, per_page: 100 };
      const first = await ask.get<Comparison & { total_commits?: number }>(route, parameters);
      const commits = [...first.commits];
      for (let page = 2; commits.length < (first.total_commits ?? 0); page += 1) {
        const more = await ask.get<Comparison>(route, { ...parameters, page });
        if (more.commits.length === 0) break;
        commits.push(...more.commits);
      }
      return {
        status: first.status,
        aheadBy: first.ahead_by,
        behindBy: first.behind_by,
        mergeBaseSha: first.merge_base_commit?.sha ?? '',
        commits: commits.map((commit) => normalizeCommit(commit)),
        files: first.files ?? [],
      };
    },
  };
}

function branches(
  ask: Asker,
): Pick<Repositories, 'getRef' | 'createRef' | 'deleteRef' | 'listBranches' | 'getBranch' | 'getBranchProtection' | 'updateBranchProtection' | 'removeBranchProtection'> {
  const branchRoute = `${repoRoute}/branches/{branch}`;
  return {
    getRef: async ({ org, repo, ref }) => {
      const found = await ask.find<{ object: { sha: string } } | unknown[]>(`GET ${repoRoute}/git/ref/{ref}`, { ...named({ org, repo }), ref: ref.replace(/^refs\//, '') });
      // Some servers answer a list of refs that begin alike.
      return found === undefined || Array.isArray(found) ? undefined : found.object.sha;
    },
    createRef: async ({ org, repo, ref, sha }) => {
      await ask.write(`POST ${repoRoute}/git/refs`, { ...named({ org, repo }), ref: ref.startsWith('refs/') ? ref : `refs/${ref}`, sha }, { dryRun: undefined });
    },
    deleteRef: async ({ org, repo, ref }) => {
      try {
        return await ask.remove(`DELETE ${repoRoute}/git/refs/{ref}`, { ...named({ org, repo }), ref: ref.replace(/^refs\//, '') });
      } catch (error) {
        if (error instanceof GitHubError && error.isValidation && /does not exist/i.test(error.githubMessage)) return false;
        throw error;
      }
    },
    listBranches: ({ org, repo, onlyProtected }) => ask.list<Branch>(`GET ${repoRoute}/branches`, { ...named({ org, repo }), ...(onlyProtected === undefined ? {} : { protected: onlyProtected }) }),
    getBranch: ({ org, repo, branch }) => ask.find<Branch>(`GET ${branchRoute}`, { ...named({ org, repo }), branch }),
    getBranchProtection: ({ org, repo, branch }) => ask.find<BranchProtection>(`GET ${branchRoute}/protection`, { ...named({ org, repo }), branch }),
    updateBranchProtection: async ({ org, repo, branch, protection }) => {
      await ask.write(`PUT ${branchRoute}/protection`, { ...named({ org, repo }), branch, ...protection }, { repeatable: true, dryRun: undefined });
    },
    removeBranchProtection: async ({ org, repo, branch }) => {
      await ask.remove(`DELETE ${branchRoute}/protection`, { ...named({ org, repo }), branch });
    },
  };
}

function people(ask: Asker): Pick<Repositories, 'isCollaborator' | 'listCollaborators' | 'getPermission' | 'hasPermission' | 'listRepositoryTeams'> {
  const getPermission: Repositories['getPermission'] = async ({ org, repo, login }) => {
    const found = await ask.find<RepositoryPermission>(`GET ${repoRoute}/collaborators/{username}/permission`, { ...named({ org, repo }), username: login });
    return found === undefined ? { permission: 'none', role_name: 'none' } : { permission: found.permission, role_name: found.role_name ?? found.permission };
  };
  return {
    isCollaborator: ({ org, repo, login }) => ask.exists(`GET ${repoRoute}/collaborators/{username}`, { ...named({ org, repo }), username: login }),
    listCollaborators: (name) => ask.list<User>(`GET ${repoRoute}/collaborators`, named(name)),
    getPermission,
    hasPermission: async ({ levels, ...query }) => levels.includes((await getPermission(query)).permission),
    listRepositoryTeams: (name) => ask.list<Team>(`GET ${repoRoute}/teams`, named(name)),
  };
}
