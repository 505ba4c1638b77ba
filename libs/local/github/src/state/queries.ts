// Questions about the records that more than one part asks.
import type { View } from './database.ts';
import type { AccountRecord, IssueRecord, LabelRecord, MilestoneRecord, PermissionName, PullPart, RepositoryRecord, TeamRecord } from './records.ts';
import * as tables from './tables.ts';

export type PullRecord = IssueRecord & { pull: PullPart };

/** A property of the record itself: names such as `constructor` come from outside too. */
export function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

export function findAccount(view: View, login: string): AccountRecord | undefined {
  return view.get(tables.accounts, login.toLowerCase());
}

/** Whom GitHub shows where an account is gone. */
const ghost: AccountRecord = { id: 10137, login: 'ghost', type: 'User', name: 'Deleted user', email: '', createdAt: 0 };

export function accountOf(view: View, login: string): AccountRecord {
  return findAccount(view, login) ?? { ...ghost, login: login === '' ? ghost.login : login };
}

export function findRepository(view: View, owner: string, name: string): RepositoryRecord | undefined {
  const wanted = name.toLowerCase();
  return view.list(tables.repositories, owner.toLowerCase()).find((repository) => repository.name.toLowerCase() === wanted);
}

export function repositoryById(view: View, id: number | null): RepositoryRecord | undefined {
  return id === null ? undefined : view.get(tables.repositories, tables.padded(id));
}

export function findIssue(view: View, repoId: number, number: number): IssueRecord | undefined {
  return view.get(tables.issues, `${repoId}/${tables.padded(number)}`);
}

export function isPull(issue: IssueRecord): issue is PullRecord {
  return issue.pull !== null;
}

export function listPulls(view: View, repoId: number): PullRecord[] {
  return view.list(tables.issues, String(repoId)).filter((issue) => isPull(issue));
}

export function findLabel(view: View, repoId: number, name: string): LabelRecord | undefined {
  return view.get(tables.labels, `${repoId}/${name.toLowerCase()}`);
}

export function findMilestone(view: View, repoId: number, number: number | null): MilestoneRecord | undefined {
  return number === null ? undefined : view.get(tables.milestones, `${repoId}/${tables.padded(number)}`);
}

export function findTeam(view: View, org: string, slug: string): TeamRecord | undefined {
  const wanted = slug.toLowerCase();
  return view.list(tables.teams, org.toLowerCase()).find((team) => team.slug === wanted);
}

/** A team's members, those of its child teams included. */
export function membersOfTeam(view: View, team: TeamRecord, seen: Set<number> = new Set()): Map<string, 'member' | 'maintainer'> {
  const members = new Map(Object.entries(team.members));
  seen.add(team.id);
  for (const child of view.list(tables.teams, team.org.toLowerCase())) {
    if (child.parentId !== team.id || seen.has(child.id)) continue;
    for (const [login] of membersOfTeam(view, child, seen)) if (!members.has(login)) members.set(login, 'member');
  }
  return members;
}

export function orgRole(view: View, org: string, login: string): 'admin' | 'member' | undefined {
  return own(view.get(tables.organizations, org.toLowerCase())?.members, login.toLowerCase());
}

const rank: Record<PermissionName | 'none', number> = { none: 0, read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };

export function atLeast(permission: PermissionName | 'none', wanted: PermissionName): boolean {
  return rank[permission] >= rank[wanted];
}

/** What an account may do in a repository beyond what everyone may: its own, given, by team, or by membership. */
export function grantedPermission(view: View, repository: RepositoryRecord, login: string): PermissionName | 'none' {
  const name = login.toLowerCase();
  if (repository.owner.toLowerCase() === name) return 'admin';
  const granted: (PermissionName | 'none')[] = [own(repository.collaborators, name) ?? 'none'];
  if (name.endsWith('[bot]') && isInstalled(view, name.slice(0, -'[bot]'.length), repository.owner)) granted.push('write');
  const organization = view.get(tables.organizations, repository.owner.toLowerCase());
  const role = own(organization?.members, name);
  if (role === 'admin') return 'admin';
  if (role !== undefined && organization !== undefined) {
    granted.push(organization.defaultPermission);
    for (const team of view.list(tables.teams, organization.login.toLowerCase())) {
      const permission = own(team.repositories, String(repository.id));
      if (permission !== undefined && membersOfTeam(view, team).has(name)) granted.push(permission);
    }
  }
  return granted.reduce((best, each) => (rank[each] > rank[best] ? each : best), 'none');
}

function isInstalled(view: View, slug: string, owner: string): boolean {
  return view.all(tables.apps).some((app) => app.slug === slug && own(app.installations, owner.toLowerCase()) !== undefined);
}

/** The same, with what everyone may do with a public repository. */
export function permissionOf(view: View, repository: RepositoryRecord, login: string | undefined): PermissionName | 'none' {
  const granted = login === undefined ? 'none' : grantedPermission(view, repository, login);
  return granted === 'none' && !repository.isPrivate ? 'read' : granted;
}

export function authorAssociation(view: View, repository: RepositoryRecord, login: string): string {
  if (repository.owner.toLowerCase() === login.toLowerCase()) return 'OWNER';
  if (orgRole(view, repository.owner, login) !== undefined) return 'MEMBER';
  if (own(repository.collaborators, login.toLowerCase()) !== undefined) return 'COLLABORATOR';
  const hasContributed = listPulls(view, repository.id).some((issue) => issue.pull.isMerged && issue.author.toLowerCase() === login.toLowerCase());
  return hasContributed ? 'CONTRIBUTOR' : 'NONE';
}

/** The tip of a branch, as far as events have told. */
export function branchTip(repository: RepositoryRecord, branch: string): string | undefined {
  return repository.refs[`refs/heads/${branch}`];
}

/** Where the base of a pull request is now, or was when it ended. */
export function baseShaOf(view: View, issue: PullRecord): string {
  const repository = repositoryById(view, issue.repoId);
  const tip = issue.state === 'open' && repository !== undefined ? branchTip(repository, issue.pull.baseRef) : undefined;
  return tip ?? issue.pull.baseSha;
}
