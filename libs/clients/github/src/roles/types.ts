// What GitHub says about things, under GitHub's own names: the part of each answer that components read.
// Webhook payloads carry the same shapes. upstream: pkg/github/types.go

/** `2024-01-31T10:00:00Z` */
export type Timestamp = string;

/** Names a repository: `{org: 'kubernetes', repo: 'test-infra'}`; org may be a user's login. */
export interface RepositoryName {
  org: string;
  repo: string;
}
/** Names an issue or a pull request of a repository. */
export interface IssueName extends RepositoryName {
  number: number;
}

export interface User {
  login: string;
  id: number;
  name?: string | null;
  email?: string | null;
  html_url?: string;
  avatar_url?: string;
  /** 'User', 'Bot', 'Organization' */
  type?: string;
  /** Only in lists of collaborators. */
  permissions?: Permissions;
  role_name?: string;
}

export interface Permissions {
  pull: boolean;
  triage?: boolean;
  push: boolean;
  maintain?: boolean;
  admin: boolean;
}

export interface Label {
  id?: number;
  name: string;
  color?: string;
  description?: string | null;
}

export interface Milestone {
  number: number;
  title: string;
  state: string;
  id?: number;
}

export interface Repository {
  id: number;
  name: string;
  full_name: string;
  owner: User;
  private: boolean;
  fork: boolean;
  archived: boolean;
  html_url: string;
  clone_url?: string;
  default_branch: string;
  description?: string | null;
  parent?: Repository;
  permissions?: Permissions;
  allow_merge_commit?: boolean;
  allow_squash_merge?: boolean;
  allow_rebase_merge?: boolean;
}

export interface PullRequestBranch {
  ref: string;
  sha: string;
  label?: string;
  user: User | null;
  /** Null when a fork was deleted. */
  repo: Repository | null;
}

export type IssueState = 'open' | 'closed';

export interface PullRequest {
  id: number;
  node_id: string;
  number: number;
  html_url: string;
  title: string;
  /** '' when empty. */
  body: string;
  state: IssueState;
  draft: boolean;
  user: User;
  labels: Label[];
  assignees: User[];
  milestone: Milestone | null;
  requested_reviewers: User[];
  requested_teams: Team[];
  author_association?: string;
  base: PullRequestBranch & { repo: Repository };
  head: PullRequestBranch;
  created_at: Timestamp;
  updated_at: Timestamp;
  closed_at?: Timestamp | null;
  merged_at: Timestamp | null;
  merge_commit_sha: string | null;
  /** Absent in lists. */
  merged?: boolean;
  merged_by?: User | null;
  /** Null while GitHub computes it; absent in lists. */
  mergeable?: boolean | null;
  rebaseable?: boolean | null;
  /** 'clean', 'dirty', 'blocked', 'behind', 'unstable', 'draft', 'unknown'; absent in lists. */
  mergeable_state?: string;
  commits?: number;
  additions?: number;
  deletions?: number;
  changed_files?: number;
  maintainer_can_modify?: boolean;
}

export interface Issue {
  id: number;
  node_id: string;
  number: number;
  html_url: string;
  title: string;
  /** '' when empty. */
  body: string;
  state: IssueState;
  state_reason?: string | null;
  user: User;
  labels: Label[];
  assignees: User[];
  milestone: Milestone | null;
  comments?: number;
  locked?: boolean;
  draft?: boolean;
  author_association?: string;
  created_at: Timestamp;
  updated_at: Timestamp;
  closed_at?: Timestamp | null;
  /** Present when the issue is a pull request. */
  pull_request?: { url: string; html_url?: string; merged_at?: Timestamp | null };
  /** `…/repos/ORG/REPO`: in search results. */
  repository_url?: string;
}

