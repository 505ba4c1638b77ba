// Rerun and abort. upstream: cmd/deck/main.go, pkg/deck: handleRerun, handleAbort
import { randomUUID } from 'node:crypto';
import { Router, type Request } from 'express';
import { stringify } from 'yaml';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { ResourceApi } from '@prow/clients-kube';
import { newProwJob, rerunLabel, type ProwJob } from '@prow/model-prowjob';
import type { JobCache } from '../job-cache.ts';
import { refuseOtherSites, type Sessions } from '../login/login-routes.ts';
import type { RerunGate } from '../rerun-gate.ts';
import { notFound, requiredParameter, sendText } from './answers.ts';

export interface ActionRoutesOptions {
  jobs: JobCache;
  prowJobs: ResourceApi<ProwJob>;
  gate: RerunGate;
  /** Undefined: there is no login. */
  sessions: Sessions | undefined;
  /** `--rerun-creates-job`. */
  createsJob: boolean;
  clock: Clock;
  log: Logger;
}

export function actionRoutes({ jobs, prowJobs, gate, sessions, createsJob, clock, log }: ActionRoutesOptions): Router {
  const router = Router();

  function find(request: Request): ProwJob {
    const name = requiredParameter(request, 'prowjob');
    const job = jobs.byName(name);
    if (job === undefined) throw notFound(`there is no ProwJob "${name}"`);
    return job;
  }

  function rerunOf({ spec, metadata }: ProwJob): ProwJob {
    return newProwJob(spec, { name: randomUUID(), nowMs: clock.now(), labels: { ...metadata.labels, [rerunLabel]: 'true' }, annotations: metadata.annotations ?? {} });
  }

  router.get('/rerun', (request, response) => {
    sendText(response, stringify(rerunOf(find(request))));
  });

  router.post('/rerun', async (request, response) => {
    refuseOtherSites(request);
    sessions?.checkCsrf(request);
    if (!createsJob) throw new ProwError('PROW_DECK_RERUN_OFF', 'deck creates no jobs: it was started without --rerun-creates-job. GET this address for the YAML to apply.', { httpStatus: 405 });
    const job = find(request);
    const user = sessions?.of(request)?.login;
    const allowedBy = await gate.check('rerun', job, user);
    const wanted = rerunOf(job);
    const created = await prowJobs.create(user === undefined ? wanted : { ...wanted, status: { ...wanted.status, description: `${user} successfully reran ${job.metadata.name ?? ''}.` } });
    log.info('job rerun', { prowjob: created.metadata.name, of: job.metadata.name, job: job.spec.job, user, allowedBy });
    sendText(response.status(201), `Job rerun created: ${created.metadata.name ?? ''}\n`);
  });

  router.post('/abort', async (request, response) => {
    refuseOtherSites(request);
    sessions?.checkCsrf(request);
    const job = find(request);
    const user = sessions?.of(request)?.login;
    const allowedBy = await gate.check('abort', job, user);
    const { state } = job.status;
    if (state !== 'triggered' && state !== 'pending' && state !== 'scheduling') throw new ProwError('PROW_DECK_ABORT_STATE', `the job is ${state ?? 'of no state'}; only one that is scheduling, triggered or pending can be aborted`, { httpStatus: 400 });
    const name = job.metadata.name ?? '';
    const description = user === undefined ? `Successfully aborted ${name}.` : `${user} successfully aborted ${name}.`;
    // The version is part of the patch: a job that has ended in the meantime keeps its end.
    await prowJobs.patch(name, { type: 'merge', body: { status: { state: 'aborted', description } } }, job.metadata.resourceVersion === undefined ? {} : { resourceVersion: job.metadata.resourceVersion });
    log.info('job aborted', { prowjob: name, job: job.spec.job, user, allowedBy });
    sendText(response, `Aborted ${name}\n`);
  });

  return router;
}
