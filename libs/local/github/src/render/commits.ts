import type { CommitSummary } from '@prow/clients-git';
import type { FileDiff } from '../git/diff.ts';
import type { AccountRecord, CheckRunRecord, RepositoryRecord, StatusRecord, WorkflowRunRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { renderAccount, renderUser } from './accounts.ts';
import { latestStatuses } from './pulls.ts';
import { apiPath, nodeId, repositoryApi, repositoryPage, time, timeOrNull, type Json, type Rendering } from './rendering.ts';
import { renderRepository } from './repositories.ts';

/** The account an address belongs to: its own, or `ID+LOGIN@users.noreply…` as GitHub makes them. */
export function accountByEmail({ view }: Rendering, email: string): AccountRecord | undefined {
  const wanted = email.toLowerCase();
  const noreply = /^(?:\d+\+)?([a-z\d-]+(?:\[bot\])?)@users\.noreply\./.exec(wanted)?.[1];
  return view.all(tables.accounts).find((account) => account.type !== 'Organization' && (account.email.toLowerCase() === wanted || account.login.toLowerCase() === noreply));
}

const unverified = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

export function renderCommit(rendering: Rendering, repository: RepositoryRecord, commit: CommitSummary): Json {
  const api = repositoryApi(rendering, repository);
  const page = repositoryPage(rendering, repository);
  const url = `${api}/commits/${commit.sha}`;
  const author = accountByEmail(rendering, commit.authorEmail);
  const committer = accountByEmail(rendering, commit.committerEmail);
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', `${repository.id}/${commit.sha}`),
    url,
    html_url: `${page}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      author: { name: commit.authorName, email: commit.authorEmail, date: time(commit.authoredAt) },
      committer: { name: commit.committerName, email: commit.committerEmail, date: time(commit.committedAt) },
      message: commit.message,
      tree: { sha: commit.treeSha, url: `${api}/git/trees/${commit.treeSha}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: unverified,
    },
    author: author === undefined ? null : renderAccount(rendering, author),
    committer: committer === undefined ? null : renderAccount(rendering, committer),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${page}/commit/${sha}` })),
  };
}

export function renderGitCommit(rendering: Rendering, repository: RepositoryRecord, commit: CommitSummary): Json {
  const api = repositoryApi(rendering, repository);
  const page = repositoryPage(rendering, repository);
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', `${repository.id}/${commit.sha}`),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    author: { name: commit.authorName, email: commit.authorEmail, date: time(commit.authoredAt) },
    committer: { name: commit.committerName, email: commit.committerEmail, date: time(commit.committedAt) },
    tree: { sha: commit.treeSha, url: `${api}/git/trees/${commit.treeSha}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/git/commits/${sha}`, html_url: `${page}/commit/${sha}` })),
    verification: unverified,
  };
}

export function renderFile(rendering: Rendering, repository: RepositoryRecord, sha: string, file: FileDiff): Json {
  const path = file.path.split('/').map((part) => encodeURIComponent(part)).join('/');
  const page = repositoryPage(rendering, repository);
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${sha}/${path}`,
    raw_url: `${page}/raw/${sha}/${path}`,
    contents_url: `${repositoryApi(rendering, repository)}/contents/${path}?ref=${sha}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

export function renderStatus(rendering: Rendering, repository: RepositoryRecord, status: StatusRecord): Json {
  return {
    url: `${repositoryApi(rendering, repository)}/statuses/${status.sha}`,
    avatar_url: `${rendering.base}/-/avatar/${encodeURIComponent(status.creator)}.svg`,
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: time(status.createdAt),
    updated_at: time(status.createdAt),
    creator: renderUser(rendering, status.creator),
  };
}

/** `failure` if any failed, `pending` if any is or there are none, else `success`. */
export function combinedState(statuses: readonly StatusRecord[]): 'failure' | 'pending' | 'success' {
  if (statuses.some((status) => status.state === 'failure' || status.state === 'error')) return 'failure';
  return statuses.length === 0 || statuses.some((status) => status.state === 'pending') ? 'pending' : 'success';
}

export function renderCombinedStatus(rendering: Rendering, repository: RepositoryRecord, sha: string, page: { from: number; to: number }): { json: Json; total: number } {
  const statuses = latestStatuses(rendering, repository.id, sha);
  const api = repositoryApi(rendering, repository);
  const rendered = statuses.slice(page.from, page.to).map((status) => {
    const { creator, ...simple } = renderStatus(rendering, repository, status);
    void creator;
    return simple;
  });
  const json = {
    state: combinedState(statuses),
    statuses: rendered,
    sha,
    total_count: statuses.length,
    repository: renderRepository(rendering, repository),
    commit_url: `${api}/commits/${sha}`,
    url: `${api}/commits/${sha}/status`,
  };
  return { json, total: statuses.length };
}

export function renderCheckRun(rendering: Rendering, repository: RepositoryRecord, run: CheckRunRecord): Json {
  const url = `${repositoryApi(rendering, repository)}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.sha,
    external_id: run.externalId,
    url,
    html_url: `${repositoryPage(rendering, repository)}/runs/${run.id}`,
    details_url: run.detailsUrl ?? `${repositoryPage(rendering, repository)}/runs/${run.id}`,
    status: run.status,
    conclusion: run.conclusion,
    started_at: timeOrNull(run.startedAt),
    completed_at: timeOrNull(run.completedAt),
    output: { title: run.title, summary: run.summary, text: run.text, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: null,
    app: null,
    pull_requests: [],
  };
}

export function renderWorkflowRun(rendering: Rendering, repository: RepositoryRecord, run: WorkflowRunRecord): Json {
  const url = `${repositoryApi(rendering, repository)}/actions/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WorkflowRun', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: `.github/workflows/${run.name}.yml`,
    display_title: run.name,
    run_number: run.id,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.id,
    url,
    html_url: `${repositoryPage(rendering, repository)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: time(run.createdAt),
    updated_at: time(run.updatedAt),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${rendering.base}${apiPath}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: `${url}/workflow`,
    head_commit: null,
    repository: renderRepository(rendering, repository),
    head_repository: renderRepository(rendering, repository),
  };
}
