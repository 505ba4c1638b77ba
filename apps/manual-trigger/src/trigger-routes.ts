// POST starts a job, GET tells its state, DELETE ends it.
import { Router, type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import { messageOf, ProwError } from '@prow/base-errors';
import { identityOf, type Identity } from '@prow/clients-authentication';
import { hasReason, KubeError, type ResourceApi } from '@prow/clients-kube';
import { parseRequest, requestSchema, type Caller, type ManualTrigger } from '@prow/engine-manual-trigger';
import { isComplete, type ProwJob } from '@prow/model-prowjob';
import { note } from './audit.ts';
import type { Gate } from './gate.ts';

export interface TriggerRoutesOptions {
  trigger: ManualTrigger;
  gate: Gate;
  prowJobs: ResourceApi<ProwJob>;
}

export function triggerRoutes({ trigger, gate, prowJobs }: TriggerRoutesOptions): Router {
  const router = Router();

  router.get('/schema', (_request, response) => {
    response.json(requestSchema);
  });

  router.post('/', async (request, response) => {
    const identity = identityOf(request);
    const asked = parseRequest(request.body);
    const { org, repo, prowjob: job, prowtype: type, user, dry_run: isDryRun = false } = asked;
    note(response, { action: 'trigger', ...who(identity), user, org, repo, job, type, isDryRun });
    const { prowJob, created } = await trigger.trigger(asked, {
      caller: callerOf(identity),
      idempotencyKey: idempotencyKeyOf(request),
      authorize: async (_found, made) => note(response, { allowedBy: await gate.mayTrigger(identity, made, { user }) }),
    });
    const name = prowJob.metadata.name ?? '';
    note(response, { prowjob: name, created });
    if (created) response.location(`/manual-trigger?prowjob=${name}`);
    response.status(created ? 201 : 200).json({ ...answerOf(prowJob), ...(isDryRun ? { dry_run: true } : {}) });
  });

  router.get('/', async (request, response) => {
    const identity = identityOf(request);
    note(response, { action: 'read', ...who(identity) });
    gate.mayRead(identity);
    response.json(answerOf(await find(request, identity)));
  });

  router.delete('/', async (request, response) => {
    const identity = identityOf(request);
    note(response, { action: 'abort', ...who(identity) });
    const found = await find(request, identity);
    const name = found.metadata.name ?? '';
    note(response, { prowjob: name, job: found.spec.job, allowedBy: await gate.mayAbort(identity, found) });
    const aborted = await abort(prowJobs, found, identity.name);
    response.status(202).json({ name, status: aborted.status.state });
  });

  router.all('/', refuseMethod);

  async function find(request: Request, identity: Identity): Promise<ProwJob> {
    const name = nameOf(request.query['prowjob']);
    const found = await prowJobs.find(name);
    if (found === undefined || !gate.sees(identity, found)) throw new ProwError('PROW_MANUAL_TRIGGER_UNKNOWN', `prowjob: there is no ProwJob ${name}`, { httpStatus: 404, details: { field: 'prowjob', prowjob: name } });
    return found;
  }

  return router;
}

/** What others' errors mean to the asker. The Kubernetes API that does not answer is no error of ours, and nothing that the asker can mend. */
export const tellTrouble: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (isUnreadable(error)) {
    next(new ProwError('PROW_MANUAL_TRIGGER_REQUEST', `the body: expected a JSON object: ${messageOf(error)}`, { httpStatus: 400, details: { field: 'body' } }));
    return;
  }
  if (!(error instanceof KubeError) || !error.transient) {
    next(error);
    return;
  }
  if (!response.headersSent) response.set('Retry-After', '5');
  const what = request.method === 'POST' ? 'whether the job was started is not known, and asking again is safe with the same Idempotency-Key' : 'ask again';
  next(new ProwError('PROW_MANUAL_TRIGGER_KUBERNETES', `the Kubernetes API does not answer at the moment; ${what}`, { httpStatus: 503, transient: true, cause: error }));
};

/** As express's parser has it. */
function isUnreadable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'type' in error && error.type === 'entity.parse.failed';
}

/** After the methods that there are. */
export const refuseMethod: RequestHandler = (request, response) => {
  response.set('Allow', request.baseUrl === '/v1' ? 'GET, POST' : 'GET, POST, DELETE');
  throw new ProwError('PROW_MANUAL_TRIGGER_METHOD', `${request.method} is not what ${`${request.baseUrl}${request.path}`.slice(0, 200)} takes`, { httpStatus: 405 });
};

export function who({ name, source }: Identity): Record<string, unknown> {
  return { caller: name, source };
}

export function callerOf({ name, source }: Identity): Caller {
  return { id: `${source}/${name}`, name: source === 'loopback' ? undefined : name };
}

function answerOf(prowJob: ProwJob): object {
  const name = prowJob.metadata.name ?? '';
  const { state, description = '', url = '' } = prowJob.status;
  return { name, status: state, description, url, links: { self: `/manual-trigger?prowjob=${name}`, prowjob: `/prowjob?prowjob=${name}`, execution: `/v1/executions/${name}`, ...(url === '' ? {} : { view: url }) }, prowjob: prowJob };
}

/** A job that is aborted already is left so. @throws ProwError PROW_MANUAL_TRIGGER_OVER (409): it has ended (rejects) */
export async function abort(prowJobs: ResourceApi<ProwJob>, prowJob: ProwJob, by: string): Promise<ProwJob> {
  const name = prowJob.metadata.name ?? '';
  let latest = prowJob;
  for (let attempt = 1; ; attempt += 1) {
    if (latest.status.state === 'aborted') return latest;
    if (isComplete(latest)) throw new ProwError('PROW_MANUAL_TRIGGER_OVER', `the job has ended: ${latest.status.state ?? ''}`, { httpStatus: 409, details: { prowjob: name, state: latest.status.state } });
    try {
      // The version is part of the patch: a job that has ended in the meantime keeps its end.
      return await prowJobs.patch(name, { type: 'merge', body: { status: { state: 'aborted', description: `Aborted by ${by} through manual-trigger.` } } }, latest.metadata.resourceVersion === undefined ? {} : { resourceVersion: latest.metadata.resourceVersion });
    } catch (error) {
      if (!hasReason(error, 'Conflict') || attempt === 10) throw error;
      latest = await prowJobs.get(name);
    }
  }
}

function nameOf(value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9][a-z0-9.-]{0,252}$/.test(value)) return value;
  const found = value === undefined ? 'nothing' : Array.isArray(value) ? `${value.length} values` : 'something else';
  throw new ProwError('PROW_MANUAL_TRIGGER_REQUEST', `parameter prowjob: found ${found}, expected the name of one ProwJob`, { httpStatus: 400, details: { field: 'prowjob' } });
}

function idempotencyKeyOf(request: Request): string | undefined {
  const header = request.get('idempotency-key');
  if (header === undefined) return undefined;
  if (header.length === 0 || header.length > 200) throw new ProwError('PROW_MANUAL_TRIGGER_REQUEST', 'Idempotency-Key: expected 1 to 200 characters', { httpStatus: 400, details: { field: 'Idempotency-Key' } });
  return header;
}
