import { mergeHeads, readCommits, type CommitSummary } from '@prow/clients-git';
import { ApiError, invalid } from '../api-error.ts';
import type { Forge } from '../forge.ts';
import { emitIssue, type Telling } from '../hooks/emit.ts';
import { renderTeam, renderUser } from '../render/accounts.ts';
import { missingRequirement } from '../render/pulls.ts';
import { atLeast, baseShaOf, branchTip, findAccount, findTeam, grantedPermission, isPull, listPulls, own, permissionOf, repositoryById, type PullRecord } from '../state/queries.ts';
import type { AccountRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { present } from './comments.ts';
import { checkBody, checkTitle, recordEvent, save } from './issue-changes.ts';
import { insertIssue } from './issues.ts';
import { keepHead, syncRefs } from './sync-refs.ts';

export interface NewPull {
  title: string;
  body: string;
  /** `branch`, or `owner:branch`. */
  head: string;
  base: string;
  isDraft: boolean;
  maintainerCanModify: boolean;
}

/** Where a head such as `john:fix` is: a branch here, or in a fork of that owner. */
export function findHead(forge: Forge, repository: RepositoryRecord, head: string): { repository: RepositoryRecord; branch: string; sha: string } | undefined {
  const colon = head.indexOf(':');
  const owner = colon < 0 ? repository.owner : head.slice(0, colon);
  const branch = head.slice(colon + 1);
  const family = forge.database.list(tables.repositories, owner.toLowerCase());
  const root = repository.forkOf ?? repository.id;
  const candidates = owner.toLowerCase() === repository.owner.toLowerCase() ? [repository] : family.filter((each) => each.forkOf === repository.id || each.forkOf === root || each.id === root);
  for (const candidate of candidates) {
    const sha = branchTip(candidate, branch);
    if (sha !== undefined) return { repository: candidate, branch, sha };
  }
  return undefined;
}

export async function createPull(forge: Forge, { actor, repository, ...given }: { actor: AccountRecord; repository: RepositoryRecord } & NewPull): Promise<PullRecord> {
  checkTitle('PullRequest', given.title);
  checkBody('PullRequest', given.body);
  const baseSha = branchTip(repository, given.base);
  if (baseSha === undefined) throw invalid('PullRequest', 'base', `there is no branch ${given.base}`, 'invalid');
  const head = findHead(forge, repository, given.head);
  if (head === undefined) throw invalid('PullRequest', 'head', `there is no branch ${given.head}`, 'invalid');
  const label = `${head.repository.owner}:${head.branch}`;
  const twin = listPulls(forge.database, repository.id).find((pull) => pull.state === 'open' && pull.pull.baseRef === given.base && pull.pull.headRepoId === head.repository.id && pull.pull.headRef === head.branch);
  if (twin !== undefined) throw invalid('PullRequest', 'base', `A pull request already exists for ${label}.`);
  return forge.locked(repository.id, async () => {
    const number = (repositoryById(forge.database, repository.id)?.lastNumber ?? 0) + 1;
    const headRef = `refs/heads/${head.branch}`;
    // Kept before the number is given away: after a crash in between, the next pull request writes over it.
    await keepHead(forge, { repoId: repository.id, number }, head.repository.id, headRef, head.sha);
    const git = forge.git.open(repository.id);
    if ((await git.mergeBase({ a: baseSha, b: head.sha })) === undefined) throw invalid('PullRequest', 'base', `The ${given.head} branch has no history in common with ${given.base}`);
    if (await git.isAncestor({ ancestor: head.sha, descendant: baseSha })) throw invalid('PullRequest', 'base', `No commits between ${repository.owner}:${given.base} and ${label}`);
    const part = {
      baseRef: given.base,
      baseSha,
      headOwner: head.repository.owner,
      headRepoId: head.repository.id,
      headRef: head.branch,
      headSha: head.sha,
      isDraft: given.isDraft,
      isMerged: false,
      mergedAt: null,
      mergedBy: null,
      mergeSha: null,
      merging: null,
      reviewers: [],
      teamReviewers: [],
      maintainerCanModify: given.maintainerCanModify,
    };
    await forge.study({ repoId: repository.id, number, state: 'open', pull: part } as unknown as PullRecord);
    return forge.change(actor, (_change, tell) => {
      const telling = tell(repository);
      const issue = insertIssue(telling, { title: given.title, body: given.body, pull: part });
      emitIssue(telling, 'opened', issue);
      return issue as PullRecord;
    });
  });
}

export function setDraft(forge: Forge, { actor, repository, issue, isDraft }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord; isDraft: boolean }): Promise<PullRecord> {
  return forge.change(actor, (_change, tell) => {
    const telling = tell(repository);
    const current = present(telling, issue);
    if (!isPull(current) || current.pull.isDraft === isDraft) return issue;
    const changed = save(telling, { ...current, pull: { ...current.pull, isDraft } });
    const event = isDraft ? 'converted_to_draft' : 'ready_for_review';
    recordEvent(telling, changed, event === 'converted_to_draft' ? 'convert_to_draft' : event);
    emitIssue(telling, event, changed);
    return changed as PullRecord;
  });
}

