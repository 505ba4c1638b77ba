// gangway's surface over HTTP, for its clients. upstream: pkg/gangway/gangway.proto
import { Router, type ErrorRequestHandler, type Request } from 'express';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { identityOf } from '@prow/clients-authentication';
import { hasReason, type ResourceApi } from '@prow/clients-kube';
import { executionOf, parseBulkChange, parseExecution, parseStatus, type ManualTrigger } from '@prow/engine-manual-trigger';
import { jobLabel, truncateLabelValue, type ProwJob } from '@prow/model-prowjob';
import { note } from './audit.ts';
import type { Gate } from './gate.ts';
import { callerOf, refuseMethod, tellTrouble, who } from './trigger-routes.ts';

export interface ExecutionRoutesOptions {
  trigger: ManualTrigger;
  gate: Gate;
  prowJobs: ResourceApi<ProwJob>;
  log: Logger;
}

const bulkAtOnce = 8;

export function executionRoutes({ trigger, gate, prowJobs, log }: ExecutionRoutesOptions): Router {
  const router = Router();

  // The second path is that of clients before job_name was part of the message.
  router.post(['/executions', '/executions/:jobName'], async (request, response) => {
    const identity = identityOf(request);
    const client = gate.apiClient(request);
    const user = client?.name ?? identity.githubLogin ?? identity.name;
    const body = request.params['jobName'] === undefined ? (request.body as unknown) : { ...(request.body as object), job_name: request.params['jobName'] };
    const { request: asked, refs, options } = parseExecution(body, user);
    note(response, { action: 'trigger', ...who(identity), user, org: asked.org, repo: asked.repo, job: asked.prowjob, type: asked.prowtype });
    const { prowJob } = await trigger.trigger(asked, {
      caller: callerOf(identity),
      refs,
      authorize: async (_found, made) => note(response, { allowedBy: await gate.mayTrigger(identity, made, { user, client, bringsRefs: refs !== undefined }) }),
    });
    note(response, { prowjob: prowJob.metadata.name, created: true });
    response.json({ ...executionOf(prowJob), ...(refs === undefined ? {} : { refs }), ...(Object.keys(options).length === 0 ? {} : { pod_spec_options: options }) });
  });

  router.get('/executions/:id', async (request, response) => {
    const identity = identityOf(request);
    note(response, { action: 'read', ...who(identity) });
    gate.mayRead(identity);
    const { id } = request.params;
    const found = /^[a-z0-9][a-z0-9.-]{0,252}$/.test(id) ? await prowJobs.find(id) : undefined;
    if (found === undefined || !gate.sees(identity, found)) throw new ProwError('PROW_MANUAL_TRIGGER_UNKNOWN', `there is no execution "${id.slice(0, 100)}"`, { httpStatus: 404 });
    response.json(executionOf(found));
  });

  router.get('/executions', async (request, response) => {
    const identity = identityOf(request);
    note(response, { action: 'read', ...who(identity) });
    gate.mayRead(identity);
    checkParameters(request);
    const jobName = textParameter(request, 'job_name') ?? textParameter(request, 'jobName') ?? '';
    const status = parseStatus(textParameter(request, 'status'));
    const { items } = await prowJobs.list(jobName === '' ? {} : { labelSelector: `${jobLabel}=${selectable(jobName)}` });
    const executions = items.filter((prowJob) => (jobName === '' || prowJob.spec.job === jobName) && gate.sees(identity, prowJob)).toSorted(newestFirst).map(executionOf);
    response.json({ job_execution: status === 'JOB_EXECUTION_STATUS_UNSPECIFIED' ? executions : executions.filter((each) => each.job_status === status) });
  });

  router.post('/bulk-job-status-update', async (request, response) => {
    const identity = identityOf(request);
    const client = gate.apiClient(request);
    const { desired, labelSelector, matches } = parseBulkChange(request.body);
    note(response, { action: 'bulk', ...who(identity), user: client?.name, desired });
    const { items } = await prowJobs.list(labelSelector === '' ? {} : { labelSelector });
    const wanted = items.filter(matches);
    let changed = 0;
    for (let index = 0; index < wanted.length; index += bulkAtOnce) {
      const results = await Promise.all(wanted.slice(index, index + bulkAtOnce).map(async (prowJob) => {
        try {
          await (desired === 'aborted' ? gate.mayAbort(identity, prowJob, client) : gate.mayTrigger(identity, prowJob, { user: identity.name, client }));
          await prowJobs.patch(prowJob.metadata.name ?? '', { type: 'merge', body: { status: { state: desired, description: `Changed to ${desired} by ${client?.name ?? identity.name}.` } } }, prowJob.metadata.resourceVersion === undefined ? {} : { resourceVersion: prowJob.metadata.resourceVersion });
          return true;
        } catch (error) {
          // One job that changed meanwhile, or that the caller has no say in, keeps no other from its change.
          if (hasReason(error, 'Conflict') || hasReason(error, 'NotFound') || (error instanceof ProwError && error.httpStatus === 403)) return false;
          throw error;
        }
      }));
      changed += results.filter(Boolean).length;
    }
    note(response, { matched: wanted.length, changed });
    response.json({});
  });

  router.all(['/executions', '/executions/:id', '/bulk-job-status-update'], refuseMethod);
  router.use((request) => {
    throw new ProwError('PROW_MANUAL_TRIGGER_NOT_FOUND', `nothing is served at /v1${request.path.slice(0, 100)}`, { httpStatus: 404 });
  });
  router.use(tellTrouble, answerAsGrpc(log));
  return router;
}

