import { checkSha, readNamedCommits, runGit, type CommitSummary } from '@prow/clients-git';
import type { Forge } from '../forge.ts';
import { emit, emitIssue, type Telling } from '../hooks/emit.ts';
import { renderUser } from '../render/accounts.ts';
import { accountByEmail } from '../render/commits.ts';
import { repositoryApi, repositoryPage, time, type Json } from '../render/rendering.ts';
import { renderRepository } from '../render/repositories.ts';
import { isPull, repositoryById, type PullRecord } from '../state/queries.ts';
import type { AccountRecord, IssueRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { recordEvent, save } from './issue-changes.ts';

const zeros = '0'.repeat(40);
/** GitHub's limit for one push event. */
const maxPushCommits = 2048;

interface RefChange {
  ref: string;
  before: string;
  after: string;
}

interface PushedCommit extends CommitSummary {
  added: string[];
  removed: string[];
  modified: string[];
}

interface Push extends RefChange {
  commits: PushedCommit[];
  forced: boolean;
}

interface PullEffect {
  pull: PullRecord;
  kind: 'synchronize' | 'head-gone' | 'merged';
  before: string;
  after: string;
}

/**
 * Finds what changed in git since events last told of it, and tells: pushes, branches made and deleted, pull requests
 * whose head moved or whose commits are on their base now. Run after every push, and at start for what a crash cut
 * short. The caller holds the repository's lock.
 * @param finish more to change at the same instant, before anything is told (a merge that is being finished)
 */
export async function syncRefs(forge: Forge, repoId: number, actor: AccountRecord, finish?: (telling: Telling) => void): Promise<void> {
  const repository = repositoryById(forge.database, repoId);
  if (repository === undefined) return;
  const refs = await forge.git.refs(repoId);
  const changes = differences(repository.refs, refs);
  if (changes.length === 0 && finish === undefined) return;
  const pushes: Push[] = [];
  for (const change of changes) pushes.push({ ...change, ...(await describePush(forge, repository, refs, change)) });
  const effects = await pullEffects(forge, repository, changes);
  await forge.change(actor, (change, tell) => {
    const present = change.get(tables.repositories, tables.padded(repoId)) ?? repository;
    const now = forge.clock.now();
    const updated = change.put(tables.repositories, { ...present, refs, pushedAt: now, updatedAt: now });
    const telling = tell(updated);
    finish?.(telling);
    for (const push of pushes) tellPush(telling, push);
    for (const effect of effects) applyEffect(tell, change.get(tables.issues, tables.issues.keyOf(effect.pull)), effect);
  });
  // What the new heads change is looked into now, so that whoever the event wakes finds the answer.
  for (const { pull, kind } of effects) {
    const moved = forge.database.get(tables.issues, tables.issues.keyOf(pull));
    if (kind === 'synchronize' && moved !== undefined && isPull(moved)) void forge.study(moved).catch(() => {});
  }
}

function differences(known: Readonly<Record<string, string>>, found: Readonly<Record<string, string>>): RefChange[] {
  const changes: RefChange[] = [];
  for (const [ref, after] of Object.entries(found)) if (known[ref] !== after) changes.push({ ref, before: known[ref] ?? zeros, after });
  for (const [ref, before] of Object.entries(known)) if (found[ref] === undefined) changes.push({ ref, before, after: zeros });
  return changes;
}

async function describePush(forge: Forge, repository: RepositoryRecord, refs: Readonly<Record<string, string>>, { ref, before, after }: RefChange): Promise<{ commits: PushedCommit[]; forced: boolean }> {
  if (after === zeros || !ref.startsWith('refs/heads/')) return { commits: [], forced: false };
  const git = forge.git.open(repository.id);
  const hasBefore = before !== zeros && (await git.hasCommit(before));
  const forced = hasBefore && !(await git.isAncestor({ ancestor: before, descendant: after }));
  // A new branch brings what no other branch has.
  const others = Object.entries(refs).filter(([name, sha]) => name.startsWith('refs/heads/') && name !== ref && sha !== after).map(([, sha]) => sha);
  const exclude = hasBefore ? [before] : [...new Set(others)].slice(0, 200);
  if (!hasBefore && exclude.length === 0) return { commits: await pushedCommits(forge, repository.id, after, [], 20), forced };
  return { commits: await pushedCommits(forge, repository.id, after, exclude, maxPushCommits), forced };
}

async function pushedCommits(forge: Forge, repoId: number, to: string, exclude: readonly string[], limit: number): Promise<PushedCommit[]> {
  const gitDir = forge.git.gitDir(repoId);
  const range = [checkSha(to), ...exclude.map((sha) => `^${checkSha(sha)}`)];
  const args = ['log', '-z', '--format=%x1e%H', '--name-status', '--no-renames', '-m', '--first-parent', `--max-count=${limit}`, '--reverse', ...range, '--'];
  const listed = (await runGit({ gitDir, args })).stdout.toString('utf8');
  const files = new Map<string, { added: string[]; removed: string[]; modified: string[] }>();
  for (const record of listed.split('\u001e').filter((part) => part !== '')) {
    const [sha = '', ...rest] = record.split('\0').map((part) => part.trim()).filter((part) => part !== '');
    const each = { added: [] as string[], removed: [] as string[], modified: [] as string[] };
    for (let at = 0; at + 1 < rest.length; at += 2) {
      const path = rest[at + 1] ?? '';
      (rest[at] === 'A' ? each.added : rest[at] === 'D' ? each.removed : each.modified).push(path);
    }
    files.set(sha, each);
  }
  const commits = await readNamedCommits({ gitDir, shas: [...files.keys()] });
  const nothing = { added: [], removed: [], modified: [] };
  return commits.map((commit) => ({ ...commit, ...(files.get(commit.sha) ?? nothing) }));
}

/** What the change of branches does to pull requests, here and in the repositories this one was forked from. */
async function pullEffects(forge: Forge, repository: RepositoryRecord, changes: readonly RefChange[]): Promise<PullEffect[]> {
  const open = forge.database.all(tables.issues).filter((issue): issue is PullRecord => isPull(issue) && issue.state === 'open');
  const effects: PullEffect[] = [];
  for (const { ref, before, after } of changes) {
    if (!ref.startsWith('refs/heads/')) continue;
    const branch = ref.slice('refs/heads/'.length);
    for (const pull of open) {
      if (pull.pull.headRepoId === repository.id && pull.pull.headRef === branch && pull.pull.headSha !== after) {
        if (after === zeros) {
          effects.push({ pull, kind: 'head-gone', before, after: pull.pull.headSha });
          continue;
        }
        await keepHead(forge, pull, repository.id, ref, after);
        effects.push({ pull, kind: 'synchronize', before: pull.pull.headSha, after });
      }
      if (pull.repoId === repository.id && pull.pull.baseRef === branch && after !== zeros) {
        const head = effects.find((effect) => effect.pull === pull && effect.kind === 'synchronize')?.after ?? pull.pull.headSha;
        if (await forge.git.open(repository.id).isAncestor({ ancestor: head, descendant: after })) effects.push({ pull, kind: 'merged', before, after });
      }
    }
  }
  return effects;
}

/** Makes the head reachable in the repository of the pull request: `refs/pull/N/head`. */
export async function keepHead(forge: Forge, pull: Pick<IssueRecord, 'repoId' | 'number'>, headRepoId: number, ref: string, sha: string): Promise<void> {
  const kept = `refs/pull/${pull.number}/head`;
  if (headRepoId === pull.repoId) await forge.git.updateRef(pull.repoId, { ref: kept, to: sha });
  else await forge.git.fetchFrom(pull.repoId, { fromId: headRepoId, ref, as: kept });
}

function tellPush(telling: Telling, { ref, before, after, commits, forced }: Push): void {
  const { rendering, repository, actor } = telling;
  const created = before === zeros;
  const deleted = after === zeros;
  const refName = ref.replace(/^refs\/(heads|tags)\//, '');
  const refType = ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  if (created || deleted) emit(telling, created ? 'create' : 'delete', { ref: refName, ref_type: refType, pusher_type: 'user', ...(created ? { master_branch: repository.defaultBranch, description: repository.description === '' ? null : repository.description } : {}) });
  const page = repositoryPage(rendering, repository);
  const rendered = commits.map((commit) => pushedCommit(telling, page, commit));
  const owner = renderUser(rendering, repository.owner);
  emit(telling, 'push', {
    ref,
    before,
    after,
    repository: {
      ...renderRepository(rendering, repository),
      owner: { ...owner, name: repository.owner, email: null },
      created_at: Math.floor(repository.createdAt / 1000),
      pushed_at: Math.floor(repository.pushedAt / 1000),
      url: repositoryApi(rendering, repository),
      stargazers: 0,
      master_branch: repository.defaultBranch,
      ...(owner['type'] === 'Organization' ? { organization: repository.owner } : {}),
    },
    pusher: { name: actor.login, email: actor.email },
    created,
    deleted,
    forced,
    base_ref: null,
    compare: created ? `${page}/compare/${refName}` : `${page}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: rendered,
    head_commit: rendered.at(-1) ?? null,
  });
}

function pushedCommit({ rendering }: Telling, page: string, commit: PushedCommit): Json {
  const person = (name: string, email: string): Json => {
    const login = accountByEmail(rendering, email)?.login;
    return { name, email, ...(login === undefined ? {} : { username: login }) };
  };
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    distinct: true,
    message: commit.message,
    timestamp: time(commit.committedAt),
    url: `${page}/commit/${commit.sha}`,
    author: person(commit.authorName, commit.authorEmail),
    committer: person(commit.committerName, commit.committerEmail),
    added: commit.added,
    removed: commit.removed,
    modified: commit.modified,
  };
}

function applyEffect(tell: (repository: RepositoryRecord) => Telling, issue: IssueRecord | undefined, { kind, before, after }: PullEffect): void {
  if (issue === undefined || !isPull(issue) || issue.state !== 'open') return;
  const repository = repositoryIn(tell, issue);
  if (repository === undefined) return;
  const telling = tell(repository);
  const { actor, now } = telling;
  if (kind === 'synchronize') {
    const moved = save(telling, { ...issue, pull: { ...issue.pull, headSha: after } });
    emitIssue(telling, 'synchronize', moved, { before, after });
    return;
  }
  const isMerged = kind === 'merged';
  const baseSha = isMerged ? before : (repository.refs[`refs/heads/${issue.pull.baseRef}`] ?? issue.pull.baseSha);
  const ended: PullRecord = {
    ...issue,
    state: 'closed',
    closedAt: now,
    closedBy: actor.login,
    pull: { ...issue.pull, baseSha, merging: null, ...(isMerged ? { isMerged: true, mergedAt: now, mergedBy: actor.login, mergeSha: after } : {}) },
  };
  save(telling, ended);
  if (isMerged) recordEvent(telling, ended, 'merged', { commitSha: after });
  recordEvent(telling, ended, 'closed');
  emitIssue(telling, 'closed', ended);
}

function repositoryIn(tell: (repository: RepositoryRecord) => Telling, issue: IssueRecord): RepositoryRecord | undefined {
  // Any telling will do to reach the view of the change.
  const { change } = tell({ id: issue.repoId } as RepositoryRecord);
  return repositoryById(change, issue.repoId);
}