export interface ReviewersChange {
  logins: readonly string[];
  teams: readonly string[];
}

/** Refused as a whole when one name is wrong, as GitHub does. */
export async function requestReviewers(forge: Forge, { actor, repository, issue, logins, teams }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord } & ReviewersChange): Promise<PullRecord> {
  for (const login of logins) {
    if (login.toLowerCase() === issue.author.toLowerCase()) throw new ApiError(422, 'Review cannot be requested from pull request author.');
    if (findAccount(forge.database, login) === undefined || !atLeast(grantedPermission(forge.database, repository, login), 'read')) {
      throw new ApiError(422, `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${repository.owner}/${repository.name} repository.`);
    }
  }
  const found = teams.map((slug) => findTeam(forge.database, repository.owner, slug.slice(slug.lastIndexOf('/') + 1)));
  if (found.some((team) => team === undefined)) throw new ApiError(422, 'Could not resolve to a node with the global id');
  await forge.study(issue);
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    let current = present(telling, issue) as PullRecord;
    for (const each of logins) {
      const login = findAccount(change, each)?.login ?? each;
      if (current.pull.reviewers.includes(login)) continue;
      current = save(telling, { ...current, pull: { ...current.pull, reviewers: [...current.pull.reviewers, login] } }) as PullRecord;
      recordEvent(telling, current, 'review_requested', { reviewer: login });
      emitIssue(telling, 'review_requested', current, { requested_reviewer: renderUser(telling.rendering, login) });
    }
    for (const team of found) {
      if (team === undefined || current.pull.teamReviewers.includes(team.id)) continue;
      current = save(telling, { ...current, pull: { ...current.pull, teamReviewers: [...current.pull.teamReviewers, team.id] } }) as PullRecord;
      emitIssue(telling, 'review_requested', current, { requested_team: renderTeam(telling.rendering, team) });
    }
    return current;
  });
}

export async function unrequestReviewers(forge: Forge, { actor, repository, issue, logins, teams }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord } & ReviewersChange): Promise<PullRecord> {
  await forge.study(issue);
  return forge.change(actor, (change, tell) => {
    const telling = tell(repository);
    let current = present(telling, issue) as PullRecord;
    for (const each of logins) {
      const login = current.pull.reviewers.find((reviewer) => reviewer.toLowerCase() === each.toLowerCase());
      if (login === undefined) continue;
      current = save(telling, { ...current, pull: { ...current.pull, reviewers: current.pull.reviewers.filter((reviewer) => reviewer !== login) } }) as PullRecord;
      recordEvent(telling, current, 'review_request_removed', { reviewer: login });
      emitIssue(telling, 'review_request_removed', current, { requested_reviewer: renderUser(telling.rendering, login) });
    }
    for (const slug of teams) {
      const team = findTeam(change, repository.owner, slug.slice(slug.lastIndexOf('/') + 1));
      if (team === undefined || !current.pull.teamReviewers.includes(team.id)) continue;
      current = save(telling, { ...current, pull: { ...current.pull, teamReviewers: current.pull.teamReviewers.filter((id) => id !== team.id) } }) as PullRecord;
      emitIssue(telling, 'review_request_removed', current, { requested_team: renderTeam(telling.rendering, team) });
    }
    return current;
  });
}

