import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProwError } from '@prow/base-errors';
import { checkRef, commitTree, identityEnv, runGit } from '@prow/clients-git';
import { tokenOf } from '../access.ts';
import type { Forge } from '../forge.ts';
import { createRepository } from '../ops/repositories.ts';
import { identityOf } from '../ops/pulls.ts';
import { syncRefs } from '../ops/sync-refs.ts';
import { findAccount, findLabel, findRepository, findTeam } from '../state/queries.ts';
import type { AccountRecord, OrganizationRecord, PermissionName, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';

export interface UserSeed {
  login: string;
  name?: string;
  email?: string;
  /** A fixed token; otherwise one is made and kept. */
  token?: string;
  isBot?: boolean;
}

export interface TeamSeed {
  slug: string;
  name?: string;
  members?: readonly string[];
  maintainers?: readonly string[];
  parent?: string;
}

export interface OrganizationSeed {
  login: string;
  name?: string;
  description?: string;
  admins?: readonly string[];
  members?: readonly string[];
  teams?: readonly TeamSeed[];
  defaultPermission?: OrganizationRecord['defaultPermission'];
}

export interface LabelSeed {
  name: string;
  color?: string;
  description?: string;
}

/** Where a repository's first content comes from. */
export type ContentSeed =
  /** A folder whose files become the first commit. */
  | { files: string }
  /** A git repository, bare or not, with its branches, tags and history. */
  | { git: string };

export interface RepositorySeed {
  owner: string;
  name: string;
  description?: string;
  /** Default: the source's, else `main`. */
  defaultBranch?: string;
  isPrivate?: boolean;
  content?: ContentSeed;
  labels?: readonly LabelSeed[];
  /** By login. */
  collaborators?: Readonly<Record<string, PermissionName>>;
  /** By team slug. */
  teams?: Readonly<Record<string, PermissionName>>;
  milestones?: readonly string[];
}

export interface AppSeed {
  slug: string;
  name?: string;
  /** Organisations and users. */
  installedAt: readonly string[];
  /** The App's own webhook: told of everything where the App is installed. */
  hook?: { url: string; secret: string };
}

/** A run of a workflow of GitHub Actions, as if it had happened. */
export interface WorkflowRunSeed {
  owner: string;
  repo: string;
  name: string;
  headBranch: string;
  headSha: string;
  /** Default: `pull_request`. */
  event?: string;
  /** Default: `completed`. */
  status?: string;
  /** Default: `failure`. */
  conclusion?: string | null;
}

export interface HookSeed {
  /** An organisation's or user's name with `repo`, or an organisation's alone. */
  owner: string;
  repo?: string;
  url: string;
  secret: string;
  /** Default: all. */
  events?: readonly string[];
}

/**
 * Fills a forge: what is missing is added, what is there stays as it is (a webhook's address, secret and events are
 * brought up to date). Safe to run at every start.
 */
export class Seeding {
  readonly #forge: Forge;

  constructor(forge: Forge) {
    this.#forge = forge;
  }

  /** @returns the user's token */
  async ensureUser({ login, name, email, token, isBot }: UserSeed): Promise<string> {
    checkLogin(login);
    if (findAccount(this.#forge.database, login) === undefined) {
      const record: Omit<AccountRecord, 'id'> = {
        login,
        type: isBot === true ? 'Bot' : 'User',
        name: name ?? '',
        email: email ?? `${login}@example.com`,
        createdAt: this.#forge.clock.now(),
      };
      await this.#forge.database.change((change) => change.put(tables.accounts, { id: change.nextId(), ...record }));
    }
    return tokenOf(this.#forge, login, token);
  }

  /** A GitHub App, installed where it may act. @returns what `--github-app-id` and the private key file take */
  async ensureApp({ slug, name, installedAt, hook }: AppSeed): Promise<{ appId: string; privateKey: string }> {
    const { database, clock } = this.#forge;
    if (!/^[a-z0-9][a-z0-9-]{0,33}$/.test(slug)) throw new ProwError('PROW_LOCAL_GITHUB_SEED', `${JSON.stringify(slug)} is no slug of an App: lower-case letters, digits and hyphens`);
    await this.ensureUser({ login: `${slug}[bot]`, name: name ?? slug, isBot: true });
    for (const login of installedAt) this.#known(login);
    const known = database.all(tables.apps).find((app) => app.slug === slug);
    const keys = known ?? newKeys();
    const app = await database.change((change) => {
      const present = known ?? { id: change.nextId(), slug, name: name ?? slug, ...keys, installations: {}, createdAt: clock.now() };
      const added = Object.fromEntries(installedAt.map((login) => [login.toLowerCase(), present.installations[login.toLowerCase()] ?? change.nextId()]));
      return change.put(tables.apps, { ...present, installations: { ...present.installations, ...added } });
    });
    if (hook !== undefined) {
      const now = clock.now();
      await database.change((change) => {
        const present = change.list(tables.hooks, `app/${app.id}`)[0] ?? { id: change.nextId(), appId: app.id, org: null, repoId: null, events: ['*'], isActive: true, createdAt: now };
        change.put(tables.hooks, { ...present, ...hook, contentType: 'json' as const, updatedAt: now });
      });
    }
    return { appId: String(app.id), privateKey: app.privateKey };
  }

  async ensureOrganization({ login, name, description, admins = [], members = [], teams = [], defaultPermission }: OrganizationSeed): Promise<void> {
    checkLogin(login);
    const { database, clock } = this.#forge;
    for (const each of [...admins, ...members]) this.#known(each);
    await database.change((change) => {
      if (findAccount(change, login) === undefined) change.put(tables.accounts, { id: change.nextId(), login, type: 'Organization', name: name ?? login, email: '', createdAt: clock.now() });
      const present = change.get(tables.organizations, login.toLowerCase()) ?? { login, description: description ?? '', members: {}, defaultPermission: defaultPermission ?? 'read' };
      const roles = { ...Object.fromEntries(members.map((each) => [each.toLowerCase(), 'member' as const])), ...Object.fromEntries(admins.map((each) => [each.toLowerCase(), 'admin' as const])) };
      change.put(tables.organizations, { ...present, members: { ...roles, ...present.members } });
    });
    for (const team of teams) await this.ensureTeam(login, team);
  }

  async ensureTeam(org: string, { slug, name, members = [], maintainers = [], parent }: TeamSeed): Promise<void> {
    for (const each of [...members, ...maintainers]) this.#known(each);
    await this.#forge.database.change((change) => {
      const parentId = parent === undefined ? null : (findTeam(change, org, parent)?.id ?? null);
      const present = findTeam(change, org, slug) ?? { id: change.nextId(), org, slug: slug.toLowerCase(), name: name ?? slug, description: '', parentId, members: {}, repositories: {} };
      const roles = { ...Object.fromEntries(members.map((each) => [each.toLowerCase(), 'member' as const])), ...Object.fromEntries(maintainers.map((each) => [each.toLowerCase(), 'maintainer' as const])) };
      change.put(tables.teams, { ...present, members: { ...roles, ...present.members } });
    });
  }

  async ensureRepository(seed: RepositorySeed): Promise<void> {
    const { database } = this.#forge;
    const owner = findAccount(database, seed.owner);
    if (owner === undefined) throw new ProwError('PROW_LOCAL_GITHUB_SEED', `repository ${seed.owner}/${seed.name}: there is no user or organisation ${seed.owner}`);
    let repository = findRepository(database, seed.owner, seed.name);
    if (repository === undefined) {
      const sourceBranch = seed.content !== undefined && 'git' in seed.content ? await headBranch(seed.content.git) : undefined;
      const defaultBranch = checkRef(seed.defaultBranch ?? sourceBranch ?? 'main');
      repository = await createRepository(this.#forge, { actor: owner, owner: seed.owner, name: seed.name, description: seed.description ?? '', isPrivate: seed.isPrivate ?? false, defaultBranch });
    }
    // Content may be missing of a start that was cut short.
    if (seed.content !== undefined && Object.keys(repository.refs).length === 0) await this.#fill(repository, owner, seed.content);
    await this.ensureLabels({ owner: seed.owner, repo: seed.name, labels: seed.labels ?? [] });
    await this.#grant(seed);
  }

  async ensureLabels({ owner, repo, labels }: { owner: string; repo: string; labels: readonly LabelSeed[] }): Promise<void> {
    const repository = this.#repository(owner, repo);
    const missing = labels.filter((label) => findLabel(this.#forge.database, repository.id, label.name) === undefined);
    if (missing.length === 0) return;
    await this.#forge.database.change((change) => {
      for (const { name, color, description } of missing) change.put(tables.labels, { id: change.nextId(), repoId: repository.id, name, color: (color ?? 'ededed').replace(/^#/, ''), description: description ?? '' });
    });
  }

  async ensureHook({ owner, repo, url, secret, events = ['*'] }: HookSeed): Promise<void> {
    const repoId = repo === undefined ? null : this.#repository(owner, repo).id;
    const group = repoId === null ? `org/${owner.toLowerCase()}` : `repo/${repoId}`;
    const now = this.#forge.clock.now();
    await this.#forge.database.change((change) => {
      const same = change.list(tables.hooks, group).filter((hook) => hook.url === url || hook.url.startsWith(`${new URL(url).origin}/`));
      const present = same[0] ?? { id: change.nextId(), org: repoId === null ? owner : null, repoId, isActive: true, createdAt: now };
      change.put(tables.hooks, { ...present, url, secret, contentType: 'json' as const, events: [...events], updatedAt: now });
    });
  }

  /** One run of each name and commit. @returns its id */
  async ensureWorkflowRun({ owner, repo, name, headBranch, headSha, event = 'pull_request', status = 'completed', conclusion = 'failure' }: WorkflowRunSeed): Promise<number> {
    const { id: repoId } = this.#repository(owner, repo);
    const now = this.#forge.clock.now();
    return this.#forge.database.change((change) => {
      const known = change.list(tables.workflowRuns, String(repoId)).find((run) => run.name === name && run.headSha === headSha);
      return (known ?? change.put(tables.workflowRuns, { id: change.nextId(), repoId, name, headBranch, headSha, event, status, conclusion, attempt: 1, createdAt: now, updatedAt: now })).id;
    });
  }

  #repository(owner: string, name: string): RepositoryRecord {
    const repository = findRepository(this.#forge.database, owner, name);
    if (repository === undefined) throw new ProwError('PROW_LOCAL_GITHUB_SEED', `there is no repository ${owner}/${name}`);
    return repository;
  }

  #known(login: string): void {
    if (findAccount(this.#forge.database, login) === undefined) throw new ProwError('PROW_LOCAL_GITHUB_SEED', `there is no user ${login}`);
  }

  async #grant({ owner, name, collaborators = {}, teams = {}, milestones = [] }: RepositorySeed): Promise<void> {
    const repository = this.#repository(owner, name);
    for (const login of Object.keys(collaborators)) this.#known(login);
    await this.#forge.database.change((change) => {
      const present = change.get(tables.repositories, tables.padded(repository.id)) ?? repository;
      const named = Object.fromEntries(Object.entries(collaborators).map(([login, permission]) => [login.toLowerCase(), permission]));
      change.put(tables.repositories, { ...present, collaborators: { ...named, ...present.collaborators } });
      for (const [slug, permission] of Object.entries(teams)) {
        const team = findTeam(change, owner, slug);
        if (team === undefined) throw new ProwError('PROW_LOCAL_GITHUB_SEED', `repository ${owner}/${name}: there is no team ${slug}`);
        change.put(tables.teams, { ...team, repositories: { [String(repository.id)]: permission, ...team.repositories } });
      }
      const existing = change.list(tables.milestones, String(repository.id));
      for (const title of milestones.filter((each) => existing.every((milestone) => milestone.title !== each))) {
        const number = Math.max(0, ...change.list(tables.milestones, String(repository.id)).map((each) => each.number)) + 1;
        const now = this.#forge.clock.now();
        change.put(tables.milestones, { id: change.nextId(), repoId: repository.id, number, title, description: '', state: 'open' as const, creator: owner, createdAt: now, updatedAt: now, closedAt: null, dueAt: null });
      }
    });
  }

  async #fill(repository: RepositoryRecord, owner: AccountRecord, content: ContentSeed): Promise<void> {
    await this.#forge.locked(repository.id, async () => {
      const gitDir = this.#forge.git.gitDir(repository.id);
      if ('files' in content) await commitFolder({ gitDir, folder: content.files, branch: repository.defaultBranch, owner, atMs: this.#forge.clock.now() });
      else await fetchAll({ gitDir, source: content.git, defaultBranch: repository.defaultBranch });
      await syncRefs(this.#forge, repository.id, owner);
    });
  }
}

