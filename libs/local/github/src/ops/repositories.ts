import { commitTree, runGit } from '@prow/clients-git';
import { ApiError, invalid } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { emit } from '../hooks/emit.ts';
import { renderRepository } from '../render/repositories.ts';
import { findAccount, findRepository } from '../state/queries.ts';
import type { AccountRecord, LabelRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { identityOf } from './pulls.ts';
import { syncRefs } from './sync-refs.ts';

/** What a new repository on GitHub begins with. */
const defaultLabels: readonly (readonly [name: string, color: string, description: string])[] = [
  ['bug', 'd73a4a', "Something isn't working"],
  ['documentation', '0075ca', 'Improvements or additions to documentation'],
  ['duplicate', 'cfd3d7', 'This issue or pull request already exists'],
  ['enhancement', 'a2eeef', 'New feature or request'],
  ['good first issue', '7057ff', 'Good for newcomers'],
  ['help wanted', '008672', 'Extra attention is needed'],
  ['invalid', 'e4e669', "This doesn't seem right"],
  ['question', 'd876e3', 'Further information is requested'],
  ['wontfix', 'ffffff', 'This will not be worked on'],
];

export interface NewRepository {
  actor: AccountRecord;
  owner: string;
  name: string;
  description?: string;
  isPrivate?: boolean;
  defaultBranch?: string;
  withReadme?: boolean;
  forkOf?: number;
}

export function checkRepositoryName(name: string): string {
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(name) || /^\.+$/.test(name) || name.startsWith('-') || /\.(git|wiki)$/i.test(name)) throw invalid('Repository', 'name', `${JSON.stringify(name.slice(0, 120))} is not a name for a repository`, 'invalid');
  return name;
}

export async function createRepository(forge: Forge, given: NewRepository): Promise<RepositoryRecord> {
  const { actor, owner, name } = given;
  checkRepositoryName(name);
  const account = findAccount(forge.database, owner);
  if (account === undefined) throw new ApiError(404, 'Not Found');
  if (findRepository(forge.database, owner, name) !== undefined) throw invalid('Repository', 'name', 'name already exists on this account');
  const defaultBranch = given.defaultBranch ?? 'main';
  const now = forge.clock.now();
  // The id is taken first, then the folder made, then the record that makes it exist.
  const id = await forge.database.change((change) => change.nextId());
  await forge.git.create(id, { defaultBranch, ...(given.forkOf === undefined ? {} : { parentId: given.forkOf }) });
  const repository = await forge.change(actor, (change, tell) => {
    if (findRepository(change, owner, name) !== undefined) throw invalid('Repository', 'name', 'name already exists on this account');
    const record = change.put(tables.repositories, {
      id,
      owner: account.login,
      name,
      description: given.description ?? '',
      isPrivate: given.isPrivate ?? false,
      isArchived: false,
      defaultBranch,
      forkOf: given.forkOf ?? null,
      collaborators: {},
      allowMerge: true,
      allowSquash: true,
      allowRebase: true,
      deleteBranchOnMerge: false,
      protections: {},
      refs: {},
      lastNumber: 0,
      createdAt: now,
      updatedAt: now,
      pushedAt: now,
    } satisfies RepositoryRecord);
    for (const [label, color, description] of defaultLabels) change.put(tables.labels, { id: change.nextId(), repoId: id, name: label, color, description } satisfies LabelRecord);
    const telling = tell(record);
    emit(telling, 'repository', { action: 'created', repository: renderRepository(telling.rendering, record) });
    return record;
  });
  if (given.withReadme === true) await commitReadme(forge, actor, repository);
  return findRepository(forge.database, owner, name) ?? repository;
}

async function commitReadme(forge: Forge, actor: AccountRecord, repository: RepositoryRecord): Promise<void> {
  const gitDir = forge.git.gitDir(repository.id);
  const blob = (await runGit({ gitDir, args: ['hash-object', '-w', '--stdin'], input: `# ${repository.name}\n` })).stdout.toString('utf8').trim();
  const tree = (await runGit({ gitDir, args: ['mktree'], input: `100644 blob ${blob}\tREADME.md\n` })).stdout.toString('utf8').trim();
  const identity = identityOf(actor);
  const sha = await commitTree({ gitDir, treeSha: tree, parents: [], message: 'Initial commit', author: identity, committer: identity, atMs: forge.clock.now(), authoredAtMs: forge.clock.now() });
  await forge.locked(repository.id, async () => {
    await forge.git.updateRef(repository.id, { ref: `refs/heads/${repository.defaultBranch}`, to: sha });
    await syncRefs(forge, repository.id, actor);
  });
}

/** The owner's fork of a repository: the one that is there, or a new one. */
export async function createFork(forge: Forge, { actor, repository, owner, name }: { actor: AccountRecord; repository: RepositoryRecord; owner: string; name: string }): Promise<RepositoryRecord> {
  const existing = forge.database.list(tables.repositories, owner.toLowerCase()).find((each) => each.forkOf === repository.id);
  if (existing !== undefined) return existing;
  if (owner.toLowerCase() === repository.owner.toLowerCase()) throw new ApiError(403, 'a repository cannot be forked to its own account');
  const fork = await createRepository(forge, { actor, owner, name, description: repository.description, isPrivate: repository.isPrivate, defaultBranch: repository.defaultBranch, forkOf: repository.id });
  await forge.locked(fork.id, () => syncRefs(forge, fork.id, actor));
  return findRepository(forge.database, owner, name) ?? fork;
}