export interface Merge {
  method: 'merge' | 'squash' | 'rebase';
  /** Refused when the head is another one. */
  sha?: string;
  title?: string;
  message?: string;
}

/** Merges, tells of it, and gives the new commit. A crash at any point leaves it done or undone, never half. */
export async function mergePull(forge: Forge, { actor, repository, issue, ...merge }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord } & Merge): Promise<{ sha: string }> {
  return forge.locked(repository.id, async () => {
    const current = forge.database.get(tables.issues, tables.issues.keyOf(issue));
    if (current === undefined || !isPull(current)) throw new ApiError(404, 'Not Found');
    await forge.study(current, { withRebase: merge.method === 'rebase' });
    checkMergeable(forge, actor, repositoryById(forge.database, repository.id) ?? repository, current, merge);
    const baseSha = baseShaOf(forge.database, current);
    const sha = await makeMergeCommit(forge, { actor, repository, issue: current, baseSha, merge });
    await forge.database.change((change) => change.put(tables.issues, { ...current, pull: { ...current.pull, merging: { sha, by: actor.login, at: forge.clock.now() } } }));
    const ref = `refs/heads/${current.pull.baseRef}`;
    if (!(await forge.git.updateRef(repository.id, { ref, to: sha, from: baseSha }))) throw new ApiError(405, 'Base branch was modified. Review and try the merge again.');
    await syncRefs(forge, repository.id, actor, (telling) => finishMerge(telling, current, { sha, baseSha }));
    if (repository.deleteBranchOnMerge && current.pull.headRepoId === repository.id && current.pull.headRef !== repository.defaultBranch) {
      await forge.git.updateRef(repository.id, { ref: `refs/heads/${current.pull.headRef}`, to: null, from: current.pull.headSha });
      await syncRefs(forge, repository.id, actor);
    }
    return { sha };
  });
}

/** The part of a merge that is told of; also for merges a crash cut short. */
export function finishMerge(telling: Telling, issue: PullRecord, { sha, baseSha }: { sha: string; baseSha: string }): void {
  const current = telling.change.get(tables.issues, tables.issues.keyOf(issue));
  if (current === undefined || !isPull(current) || current.pull.isMerged) return;
  const { actor, now } = telling;
  const merged: PullRecord = {
    ...current,
    state: 'closed',
    closedAt: now,
    closedBy: actor.login,
    pull: { ...current.pull, baseSha, isMerged: true, mergedAt: now, mergedBy: actor.login, mergeSha: sha, merging: null },
  };
  save(telling, merged);
  recordEvent(telling, merged, 'merged', { commitSha: sha });
  recordEvent(telling, merged, 'closed');
  emitIssue(telling, 'closed', merged);
}

function checkMergeable(forge: Forge, actor: AccountRecord, repository: RepositoryRecord, issue: PullRecord, { method, sha }: Merge): void {
  const { pull } = issue;
  if (pull.isMerged) throw new ApiError(405, 'Pull Request is not mergeable: it is merged already');
  if (issue.state === 'closed') throw new ApiError(405, 'Pull Request is not mergeable: it is closed');
  if (pull.isDraft) throw new ApiError(405, 'Pull Request is still a draft');
  if (sha !== undefined && sha !== pull.headSha) throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
  const allowed = { merge: repository.allowMerge, squash: repository.allowSquash, rebase: repository.allowRebase };
  const names = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' };
  if (!allowed[method]) throw new ApiError(405, `${names[method]} are not allowed on this repository.`);
  const rendering = forge.rendering();
  const mergeability = rendering.mergeabilityOf(issue);
  if (mergeability?.mergeable === false || (method === 'rebase' && mergeability?.rebaseable === false)) throw new ApiError(405, method === 'rebase' ? "This branch can't be rebased" : 'Pull Request is not mergeable');
  const protection = own(repository.protections, pull.baseRef);
  const isAdmin = atLeast(permissionOf(forge.database, repository, actor.login), 'admin');
  if (protection?.restrictions != null && !isAdmin && !protection.restrictions.users.some((login) => login.toLowerCase() === actor.login.toLowerCase())) {
    throw new ApiError(405, `You're not authorized to push to this branch. Visit the branch's protection settings for more information.`);
  }
  const missing = missingRequirement(rendering, repository, issue);
  if (missing !== undefined && !(isAdmin && protection?.enforceAdmins !== true)) throw new ApiError(405, missing);
}

