// The job list: our own paged answer, and upstream's whole dumps for its clients.
import { Router } from 'express';
import { stringify } from 'yaml';
import { formatGoDuration } from '@prow/base-time';
import { filterJobs, jobQueryFrom } from '@prow/model-deck-api';
import type { ProwJob } from '@prow/model-prowjob';
import { badge } from '../badge.ts';
import type { JobCache } from '../job-cache.ts';
import { integerParameter, neverCache, notFound, parameter, requiredParameter, sendData, sendText } from './answers.ts';

const omittable = new Set(['annotations', 'labels', 'decoration_config', 'pod_spec']);

export function jobRoutes(jobs: JobCache): Router {
  const router = Router();

  router.get('/api/jobs', (request, response) => {
    const limit = integerParameter(request, 'limit', { fallback: 500, min: 1, max: 5000 });
    const etag = `"${jobs.version}-${limit}"`;
    response.set({ 'Cache-Control': 'no-cache', ETag: etag });
    if (request.get('if-none-match') === etag) {
      response.status(304).end();
      return;
    }
    response.json(filterJobs(jobs.summaries(), jobQueryFrom(new URL(request.url, 'http://deck').searchParams), limit));
  });

  router.get('/prowjobs.js', (request, response) => {
    const omit = (parameter(request, 'omit') ?? '').split(',').filter((name) => omittable.has(name));
    const [org, repo, owner] = ['org', 'repo', 'owner'].map((name) => parameter(request, name));
    const items = jobs.all().filter((job) => isOf(job, org, repo) && (owner === undefined || (job.spec.refs?.pulls ?? []).some(({ author }) => author === owner)));
    sendData(request, response, { items: items.map((job) => without(job, omit)) });
  });

  router.get('/data.js', (request, response) => {
    sendData(request, response, jobs.all().map(legacyRow));
  });

  router.get('/prowjob', (request, response) => {
    const name = requiredParameter(request, 'prowjob');
    const job = jobs.byName(name);
    if (job === undefined) throw notFound(`there is no ProwJob "${name}"`);
    sendText(response, stringify(without(job, [])));
  });

  router.get('/badge.svg', (request, response) => {
    const globs = requiredParameter(request, 'jobs').split(',').slice(0, 50);
    neverCache(response);
    response.type('image/svg+xml').send(badge(jobs.all(), globs));
  });

  return router;
}

/** Refs decide; without refs any extra ref. */
function isOf(job: ProwJob, org: string | undefined, repo: string | undefined): boolean {
  const refs = job.spec.refs === undefined ? (job.spec.extra_refs ?? []) : [job.spec.refs];
  return (org === undefined && repo === undefined) || refs.some((ref) => (org === undefined || ref.org === org) && (repo === undefined || ref.repo === repo));
}

/** The job without what was not asked for. An omitted pod_spec keeps the number of its containers. */
function without(job: ProwJob, omit: readonly string[]): object {
  const { managedFields: _managedFields, ...metadata } = job.metadata as ProwJob['metadata'] & { managedFields?: unknown };
  const spec = { ...job.spec };
  if (omit.includes('annotations')) delete metadata.annotations;
  if (omit.includes('labels')) delete metadata.labels;
  if (omit.includes('decoration_config')) delete spec.decoration_config;
  if (omit.includes('pod_spec')) {
    const containers = (spec.pod_spec?.containers ?? []).map(() => ({}));
    return { ...job, metadata, spec: { ...spec, pod_spec: { containers } } };
  }
  return { ...job, metadata, spec };
}

/** upstream: pkg/deck/jobs/jobs.go, Job */
function legacyRow(job: ProwJob): object {
  const { spec, status } = job;
  const startedMs = Date.parse(status.startTime ?? '');
  const finishedMs = Date.parse(status.completionTime ?? '');
  const refs = spec.refs;
  return {
    type: spec.type,
    refs: refs ?? {},
    refs_key: refs === undefined ? '' : [refs.org, refs.repo, refs.base_ref, refs.base_sha, ...(refs.pulls ?? []).map(({ number, sha }) => `${number}:${sha}`)].join(','),
    job: spec.job,
    build_id: status.build_id ?? '',
    context: spec.context ?? '',
    started: Number.isNaN(startedMs) ? '' : String(Math.floor(startedMs / 1000)),
    finished: status.completionTime ?? '',
    duration: Number.isNaN(startedMs) || Number.isNaN(finishedMs) ? '' : formatGoDuration(BigInt(Math.round((finishedMs - startedMs) / 1000)) * 1_000_000_000n),
    state: status.state,
    description: status.description ?? '',
    url: status.url ?? '',
    pod_name: status.pod_name ?? '',
    agent: spec.agent ?? '',
    prow_job: job.metadata.name,
  };
}
