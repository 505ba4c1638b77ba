import type { Membership, Organization, Team, User } from './types.ts';

/** Organisations, their people and teams. Logins compare without case. */
export interface Organizations {
  getOrganization(query: { org: string }): Promise<Organization>;
  /** 404 is the answer "no", never retried. The bot must be a member to see private members. */
  isMember(query: { org: string; login: string }): Promise<boolean>;
  /** Undefined for a stranger. */
  getMembership(query: { org: string; login: string }): Promise<Membership | undefined>;
  listMembers(query: { org: string; role?: 'all' | 'admin' | 'member' }): Promise<User[]>;
  /** Invites, or changes the role. */
  setMembership(change: { org: string; login: string; role: 'admin' | 'member' }): Promise<Membership>;
  listTeams(query: { org: string }): Promise<Team[]>;
  /** By slug; undefined when there is none. */
  getTeam(query: { org: string; slug: string }): Promise<Team | undefined>;
  /** By id, for configurations that name teams by number. Empty when there is none. */
  listTeamMembersById(query: { org: string; teamId: number; role?: 'all' | 'member' | 'maintainer' }): Promise<User[]>;
  /** Members of child teams included. Empty when there is no such team. */
  listTeamMembers(query: { org: string; slug: string; role?: 'all' | 'member' | 'maintainer' }): Promise<User[]>;
  /** False when there is no such team. */
  isTeamMember(query: { org: string; slug: string; login: string }): Promise<boolean>;
}