function newKeys(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } });
}

function checkLogin(login: string): void {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?(\[bot\])?$/.test(login)) throw new ProwError('PROW_LOCAL_GITHUB_SEED', `${JSON.stringify(login)} is not a login: letters, digits and inner hyphens, at most 39`);
}

async function headBranch(source: string): Promise<string | undefined> {
  const { stdout, exitCode } = await runGit({ args: ['-C', source, 'symbolic-ref', '--quiet', '--short', 'HEAD'], accept: [0, 1, 128] });
  const branch = stdout.toString('utf8').trim();
  return exitCode === 0 && branch !== '' ? branch : undefined;
}

/** The objects of a repository with all its branches and tags; its present commit as the default branch. */
async function fetchAll({ gitDir, source, defaultBranch }: { gitDir: string; source: string; defaultBranch: string }): Promise<void> {
  const args = ['-c', 'safe.directory=*', 'fetch', '--quiet', '--no-tags', '--update-shallow', source, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  await runGit({ gitDir, args });
  const hasBranch = (await runGit({ gitDir, args: ['rev-parse', '--verify', '--quiet', `refs/heads/${defaultBranch}`], accept: [0, 1, 128] })).exitCode === 0;
  // A checkout of a single commit (as CI systems make them) has no branch.
  if (!hasBranch) await runGit({ gitDir, args: ['-c', 'safe.directory=*', 'fetch', '--quiet', '--no-tags', '--update-shallow', source, `+HEAD:refs/heads/${defaultBranch}`] });
}

async function commitFolder({ gitDir, folder, branch, owner, atMs }: { gitDir: string; folder: string; branch: string; owner: AccountRecord; atMs: number }): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'prow-github-seed-'));
  const env = { GIT_INDEX_FILE: join(dir, 'index'), GIT_WORK_TREE: folder, ...identityEnv('author', identityOf(owner)), ...identityEnv('committer', identityOf(owner)) };
  try {
    await runGit({ gitDir, cwd: folder, args: ['-c', 'core.autocrlf=false', '-c', 'core.fileMode=true', 'add', '--all', '--force', '.'], env });
    const treeSha = (await runGit({ gitDir, args: ['write-tree'], env: { GIT_INDEX_FILE: env.GIT_INDEX_FILE } })).stdout.toString('utf8').trim();
    const identity = identityOf(owner);
    const sha = await commitTree({ gitDir, treeSha, parents: [], message: 'Initial commit', author: identity, committer: identity, atMs, authoredAtMs: atMs });
    await runGit({ gitDir, args: ['update-ref', `refs/heads/${branch}`, sha] });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
