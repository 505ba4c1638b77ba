// Rerun and abort. upstream: cmd/deck/main.go, pkg/deck: handleRerun, handleAbort
import { randomUUID } from 'node:crypto';
import { Router, type Request } from 'express';
import { stringify } from 'yaml';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { ResourceApi } from '@prow/clients-kube';
import { rerunAuthFor, type Deck } from '@prow/model-config';
import { newProwJob, rerunLabel, type ProwJob } from '@prow/model-prowjob';
import type { JobCache } from '../job-cache.ts';
import { notFound, requiredParameter, sendText } from './answers.ts';

export interface ActionRoutesOptions {
  jobs: JobCache;
  prowJobs: ResourceApi<ProwJob>;
  deck: () => Deck;
  /** `--rerun-creates-job`. */
  createsJob: boolean;
  clock: Clock;
  log: Logger;
}

export function actionRoutes({ jobs, prowJobs, deck, createsJob, clock, log }: ActionRoutesOptions): Router {
  const router = Router();

  function find(request: Request): ProwJob {
    const name = requiredParameter(request, 'prowjob');
    const job = jobs.byName(name);
    if (job === undefined) throw notFound(`there is no ProwJob "${name}"`);
    return job;
  }

  function rerunOf(job: ProwJob): ProwJob {
    const { spec, metadata } = job;
    return newProwJob(spec, { name: randomUUID(), nowMs: clock.now(), labels: { ...metadata.labels, [rerunLabel]: 'true' }, annotations: metadata.annotations ?? {} });
  }

  router.get('/rerun', (request, response) => {
    sendText(response, stringify(rerunOf(find(request))));
  });

  router.post('/rerun', async (request, response) => {
    refuseOtherSites(request);
    if (!createsJob) throw new ProwError('PROW_DECK_RERUN_OFF', 'deck creates no jobs: it was started without --rerun-creates-job. GET this address for the YAML to apply.', { httpStatus: 405 });
    const job = find(request);
    allow(job, 'rerun');
    const created = await prowJobs.create(rerunOf(job));
    log.info('job rerun', { prowjob: created.metadata.name, of: job.metadata.name, job: job.spec.job });
    sendText(response.status(201), `Job rerun created: ${created.metadata.name ?? ''}\n`);
  });

  router.post('/abort', async (request, response) => {
    refuseOtherSites(request);
    const job = find(request);
    allow(job, 'abort');
    const { state } = job.status;
    if (state !== 'triggered' && state !== 'pending' && state !== 'scheduling') throw new ProwError('PROW_DECK_ABORT_STATE', `the job is ${state ?? 'of no state'}; only one that is scheduling, triggered or pending can be aborted`, { httpStatus: 400 });
    const name = job.metadata.name ?? '';
    // The version is part of the patch: a job that has ended in the meantime keeps its end.
    await prowJobs.patch(name, { type: 'merge', body: { status: { state: 'aborted', description: `Successfully aborted ${name}.` } } }, job.metadata.resourceVersion === undefined ? {} : { resourceVersion: job.metadata.resourceVersion });
    log.info('job aborted', { prowjob: name, job: job.spec.job });
    sendText(response, `Aborted ${name}\n`);
  });

  function allow(job: ProwJob, what: string): void {
    const says = [rerunAuthFor(deck(), job.spec), job.spec.rerun_auth_config];
    if (!says.some((config) => config?.allow_anyone === true)) {
      throw new ProwError('PROW_DECK_NOT_ALLOWED', `nobody may ${what} this job from here: neither deck.rerun_auth_configs nor the job's rerun_auth_config has allow_anyone, and this deck has no login`, { httpStatus: 403 });
    }
  }

  return router;
}

/** A page of another site must not press our buttons: browsers say where a request comes from. */
function refuseOtherSites(request: Request): void {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const isOther = site !== undefined ? site !== 'same-origin' && site !== 'none' : origin !== undefined && new URL(origin).host !== request.get('host');
  if (isOther) throw new ProwError('PROW_DECK_OTHER_SITE', 'the request comes from another site', { httpStatus: 403 });
}
