import { notFound } from '../api-error.ts';
import { createStatus, saveCheckRun } from '../ops/statuses.ts';
import { renderCheckRun, renderCombinedStatus, renderStatus, renderWorkflowRun } from '../render/commits.ts';
import type { CheckRunRecord, RepositoryRecord, WorkflowRunRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { json, oneOf, type ApiRequest, type Reply } from './api-request.ts';
import { commitFor } from './resolve-commit.ts';
import type { RouteTable } from './router.ts';

const repo = '/repos/{owner}/{repo}';

export const statusRoutes: RouteTable = {
  [`POST ${repo}/statuses/{sha}`]: async (request) => {
    const repository = request.repositoryFor('write');
    const { body } = request;
    const status = await createStatus(request.forge, {
      actor: request.actor,
      repository,
      status: {
        sha: request.param('sha'),
        state: body.string('state'),
        context: body.optionalString('context') ?? 'default',
        description: body.optionalString('description') ?? null,
        targetUrl: body.optionalString('target_url') || null,
      },
    });
    return json(renderStatus(request.rendering, repository, status), 201);
  },
  [`GET ${repo}/commits/{ref+}/status`]: async (request) => {
    const repository = request.repository();
    const sha = await commitFor(request, repository, request.param('ref'));
    const { json: body, total } = renderCombinedStatus(request.rendering, repository, sha, request.page);
    return { ...json(body), headers: request.links(total) };
  },
  [`GET ${repo}/commits/{ref+}/statuses`]: (request) => listStatuses(request),
  [`GET ${repo}/statuses/{ref+}`]: (request) => listStatuses(request),
  [`GET ${repo}/commits/{ref+}/check-runs`]: async (request) => {
    const repository = request.repository();
    const sha = await commitFor(request, repository, request.param('ref'));
    const runs = checkRunsOf(request, repository, sha);
    const { from, to } = request.page;
    return { ...json({ total_count: runs.length, check_runs: runs.slice(from, to).map((run) => renderCheckRun(request.rendering, repository, run)) }), headers: request.links(runs.length) };
  },
  [`POST ${repo}/check-runs`]: async (request) => {
    const repository = request.repositoryFor('write');
    const run = await saveCheckRun(request.forge, { actor: request.actor, repository, run: checkRunIn(request, repository, undefined), action: 'created' });
    return json(renderCheckRun(request.rendering, repository, run), 201);
  },
  [`GET ${repo}/check-runs/{check_run_id}`]: (request) => {
    const repository = request.repository();
    return json(renderCheckRun(request.rendering, repository, checkRunOf(request, repository)));
  },
  [`PATCH ${repo}/check-runs/{check_run_id}`]: async (request) => {
    const repository = request.repositoryFor('write');
    const previous = checkRunOf(request, repository);
    const run = { ...checkRunIn(request, repository, previous), id: previous.id };
    const saved = await saveCheckRun(request.forge, { actor: request.actor, repository, run, action: run.status === 'completed' ? 'completed' : 'created' });
    return json(renderCheckRun(request.rendering, repository, saved));
  },
  ...workflowRoutes(),
};

async function listStatuses(request: ApiRequest): Promise<Reply> {
  const repository = request.repository();
  const sha = await commitFor(request, repository, request.param('ref'));
  const all = request.forge.database.list(tables.statuses, tables.ofCommit({ repoId: repository.id, sha })).toReversed();
  return request.paged(all, (status) => renderStatus(request.rendering, repository, status));
}

/** The newest of each name, unless all are asked for. */
function checkRunsOf(request: ApiRequest, repository: RepositoryRecord, sha: string): CheckRunRecord[] {
  const name = request.query.get('check_name');
  const status = request.query.get('status');
  const all = request.forge.database
    .list(tables.checkRuns, tables.ofCommit({ repoId: repository.id, sha }))
    .filter((run) => (name === null || run.name === name) && (status === null || run.status === status))
    .toReversed();
  return request.query.get('filter') === 'all' ? all : all.filter((run, at) => all.findIndex((each) => each.name === run.name) === at);
}

function checkRunOf(request: ApiRequest, repository: RepositoryRecord): CheckRunRecord {
  const run = request.forge.database.get(tables.checkRuns, tables.padded(request.numberParam('check_run_id')));
  if (run === undefined || run.repoId !== repository.id) throw notFound();
  return run;
}

const conclusions = ['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out', 'action_required', 'stale'] as const;

function checkRunIn(request: ApiRequest, repository: RepositoryRecord, previous: CheckRunRecord | undefined): Omit<CheckRunRecord, 'id'> {
  const { body, actor, forge } = request;
  const conclusion = body.optionalString('conclusion') ?? previous?.conclusion ?? null;
  const status = body.optionalString('status') ?? (conclusion === null ? (previous?.status ?? 'queued') : 'completed');
  const output = body.optionalObject('output');
  const time = (name: string): number | undefined => {
    const ms = Date.parse(body.optionalString(name) ?? '');
    return Number.isNaN(ms) ? undefined : ms;
  };
  const now = forge.clock.now();
  return {
    repoId: repository.id,
    sha: previous?.sha ?? body.string('head_sha'),
    name: body.optionalString('name') ?? previous?.name ?? body.string('name'),
    status: oneOf('CheckRun', 'status', status, ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending']),
    conclusion: conclusion === null ? null : oneOf('CheckRun', 'conclusion', conclusion, conclusions),
    detailsUrl: body.optionalString('details_url') ?? previous?.detailsUrl ?? null,
    externalId: body.optionalString('external_id') ?? previous?.externalId ?? '',
    title: output?.optionalString('title') ?? previous?.title ?? null,
    summary: output?.optionalString('summary') ?? previous?.summary ?? null,
    text: output?.optionalString('text') ?? previous?.text ?? null,
    creator: actor.login,
    startedAt: time('started_at') ?? previous?.startedAt ?? now,
    completedAt: time('completed_at') ?? (status === 'completed' ? (previous?.completedAt ?? now) : null),
  };
}

function workflowRoutes(): RouteTable {
  const run = `${repo}/actions/runs/{run_id}`;
  const find = (request: ApiRequest, repository: RepositoryRecord): WorkflowRunRecord => {
    const found = request.forge.database.get(tables.workflowRuns, tables.padded(request.numberParam('run_id')));
    if (found === undefined || found.repoId !== repository.id) throw notFound();
    return found;
  };
  const act = async (request: ApiRequest, change: (found: WorkflowRunRecord) => Partial<WorkflowRunRecord>, code = 201): Promise<Reply> => {
    const found = find(request, request.repositoryFor('write'));
    await request.forge.database.change((tx) => tx.put(tables.workflowRuns, { ...found, ...change(found), updatedAt: request.forge.clock.now() }));
    return json({}, code);
  };
  return {
    [`GET ${repo}/actions/runs`]: (request) => {
      const repository = request.repository();
      const { query } = request;
      const wants = (name: string, value: string | null): boolean => query.get(name) === null || query.get(name) === value;
      const runs = request.forge.database
        .list(tables.workflowRuns, String(repository.id))
        .filter((each) => wants('head_sha', each.headSha) && wants('branch', each.headBranch) && wants('event', each.event) && (wants('status', each.status) || wants('status', each.conclusion)))
        .toReversed();
      const { from, to } = request.page;
      return { ...json({ total_count: runs.length, workflow_runs: runs.slice(from, to).map((each) => renderWorkflowRun(request.rendering, repository, each)) }), headers: request.links(runs.length) };
    },
    [`GET ${run}`]: (request) => {
      const repository = request.repository();
      return json(renderWorkflowRun(request.rendering, repository, find(request, repository)));
    },
    [`POST ${run}/approve`]: (request) => act(request, () => ({ status: 'queued', conclusion: null })),
    [`POST ${run}/rerun`]: (request) => act(request, (found) => ({ status: 'queued', conclusion: null, attempt: found.attempt + 1 })),
    [`POST ${run}/rerun-failed-jobs`]: (request) => act(request, (found) => ({ status: 'queued', conclusion: null, attempt: found.attempt + 1 })),
    [`POST ${run}/cancel`]: (request) => act(request, () => ({ status: 'completed', conclusion: 'cancelled' }), 202),
  };
}
