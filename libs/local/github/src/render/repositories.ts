import { atLeast, repositoryById } from '../state/queries.ts';
import type { LabelRecord, MilestoneRecord, PermissionName, ProtectionRecord, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { renderUser } from './accounts.ts';
import { nodeId, repositoryApi, repositoryPage, time, timeOrNull, type Json, type Rendering } from './rendering.ts';

/** GitHub's names of what a permission allows. */
export function renderPermissions(permission: PermissionName | 'none'): Json {
  return {
    admin: atLeast(permission, 'admin'),
    maintain: atLeast(permission, 'maintain'),
    push: atLeast(permission, 'write'),
    triage: atLeast(permission, 'triage'),
    pull: atLeast(permission, 'read'),
  };
}

const urlEndings: Record<string, string> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export function renderRepository(rendering: Rendering, repository: RepositoryRecord, permission?: PermissionName | 'none'): Json {
  const api = repositoryApi(rendering, repository);
  const page = repositoryPage(rendering, repository);
  const open = rendering.view.list(tables.issues, String(repository.id)).filter((issue) => issue.state === 'open').length;
  const forks = rendering.view.all(tables.repositories).filter((each) => each.forkOf === repository.id).length;
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: `${repository.owner}/${repository.name}`,
    private: repository.isPrivate,
    owner: renderUser(rendering, repository.owner),
    html_url: page,
    description: repository.description === '' ? null : repository.description,
    fork: repository.forkOf !== null,
    url: api,
    ...Object.fromEntries(Object.entries(urlEndings).map(([name, ending]) => [name, `${api}${ending}`])),
    created_at: time(repository.createdAt),
    updated_at: time(repository.updatedAt),
    pushed_at: time(repository.pushedAt),
    git_url: `${page}.git`,
    ssh_url: `${page}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: forks,
    mirror_url: null,
    archived: repository.isArchived,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.isPrivate ? 'private' : 'public',
    forks,
    open_issues: open,
    watchers: 0,
    default_branch: repository.defaultBranch,
    ...(permission === undefined ? {} : { permissions: renderPermissions(permission) }),
  };
}

/** A repository as its own address answers it. */
export function renderFullRepository(rendering: Rendering, repository: RepositoryRecord, permission: PermissionName | 'none'): Json {
  const parent = repositoryById(rendering.view, repository.forkOf);
  return {
    ...renderRepository(rendering, repository, permission),
    temp_clone_token: null,
    allow_squash_merge: repository.allowSquash,
    allow_merge_commit: repository.allowMerge,
    allow_rebase_merge: repository.allowRebase,
    allow_auto_merge: false,
    delete_branch_on_merge: repository.deleteBranchOnMerge,
    network_count: 0,
    subscribers_count: 0,
    ...(parent === undefined ? {} : { parent: renderRepository(rendering, parent), source: renderRepository(rendering, parent) }),
  };
}

export function renderLabel(rendering: Rendering, repository: RepositoryRecord, label: LabelRecord): Json {
  return {
    id: label.id,
    node_id: nodeId('Label', label.id),
    url: `${repositoryApi(rendering, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description === '' ? null : label.description,
  };
}

export function renderMilestone(rendering: Rendering, repository: RepositoryRecord, milestone: MilestoneRecord): Json {
  const url = `${repositoryApi(rendering, repository)}/milestones/${milestone.number}`;
  const members = rendering.view.list(tables.issues, String(repository.id)).filter((issue) => issue.milestone === milestone.number);
  return {
    url,
    html_url: `${repositoryPage(rendering, repository)}/milestone/${milestone.number}`,
    labels_url: `${url}/labels`,
    id: milestone.id,
    node_id: nodeId('Milestone', milestone.id),
    number: milestone.number,
    title: milestone.title,
    description: milestone.description === '' ? null : milestone.description,
    creator: renderUser(rendering, milestone.creator),
    open_issues: members.filter((issue) => issue.state === 'open').length,
    closed_issues: members.filter((issue) => issue.state === 'closed').length,
    state: milestone.state,
    created_at: time(milestone.createdAt),
    updated_at: time(milestone.updatedAt),
    due_on: timeOrNull(milestone.dueAt),
    closed_at: timeOrNull(milestone.closedAt),
  };
}

export function renderProtection(rendering: Rendering, repository: RepositoryRecord, branch: string, protection: ProtectionRecord): Json {
  const url = `${repositoryApi(rendering, repository)}/branches/${encodeURIComponent(branch)}/protection`;
  const { requiredChecks, reviews, restrictions } = protection;
  return {
    url,
    ...(requiredChecks === null
      ? {}
      : {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            strict: requiredChecks.strict,
            contexts: requiredChecks.contexts,
            contexts_url: `${url}/required_status_checks/contexts`,
            checks: requiredChecks.contexts.map((context) => ({ context, app_id: null })),
          },
        }),
    ...(reviews === null
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: reviews.dismissStale,
            require_code_owner_reviews: reviews.codeOwners,
            required_approving_review_count: reviews.approvals,
            require_last_push_approval: false,
          },
        }),
    ...(restrictions === null
      ? {}
      : {
          restrictions: {
            url: `${url}/restrictions`,
            users_url: `${url}/restrictions/users`,
            teams_url: `${url}/restrictions/teams`,
            apps_url: `${url}/restrictions/apps`,
            users: restrictions.users.map((login) => renderUser(rendering, login)),
            teams: restrictions.teams.map((slug) => ({ slug, name: slug })),
            apps: restrictions.apps.map((slug) => ({ slug, name: slug })),
          },
        }),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: { enabled: protection.linearHistory },
    allow_force_pushes: { enabled: protection.allowForcePushes },
    allow_deletions: { enabled: protection.allowDeletions },
    block_creations: { enabled: false },
    required_conversation_resolution: { enabled: false },
    lock_branch: { enabled: false },
    allow_fork_syncing: { enabled: false },
  };
}
