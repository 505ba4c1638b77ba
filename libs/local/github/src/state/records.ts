// What is kept. Records are never changed in place: a new one replaces the old. Times are unix milliseconds.

export type PermissionName = 'read' | 'triage' | 'write' | 'maintain' | 'admin';

export interface AccountRecord {
  id: number;
  login: string;
  type: 'User' | 'Bot' | 'Organization';
  name: string;
  email: string;
  createdAt: number;
}

export interface TokenRecord {
  token: string;
  login: string;
  note: string;
  createdAt: number;
  /** Absent: never. */
  expiresAt?: number;
}

/** What an account of type Organization has besides. */
export interface OrganizationRecord {
  login: string;
  description: string;
  /** By lower-case login. */
  members: Record<string, 'admin' | 'member'>;
  /** Of members on every repository. */
  defaultPermission: 'none' | 'read' | 'write' | 'admin';
}

export interface TeamRecord {
  id: number;
  org: string;
  slug: string;
  name: string;
  description: string;
  parentId: number | null;
  /** By lower-case login. */
  members: Record<string, 'member' | 'maintainer'>;
  /** By repository id. */
  repositories: Record<string, PermissionName>;
}

export interface ProtectionRecord {
  requiredChecks: { strict: boolean; contexts: string[] } | null;
  enforceAdmins: boolean;
  reviews: { dismissStale: boolean; codeOwners: boolean; approvals: number } | null;
  restrictions: { users: string[]; teams: string[]; apps: string[] } | null;
  linearHistory: boolean;
  allowForcePushes: boolean;
  allowDeletions: boolean;
}

export interface RepositoryRecord {
  id: number;
  owner: string;
  name: string;
  description: string;
  isPrivate: boolean;
  isArchived: boolean;
  defaultBranch: string;
  forkOf: number | null;
  /** By lower-case login. */
  collaborators: Record<string, PermissionName>;
  allowMerge: boolean;
  allowSquash: boolean;
  allowRebase: boolean;
  deleteBranchOnMerge: boolean;
  /** By branch. */
  protections: Record<string, ProtectionRecord>;
  /** Branches and tags as events last told of them; what differs in git is news. */
  refs: Record<string, string>;
  lastNumber: number;
  createdAt: number;
  updatedAt: number;
  pushedAt: number;
}

export interface LabelRecord {
  id: number;
  repoId: number;
  name: string;
  color: string;
  description: string;
}

export interface MilestoneRecord {
  id: number;
  repoId: number;
  number: number;
  title: string;
  description: string;
  state: 'open' | 'closed';
  creator: string;
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  dueAt: number | null;
}

/** What a pull request has besides. */
export interface PullPart {
  baseRef: string;
  /** Tip of the base while open; where it was when the pull request ended. */
  baseSha: string;
  headOwner: string;
  /** Null when the fork is gone. */
  headRepoId: number | null;
  headRef: string;
  headSha: string;
  isDraft: boolean;
  isMerged: boolean;
  mergedAt: number | null;
  mergedBy: string | null;
  mergeSha: string | null;
  /** A merge that was begun: finished after a crash if its commit is on the branch. */
  merging: { sha: string; by: string; at: number } | null;
  reviewers: string[];
  /** Team ids. */
  teamReviewers: number[];
  maintainerCanModify: boolean;
}

export interface IssueRecord {
  id: number;
  repoId: number;
  number: number;
  title: string;
  body: string;
  author: string;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'reopened' | null;
  /** Names of labels of the repository. */
  labels: string[];
  assignees: string[];
  /** Number of a milestone of the repository. */
  milestone: number | null;
  isPinned: boolean;
  isLocked: boolean;
  reactions: ReactionRecord[];
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  closedBy: string | null;
  pull: PullPart | null;
}

export interface ReactionRecord {
  id: number;
  login: string;
  content: string;
  createdAt: number;
}

export interface CommentRecord {
  id: number;
  repoId: number;
  number: number;
  author: string;
  body: string;
  reactions: ReactionRecord[];
  createdAt: number;
  updatedAt: number;
}

export interface ReviewRecord {
  id: number;
  repoId: number;
  number: number;
  author: string;
  body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  commitSha: string;
  submittedAt: number;
}

export interface ReviewCommentRecord {
  id: number;
  repoId: number;
  number: number;
  reviewId: number | null;
  author: string;
  body: string;
  path: string;
  line: number | null;
  side: 'LEFT' | 'RIGHT';
  position: number | null;
  diffHunk: string;
  commitSha: string;
  inReplyTo: number | null;
  createdAt: number;
  updatedAt: number;
}

export interface IssueEventRecord {
  id: number;
  repoId: number;
  number: number;
  event: string;
  actor: string;
  createdAt: number;
  label?: { name: string; color: string };
  assignee?: string;
  milestone?: string;
  commitSha?: string;
  rename?: { from: string; to: string };
  reviewer?: string;
}

export interface StatusRecord {
  id: number;
  repoId: number;
  sha: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  context: string;
  description: string | null;
  targetUrl: string | null;
  creator: string;
  createdAt: number;
}

export interface CheckRunRecord {
  id: number;
  repoId: number;
  sha: string;
  name: string;
  status: string;
  conclusion: string | null;
  detailsUrl: string | null;
  externalId: string;
  title: string | null;
  summary: string | null;
  text: string | null;
  creator: string;
  startedAt: number | null;
  completedAt: number | null;
}

export interface WorkflowRunRecord {
  id: number;
  repoId: number;
  name: string;
  headBranch: string;
  headSha: string;
  event: string;
  status: string;
  conclusion: string | null;
  attempt: number;
  createdAt: number;
  updatedAt: number;
}

export interface HookRecord {
  id: number;
  /** Whose: an App's (absent otherwise), an organisation's, or a repository's. */
  appId?: number;
  org: string | null;
  repoId: number | null;
  url: string;
  secret: string;
  contentType: 'json' | 'form';
  /** `*` for all. */
  events: string[];
  isActive: boolean;
  createdAt: number;
  updatedAt: number;
}

/** A GitHub App, and where it is installed. */
export interface AppRecord {
  id: number;
  slug: string;
  name: string;
  /** PEM; checks what the App signs. */
  publicKey: string;
  /** PEM; kept to be handed out again at the next start. */
  privateKey: string;
  /** Installation id by lower-case login. */
  installations: Record<string, number>;
  createdAt: number;
}
