// The calls of the pool, GET and POST alike: text by default, JSON where it is asked for.
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { ProwError } from '@prow/base-errors';
import type { Cluster, ClusterPool } from '@prow/engine-cluster-pool';
import type { ClusterJob } from './create-cluster.ts';
import { Parameters } from './parameters.ts';

const maxWaitMs = 24 * 3_600_000;
const maxHoldMs = 6 * 3_600_000;
const maxTtlMs = 30 * 24 * 3_600_000;
const defaultHoldMs = maxHoldMs;

export interface PoolRoutesOptions {
  pool: ClusterPool;
  createCluster: (request: { user: string; branch: string; key?: string }) => Promise<ClusterJob>;
}

function wantsJson(request: Request): boolean {
  return request.accepts(['text', 'json']) === 'json';
}

export function poolRoutes({ pool, createCluster }: PoolRoutesOptions): Router {
  const router = Router();
  const call = (name: string, handler: (parameters: Parameters, request: Request, response: Response) => Promise<void>): void => {
    const run: RequestHandler = async (request, response) => {
      response.set('Cache-Control', 'no-store');
      await handler(new Parameters(request), request, response);
    };
    router.get(`/${name}`, run);
    router.post(`/${name}`, run);
  };
  const answer = (request: Request, response: Response, text: string, cluster: Cluster): void => {
    if (wantsJson(request)) response.json(cluster);
    else response.type('text/plain').send(`${text}\n`);
  };

  call('getvacant', async (parameters, request, response) => {
    const build = parameters.required('build');
    const job = parameters.required('job', 300);
    const region = parameters.text('region');
    const labels = parameters.labels('label');
    const ttlMs = parameters.duration('ttl', maxTtlMs);
    const waitMs = parameters.duration('wait', maxWaitMs) ?? 0;
    const aborter = new AbortController();
    response.once('close', () => aborter.abort(new ProwError('PROW_CIMASTER_GONE', 'the client went away')));
    try {
      const cluster = await pool.lease(
        { build, job, wanted: { ...(region === undefined ? {} : { region }), ...(labels === undefined ? {} : { labels }) }, ...(ttlMs === undefined ? {} : { ttlMs }) },
        { waitMs, signal: aborter.signal },
      );
      answer(request, response, cluster.name, cluster);
    } catch (error) {
      if (error instanceof ProwError && error.httpStatus === 503) response.set('Retry-After', '5');
      throw error;
    }
  });

  call('finishtest', async (parameters, request, response) => {
    const cluster = parameters.name('cluster');
    const build = parameters.text('build');
    const job = parameters.text('job', 300);
    const done = await pool.move({ kind: 'finishtest', cluster, ...(build === undefined ? {} : { build }), ...(job === undefined ? {} : { job }) });
    answer(request, response, `cluster ${cluster} is returned successfully`, done);
  });

  call('holdcluster', async (parameters, request, response) => {
    const cluster = parameters.name('cluster');
    const done = await pool.move({ kind: 'holdcluster', cluster, user: parameters.text('user') ?? 'unknown', reason: parameters.text('reason', 1000) ?? '', forMs: parameters.duration('for', maxHoldMs) ?? defaultHoldMs });
    answer(request, response, `cluster ${cluster} is held until ${done.hold?.until ?? ''}`, done);
  });

  call('addcluster', async (parameters, request, response) => {
    const cluster = parameters.name('cluster');
    const labels = parameters.labels('label');
    const done = await pool.move({ kind: 'addcluster', cluster, region: parameters.name('region'), administrator: parameters.required('name'), ...(labels === undefined ? {} : { labels }) });
    answer(request, response, `cluster ${cluster} is added successfully`, done);
  });

  const words = { releasecluster: 'released', deletecluster: 'deleted', disablecluster: 'disabled', enablecluster: 'enabled' } as const;
  for (const kind of ['releasecluster', 'deletecluster', 'disablecluster', 'enablecluster'] as const) {
    call(kind, async (parameters, request, response) => {
      const cluster = parameters.name('cluster');
      answer(request, response, `cluster ${cluster} is ${words[kind]} successfully`, await pool.move({ kind, cluster }));
    });
  }

  call('createcluster', async (parameters, request, response) => {
    const key = request.get('idempotency-key');
    const job = await createCluster({ user: parameters.required('user'), branch: parameters.required('branch'), ...(key === undefined ? {} : { key }) });
    if (wantsJson(request)) response.status(202).json({ prowjob: job.name, url: job.url });
    else response.status(202).type('text/plain').send(`cluster is being created by ProwJob ${job.name}${job.url === '' ? '' : ` ${job.url}`}\n`);
  });

  router.get('/clusters', async (request, response) => {
    const { clusters } = await pool.read();
    const list = Object.values(clusters).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    response.set('Cache-Control', 'no-store');
    if (wantsJson(request)) response.json({ clusters: list, waiting: pool.waiting });
    else response.type('text/plain').send(list.map(lineOf).join(''));
  });

  router.get('/cluster', async (request, response) => {
    const name = new Parameters(request).name('cluster');
    const { clusters } = await pool.read();
    const cluster = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
    if (cluster === undefined) throw new ProwError('PROW_CLUSTER_POOL_UNKNOWN', `there is no cluster "${name}"`, { httpStatus: 404 });
    answer(request, response, lineOf(cluster).trimEnd(), cluster);
  });

  return router;
}

function lineOf({ name, region, state, since, lease, hold }: Cluster): string {
  const who = lease !== undefined && state === 'testing' ? ` by ${lease.job} ${lease.build}` : hold === undefined ? '' : ` by ${hold.user}`;
  return `${name}\t${region}\t${state}${who}\tsince ${since}\n`;
}