export interface Comment {
  id: number;
  node_id: string;
  body: string;
  user: User;
  html_url: string;
  author_association?: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';

export interface Review {
  id: number;
  node_id: string;
  user: User;
  /** '' when empty. */
  body: string;
  state: ReviewState;
  html_url: string;
  submitted_at?: Timestamp;
  commit_id: string | null;
  author_association?: string;
}

export interface ReviewComment {
  id: number;
  node_id: string;
  pull_request_review_id: number | null;
  user: User;
  body: string;
  path: string;
  position?: number | null;
  line?: number | null;
  side?: string;
  commit_id?: string;
  diff_hunk?: string;
  html_url: string;
  in_reply_to_id?: number;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface ChangedFile {
  sha: string;
  filename: string;
  /** 'added', 'removed', 'modified', 'renamed', 'copied', 'changed', 'unchanged' */
  status: string;
  additions: number;
  deletions: number;
  changes: number;
  /** Absent for binary and very large files. */
  patch?: string;
  previous_filename?: string;
  blob_url?: string;
}

export interface GitIdentity {
  name: string;
  email: string;
  date: Timestamp;
}

export interface Commit {
  sha: string;
  node_id?: string;
  html_url: string;
  /** The GitHub account, when the address belongs to one. */
  author: User | null;
  committer: User | null;
  parents: { sha: string }[];
  commit: { message: string; author: GitIdentity; committer: GitIdentity; tree: { sha: string }; verification?: { verified: boolean } };
  /** Only from `getCommit`. */
  files?: ChangedFile[];
}

export type StatusState = 'error' | 'failure' | 'pending' | 'success';

export interface Status {
  id?: number;
  state: StatusState;
  context: string;
  /** '' when absent. */
  description: string;
  /** '' when absent. */
  target_url: string;
  creator?: User | null;
  created_at?: Timestamp;
  updated_at?: Timestamp;
}

export interface CombinedStatus {
  sha: string;
  state: 'failure' | 'pending' | 'success';
  /** The newest one of each context: all of them. */
  statuses: Status[];
}

export interface CheckRun {
  id: number;
  name: string;
  head_sha: string;
  /** 'queued', 'in_progress', 'completed', … */
  status: string;
  /** 'success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out', 'action_required', 'stale'; null until completed. */
  conclusion: string | null;
  details_url?: string | null;
  html_url?: string | null;
  external_id?: string | null;
  started_at?: Timestamp | null;
  completed_at?: Timestamp | null;
  output?: { title: string | null; summary: string | null; text?: string | null };
  app?: { id: number; slug?: string; name?: string } | null;
}

/** What happened to an issue or pull request. */
export interface IssueEvent {
  id: number;
  /** 'labeled', 'unlabeled', 'closed', 'reopened', 'head_ref_force_pushed', … */
  event: string;
  actor: User | null;
  created_at: Timestamp;
  label?: Label;
  commit_id?: string | null;
}

export interface Branch {
  name: string;
  protected: boolean;
  commit: { sha: string };
}

/** What GitHub tells about a branch's protection; lists are undefined where the setting is off. */
export interface BranchProtection {
  required_status_checks?: { strict: boolean; contexts: string[] } | null;
  enforce_admins?: { enabled: boolean } | null;
  required_pull_request_reviews?: {
    dismiss_stale_reviews?: boolean;
    require_code_owner_reviews?: boolean;
    required_approving_review_count?: number;
    dismissal_restrictions?: { users?: User[]; teams?: Team[] };
    bypass_pull_request_allowances?: { users?: User[]; teams?: Team[] };
  } | null;
  restrictions?: { users: User[]; teams: Team[]; apps: { slug: string }[] } | null;
  required_linear_history?: { enabled: boolean };
  allow_force_pushes?: { enabled: boolean };
  allow_deletions?: { enabled: boolean };
  required_signatures?: { enabled: boolean };
}

/** What is asked of GitHub: null switches a part off. upstream: pkg/github/types.go BranchProtectionRequest */
export interface BranchProtectionRequest {
  required_status_checks: { strict: boolean; contexts: string[] } | null;
  enforce_admins: boolean | null;
  required_pull_request_reviews: {
    dismissal_restrictions?: { users?: string[]; teams?: string[]; apps?: string[] };
    dismiss_stale_reviews?: boolean;
    require_code_owner_reviews?: boolean;
    required_approving_review_count?: number;
    bypass_pull_request_allowances?: { users?: string[]; teams?: string[]; apps?: string[] };
  } | null;
  restrictions: { users: string[]; teams: string[]; apps?: string[] } | null;
  required_linear_history?: boolean;
  allow_force_pushes?: boolean | null;
  allow_deletions?: boolean;
}

export interface Team {
  id: number;
  name: string;
  slug: string;
  description?: string | null;
  privacy?: string;
  permission?: string;
  parent?: Team | null;
}

export type PermissionLevel = 'none' | 'read' | 'write' | 'admin';

export interface RepositoryPermission {
  permission: PermissionLevel;
  /** 'read', 'triage', 'write', 'maintain', 'admin' or a custom role. */
  role_name: string;
}

export interface Membership {
  /** 'active' or 'pending' */
  state: string;
  role: 'admin' | 'member' | 'maintainer';
}

export interface Organization {
  login: string;
  id: number;
  name?: string | null;
  description?: string | null;
  default_repository_permission?: string | null;
  members_can_create_repositories?: boolean | null;
}

export interface TreeEntry {
  path: string;
  mode: string;
  type: 'blob' | 'tree' | 'commit';
  sha: string;
  size?: number;
}

export interface DirectoryEntry {
  type: 'file' | 'dir' | 'symlink' | 'submodule';
  name: string;
  path: string;
  sha: string;
  size: number;
}

export interface WorkflowRun {
  id: number;
  name?: string | null;
  head_branch: string | null;
  head_sha: string;
  event: string;
  status: string | null;
  conclusion: string | null;
  html_url: string;
  workflow_id: number;
}

export interface Hook {
  id: number;
  active: boolean;
  events: string[];
  config: { url?: string; content_type?: string; insecure_ssl?: string | number; secret?: string };
  name?: string;
}

/** One attempt of GitHub to hand a webhook over. */
export interface HookDelivery {
  id: number;
  guid: string;
  delivered_at: Timestamp;
  redelivery: boolean;
  duration: number;
  /** 'OK' or what went wrong. */
  status: string;
  status_code: number;
  event: string;
  action: string | null;
  repository_id?: number | null;
  installation_id?: number | null;
}

export interface HookDeliveryDetail extends HookDelivery {
  request: { headers: Record<string, string> | null; payload: Record<string, unknown> | null };
  response: { headers: Record<string, string> | null; payload: string | null };
}

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';
