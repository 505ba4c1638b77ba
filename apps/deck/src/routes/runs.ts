// One run: what its page shows, its logs, its artifacts.
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Router, type Request, type Response } from 'express';
import { isTransient } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { KubeClient } from '@prow/clients-kube';
import { findLog, listArtifacts, readRun, type BucketGate, type RunStorage } from '@prow/engine-spyglass';
import { parseRunKey, runKeyFromUrl, type RunKey } from '@prow/model-deck-api';
import { clusterAlias, isComplete, type ProwJob } from '@prow/model-prowjob';
import type { JobCache } from '../job-cache.ts';
import { badParameter, integerParameter, neverCache, notFound, parameter, requiredParameter } from './answers.ts';

const maxRangeBytes = 8 << 20;

export interface RunRoutesOptions {
  jobs: JobCache;
  gate: BucketGate;
  buildCluster: (alias: string) => KubeClient | undefined;
  podNamespace: () => string;
  log: Logger;
}

interface FoundRun {
  key: string;
  prowJob: ProwJob | undefined;
  run: RunStorage | undefined;
}

export function runRoutes({ jobs, gate, buildCluster, podNamespace, log }: RunRoutesOptions): Router {
  const router = Router();

  async function find(request: Request): Promise<FoundRun> {
    const text = requiredParameter(request, 'key');
    const key = parseRunKey(text);
    if (key === undefined) throw badParameter('key', `"${text.slice(0, 200)}"`, 'gs|s3|file/BUCKET/PATH or prowjob/JOB/BUILD');
    if (jobs.hides(key.key)) throw notFound('there is no such run');
    const prowJob = key.kind === 'prowjob' ? jobs.byBuild(key.job, key.buildId) : jobs.byRunKey(key.key);
    const place: RunKey | undefined = key.kind === 'storage' ? key : parseRunKey(runKeyFromUrl(prowJob?.status.url ?? '').replace(/^\/view\//, ''));
    return { key: key.key, prowJob, run: place?.kind === 'storage' ? await gate.locate(place) : undefined };
  }

  /** The log of the live pod, from its beginning; `follow` until it ends. */
  async function podLog(prowJob: ProwJob, container: string, { follow, signal }: { follow: boolean; signal: AbortSignal }): Promise<Readable> {
    const client = buildCluster(clusterAlias(prowJob));
    const pod = prowJob.status.pod_name;
    if (client === undefined || pod === undefined || pod === '') throw notFound('the job has no pod yet');
    return client.podLog(podNamespace(), pod, { container: container === '' ? 'test' : container, follow, signal });
  }

  router.get('/api/run', async (request, response) => {
    const { key, prowJob, run } = await find(request);
    const answer = await readRun({ key, run, prowJob });
    if (answer === undefined) throw notFound(`nothing is known of the run ${key}`);
    neverCache(response);
    response.json(answer);
  });

  router.get('/api/run/artifacts', async (request, response) => {
    const { run } = await find(request);
    if (run === undefined) throw notFound('the run stores no artifacts');
    const within = parameter(request, 'within') ?? '';
    if (within !== '' && (!within.endsWith('/') || !isArtifactPath(within.slice(0, -1)))) throw badParameter('within', `"${within.slice(0, 200)}"`, "a folder's path that ends in /");
    const after = parameter(request, 'after');
    neverCache(response);
    response.json(await listArtifacts(run, { within, limit: integerParameter(request, 'limit', { fallback: 500, min: 1, max: 5000 }), ...(after === undefined ? {} : { after }) }));
  });

  router.get('/api/run/artifact', async (request, response) => {
    const { run } = await find(request);
    const path = requiredParameter(request, 'path');
    if (run === undefined || !isArtifactPath(path)) throw notFound('there is no such artifact');
    const { size, contentEncoding } = await run.storage.stat(run.folder + path);
    setArtifactHeaders(response, path, parameter(request, 'download') !== undefined);
    if (contentEncoding === 'gzip') response.set('Content-Encoding', 'gzip');
    response.set('Content-Length', String(size));
    await send(await run.storage.read(run.folder + path), response);
  });

  /** A part of a log: bytes `start` to `end`, or with a negative `start` the last ones. Header X-Log-Size tells the whole size so far. */
  router.get('/api/run/log', async (request, response) => {
    const { prowJob, run } = await find(request);
    const path = parameter(request, 'path') ?? 'build-log.txt';
    if (!/^(?:[^/]+-)?build-log\.txt$/.test(path)) throw badParameter('path', `"${path.slice(0, 200)}"`, 'build-log.txt or CONTAINER-build-log.txt');
    const stored = run === undefined ? undefined : await findLog(run, path);
    neverCache(response);
    response.set({ 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' });
    if (stored === undefined || (!stored.isFinal && prowJob !== undefined && !isComplete(prowJob))) {
      if (prowJob === undefined) throw notFound('the run has no log');
      const aborter = new AbortController();
      response.once('close', () => aborter.abort());
      const container = path === 'build-log.txt' ? '' : path.slice(0, -'-build-log.txt'.length);
      response.set('X-Log-Live', 'true');
      try {
        await send(await podLog(prowJob, container, { follow: parameter(request, 'follow') === 'true', signal: aborter.signal }), response);
      } catch (error) {
        if (response.headersSent) return;
        log.debug('log of a live pod is not to be had', { prowjob: prowJob.metadata.name, error: String(error), transient: isTransient(error) });
        throw notFound('the log is not there yet');
      }
      return;
    }
    if (stored.contentEncoding === 'gzip') {
      await send((await stored.read()).pipe(createGunzip()), response);
      return;
    }
    const size = stored.sizeBytes;
    const asked = integerParameter(request, 'start', { fallback: 0, min: -maxRangeBytes, max: Number.MAX_SAFE_INTEGER });
    const start = asked < 0 ? Math.max(0, size + asked) : asked;
    const end = Math.min(integerParameter(request, 'end', { fallback: start + maxRangeBytes - 1, min: 0, max: Number.MAX_SAFE_INTEGER }), start + maxRangeBytes - 1, size - 1);
    response.set({ 'X-Log-Size': String(size), 'X-Log-Start': String(start) });
    if (start > end) response.end();
    else await send(await stored.read({ start, end }), response);
  });

  /** upstream's: the live pod's log, or, which upstream does not do, the stored one after it. */
  router.get('/log', async (request, response) => {
    const prowJob = jobs.byBuild(requiredParameter(request, 'job'), requiredParameter(request, 'id'));
    if (prowJob === undefined) throw notFound('there is no such run');
    const container = parameter(request, 'container') ?? 'test';
    response.set({ 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff', 'Access-Control-Allow-Origin': '*' });
    neverCache(response);
    const place = parseRunKey(runKeyFromUrl(prowJob.status.url ?? '').replace(/^\/view\//, ''));
    const stored = place?.kind === 'storage' && isComplete(prowJob) ? await findLog(await gate.locate(place), 'build-log.txt') : undefined;
    if (stored !== undefined) {
      const body = await stored.read();
      await send(stored.contentEncoding === 'gzip' ? body.pipe(createGunzip()) : body, response);
      return;
    }
    const aborter = new AbortController();
    response.once('close', () => aborter.abort());
    await send(await podLog(prowJob, container, { follow: parameter(request, 'follow') === 'true', signal: aborter.signal }), response);
  });

  return router;
}

function isArtifactPath(path: string): boolean {
  return !path.startsWith('/') && !path.includes('\0') && path.length <= 1024 && path.split('/').every((element) => element !== '' && element !== '.' && element !== '..');
}

const shownTypes: Record<string, string> = {
  txt: 'text/plain; charset=utf-8', log: 'text/plain; charset=utf-8', json: 'application/json', xml: 'text/plain; charset=utf-8',
  yaml: 'text/plain; charset=utf-8', yml: 'text/plain; charset=utf-8', md: 'text/plain; charset=utf-8', html: 'text/html; charset=utf-8',
  png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', svg: 'image/svg+xml', pdf: 'application/pdf',
};

/** A job's artifact is shown as what it looks like, but never runs as part of deck: it has an origin of its own and no scripts. */
function setArtifactHeaders(response: Response, path: string, isDownload: boolean): void {
  const type = shownTypes[/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
  const name = (path.split('/').at(-1) ?? 'artifact').replaceAll(/[^\w.-]/g, '_');
  response.set({
    'Content-Type': type ?? 'application/octet-stream',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    'Content-Disposition': `${isDownload || type === undefined ? 'attachment' : 'inline'}; filename="${name}"`,
    'Cache-Control': 'no-cache',
  });
}

/** A reader that goes away is no error. */
async function send(body: Readable, response: Response): Promise<void> {
  try {
    await pipeline(body, response);
  } catch (error) {
    if (!response.destroyed && !response.headersSent) throw error;
    response.destroy();
  }
}