async function makeMergeCommit(forge: Forge, { actor, repository, issue, baseSha, merge }: { actor: AccountRecord; repository: RepositoryRecord; issue: PullRecord; baseSha: string; merge: Merge }): Promise<string> {
  const { pull } = issue;
  const gitDir = forge.git.gitDir(repository.id);
  const actorIdentity = identityOf(actor);
  const committer = merge.method === 'rebase' ? actorIdentity : { name: 'GitHub', email: 'noreply@github.com' };
  const defaultTitle = merge.method === 'merge' ? `Merge pull request #${issue.number} from ${pull.headOwner}/${pull.headRef}` : `${issue.title} (#${issue.number})`;
  const defaultMessage = merge.method === 'merge' ? issue.title : await squashMessage(gitDir, baseSha, pull.headSha);
  const title = merge.title ?? defaultTitle;
  const message = merge.message ?? defaultMessage;
  const author = merge.method === 'squash' ? identityOf(findAccount(forge.database, issue.author) ?? actor) : actorIdentity;
  const outcome = await mergeHeads({
    gitDir,
    baseSha,
    heads: [{ sha: pull.headSha, method: merge.method, message: message === '' ? title : `${title}\n\n${message}`, author }],
    committer,
    atMs: forge.clock.now(),
  });
  if (outcome.kind === 'conflict') throw new ApiError(405, 'Pull Request is not mergeable');
  return outcome.sha;
}

export function identityOf(account: AccountRecord): { name: string; email: string } {
  return { name: account.name === '' ? account.login : account.name, email: account.email === '' ? `${account.id}+${account.login}@users.noreply.github.com` : account.email };
}

/** GitHub's default: the messages of the commits, as a list when there are several. */
async function squashMessage(gitDir: string, from: string, to: string): Promise<string> {
  const commits: CommitSummary[] = (await readCommits({ gitDir, from, to, limit: 250, newestFirst: true })).toReversed();
  if (commits.length <= 1) return (commits[0]?.message ?? '').split('\n').slice(1).join('\n').trim();
  return commits.map((commit) => `* ${commit.message}`).join('\n\n');
}

/** Merges the base into the head branch. */
export async function updatePullBranch(forge: Forge, { actor, issue, expectedHeadSha }: { actor: AccountRecord; issue: PullRecord; expectedHeadSha?: string }): Promise<void> {
  const headRepository = repositoryById(forge.database, issue.pull.headRepoId);
  if (headRepository === undefined) throw new ApiError(422, 'The head repository is gone');
  if (expectedHeadSha !== undefined && expectedHeadSha !== issue.pull.headSha) throw new ApiError(422, 'expected head sha didn’t match current head ref.');
  await forge.locked(headRepository.id, async () => {
    const gitDir = forge.git.gitDir(issue.repoId);
    const baseSha = baseShaOf(forge.database, issue);
    const message = `Merge branch '${issue.pull.baseRef}' into ${issue.pull.headRef}`;
    const outcome = await mergeHeads({ gitDir, baseSha: issue.pull.headSha, heads: [{ sha: baseSha, method: 'merge', message, author: identityOf(actor) }], committer: identityOf(actor), atMs: forge.clock.now() });
    if (outcome.kind === 'conflict') throw new ApiError(422, 'merge conflict between base and head');
    const ref = `refs/heads/${issue.pull.headRef}`;
    if (headRepository.id !== issue.repoId) {
      const carrier = `refs/pull/${issue.number}/update`;
      await forge.git.updateRef(issue.repoId, { ref: carrier, to: outcome.sha });
      await forge.git.fetchFrom(headRepository.id, { fromId: issue.repoId, ref: carrier, as: ref });
      await forge.git.updateRef(issue.repoId, { ref: carrier, to: null });
    } else if (!(await forge.git.updateRef(headRepository.id, { ref, to: outcome.sha, from: issue.pull.headSha }))) {
      throw new ApiError(422, 'expected head sha didn’t match current head ref.');
    }
    await syncRefs(forge, headRepository.id, actor);
  });
}