function newestFirst(a: ProwJob, b: ProwJob): number {
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}

/** `key` is that of API clients in front of proxies. */
const listParameters = ['job_name', 'jobName', 'status', 'key'];

/** @throws ProwError PROW_MANUAL_TRIGGER_EXECUTION (400): one that is misspelt would list everything */
function checkParameters({ query }: Request): void {
  for (const [name, value] of Object.entries(query)) {
    const problem = listParameters.includes(name) ? (typeof value === 'string' ? undefined : 'is there more than once, expected once') : 'is not known, expected job_name or status';
    if (problem !== undefined) throw new ProwError('PROW_MANUAL_TRIGGER_EXECUTION', `${JSON.stringify(name.slice(0, 60))} ${problem}`, { httpStatus: 400 });
  }
  if (query['job_name'] !== undefined && query['jobName'] !== undefined) throw new ProwError('PROW_MANUAL_TRIGGER_EXECUTION', 'job_name is there in both spellings, expected once', { httpStatus: 400 });
}

function textParameter(request: Request, name: string): string | undefined {
  const value: unknown = request.query[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws ProwError PROW_MANUAL_TRIGGER_EXECUTION (400) */
function selectable(jobName: string): string {
  const value = truncateLabelValue(jobName.slice(0, 300));
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(value)) return value;
  throw new ProwError('PROW_MANUAL_TRIGGER_EXECUTION', "job_name: expected a job's name", { httpStatus: 400 });
}

/** google.rpc.Code of an HTTP status. */
const codes: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 409: 9, 413: 11, 415: 3, 422: 3, 429: 8, 503: 14 };

/** `{code, message, details}` and the two headers that gRPC transcoders send. */
export function answerAsGrpc(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const given = typeof error === 'object' && error !== null && 'expose' in error && 'status' in error && typeof error.status === 'number' ? error.status : undefined;
    const status = error instanceof ProwError ? (error.httpStatus ?? 500) : (given ?? 500);
    if (status === 500) log.error('request failed', { method: request.method, path: request.path, error });
    const message = status === 500 ? 'internal error, see the log' : messageOf(error);
    const code = codes[status] ?? 13;
    response.status(status).set({ 'grpc-status': String(code), 'grpc-message': encodeURIComponent(message).replaceAll('%20', ' ') }).json({ code, message, details: [] });
  };
}
