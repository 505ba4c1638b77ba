// Runs over time: of a job, of a pull request.
import { Router } from 'express';
import { readJobHistory, readPullHistory, type BucketGate } from '@prow/engine-spyglass';
import type { LayoutConfiguration } from '@prow/model-artifact-layout';
import { badParameter, integerParameter, neverCache, notFound, parameter, requiredParameter } from './answers.ts';

export interface HistoryRoutesOptions {
  gate: BucketGate;
  /** presubmit, postsubmit, periodic or batch, of a job by that name in the configuration; undefined for unknown ones. */
  typeOfJob: (name: string) => string | undefined;
  layout: () => LayoutConfiguration;
}

export function historyRoutes({ gate, typeOfJob, layout }: HistoryRoutesOptions): Router {
  const router = Router();

  router.get('/api/job-history', async (request, response) => {
    const job = requiredParameter(request, 'job');
    if (!/^[\w.-]{1,300}$/.test(job)) throw badParameter('job', `"${job.slice(0, 100)}"`, "a job's name");
    const before = parameter(request, 'before');
    const known = typeOfJob(job);
    neverCache(response);
    for (const type of known === undefined ? ['presubmit', 'periodic'] : [known]) {
      for (const place of await gate.all()) {
        const page = await readJobHistory(place, { job, type, ...(before === undefined ? {} : { before }) });
        if (page === undefined) continue;
        response.json(page);
        return;
      }
    }
    if (known === undefined) throw notFound(`no job "${job}" is configured, and none has left runs`);
    response.json({ job, runs: [] });
  });

  router.get('/api/pr-history', async (request, response) => {
    const org = requiredParameter(request, 'org');
    const repo = requiredParameter(request, 'repo');
    for (const [name, value] of [['org', org], ['repo', repo]] as const) if (!/^[\w.-]{1,100}$/.test(value) || /^\.+$/.test(value)) throw badParameter(name, `"${value.slice(0, 100)}"`, 'a GitHub name');
    const number = integerParameter(request, 'pr', { fallback: 0, min: 1, max: 1_000_000_000 });
    neverCache(response);
    for (const place of await gate.all()) {
      const history = await readPullHistory(place, { org, repo, number, layout: layout() });
      if (history === undefined) continue;
      response.json(history);
      return;
    }
    response.json({ org, repo, number, commits: [], rows: [] });
  });

  return router;
}
