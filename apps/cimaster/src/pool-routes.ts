// The calls of the pool, GET and POST alike: text by default, JSON where it is asked for.
import { randomUUID } from 'node:crypto';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { ProwError } from '@prow/base-errors';
import type { Cluster, ClusterPool, MoveRecord } from '@prow/engine-cluster-pool';
import type { Callers, Role } from './caller.ts';
import { getVacant } from './get-vacant.ts';
import { Parameters } from './parameters.ts';
import { wantsJson } from './problem.ts';
import type { TriggeredJob } from './trigger-job.ts';

const maxHoldMs = 6 * 3_600_000;
const maxHistory = 1000;
const maxShownWaiters = 1000;

export interface PoolRoutesOptions {
  pool: ClusterPool;
  callers: Callers;
  createCluster: (request: { user: string; branch: string; key: string }) => Promise<TriggeredJob>;
}

export type CallHandler = (parameters: Parameters, request: Request, response: Response) => Promise<void>;

export function poolRoutes({ pool, callers, createCluster }: PoolRoutesOptions): Router {
  const router = Router();
  const call = (name: string, role: Role | undefined, handler: CallHandler): void => {
    const run: RequestHandler = async (request, response) => {
      response.set('Cache-Control', 'no-store');
      // Express takes HEAD for GET; a look must not lease.
      if (request.method === 'HEAD') throw new ProwError('PROW_CIMASTER_METHOD', `${name} takes GET and POST`, { httpStatus: 405 });
      if (role !== undefined) callers.need(request, role);
      await handler(new Parameters(request), request, response);
    };
    router.get(`/${name}`, run);
    router.post(`/${name}`, run);
  };
  call('getvacant', 'lease', getVacant(pool, callers));
  for (const [name, { role, run }] of Object.entries(poolMoves)) {
    call(name, role, async (parameters, request, response) => {
      const { cluster, text } = await run(pool, parameters, (given) => callers.nameOf(request, given));
      if (wantsJson(request)) response.json(cluster);
      else response.type('text/plain').send(`${text}\n`);
    });
  }

  call('createcluster', 'admin', async (parameters, request, response) => {
    const key = request.get('idempotency-key');
    if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key)) throw new ProwError('PROW_CIMASTER_PARAMETER', 'header Idempotency-Key: expected at most 200 printable characters without spaces', { httpStatus: 400, details: { parameter: 'Idempotency-Key' } });
    const job = await createCluster({ user: parameters.required('user'), branch: parameters.branch('branch'), key: key ?? randomUUID() });
    response.status(202);
    if (wantsJson(request)) response.json({ prowjob: job.name, url: job.url });
    else response.type('text/plain').send(`cluster is being created by ProwJob ${job.name}${job.url === '' ? '' : ` ${job.url}`}\n`);
  });

  call('clusters', undefined, async (_parameters, request, response) => {
    const { clusters, broken } = await pool.read();
    if (wantsJson(request)) response.json({ clusters, waiting: pool.waiting, waiters: pool.waiters(maxShownWaiters).map(forJson), ...(broken.length === 0 ? {} : { broken }) });
    else response.type('text/plain').send(clusters.map(lineOf).join(''));
  });

  call('cluster', undefined, async (parameters, request, response) => {
    const name = parameters.name('cluster');
    const { clusters } = await pool.read();
    const cluster = clusters.find((each) => each.name === name);
    const history = await pool.historyOf(name, parameters.count('limit', maxHistory) ?? 100);
    if (cluster === undefined) throw new ProwError('PROW_CLUSTER_POOL_UNKNOWN', `there is no cluster "${name}"${history[0] === undefined ? '' : `; its last move: ${moveLine(history[0]).trimEnd()}`}`, { httpStatus: 404, details: { cluster: name } });
    if (wantsJson(request)) response.json({ ...cluster, history });
    else response.type('text/plain').send(`${lineOf(cluster)}${history.map(moveLine).join('')}`);
  });

  call('queue', undefined, (parameters, _request, response) => {
    const [build, job] = [parameters.required('build'), parameters.required('job', 300)];
    const place = pool.placeOf(build, job);
    if (place === undefined) throw new ProwError('PROW_CIMASTER_NOT_WAITING', `build ${build} of ${job} does not wait here`, { httpStatus: 404 });
    response.json(forJson(place));
    return Promise.resolve();
  });
  return router;
}

type PoolMove = { role: Role; run: (pool: ClusterPool, parameters: Parameters, who: (given?: string) => string) => Promise<{ cluster: Cluster; text: string }> };

/** Every call that is one move of one cluster. */
export const poolMoves: Readonly<Record<string, PoolMove>> = {
  finishtest: {
    role: 'lease',
    run: async (pool, parameters, who) => {
      const cluster = parameters.name('cluster');
      const build = parameters.text('build');
      const job = parameters.text('job', 300);
      const done = await pool.move({ kind: 'finishtest', cluster, ...(build === undefined ? {} : { build }), ...(job === undefined ? {} : { job }) }, { who: who(parameters.text('user') ?? (build === undefined || job === undefined ? undefined : `${job} ${build}`)) });
      return { cluster: done, text: `cluster ${cluster} is returned successfully` };
    },
  },
  holdcluster: {
    role: 'hold',
    run: async (pool, parameters, who) => {
      const cluster = parameters.name('cluster');
      const given = parameters.text('user');
      const reason = parameters.text('reason', 1000) ?? '';
      const done = await pool.move({ kind: 'holdcluster', cluster, user: given ?? who(), reason, forMs: parameters.duration('for', maxHoldMs) ?? maxHoldMs }, { who: who(given) });
      return { cluster: done, text: `cluster ${cluster} is held until ${done.hold?.until ?? ''}` };
    },
  },
  addcluster: {
    role: 'admin',
    run: async (pool, parameters, who) => {
      const cluster = parameters.name('cluster');
      const labels = parameters.labels('label');
      const administrator = parameters.required('name');
      const done = await pool.move({ kind: 'addcluster', cluster, region: parameters.name('region'), administrator, ...(labels === undefined ? {} : { labels }) }, { who: who(administrator) });
      return { cluster: done, text: `cluster ${cluster} is added successfully` };
    },
  },
  releasecluster: simpleMove('releasecluster', 'hold', 'released'),
  deletecluster: simpleMove('deletecluster', 'admin', 'deleted'),
  disablecluster: simpleMove('disablecluster', 'admin', 'disabled'),
  enablecluster: simpleMove('enablecluster', 'admin', 'enabled'),
};

function simpleMove(kind: 'releasecluster' | 'deletecluster' | 'disablecluster' | 'enablecluster', role: Role, word: string): PoolMove {
  return {
    role,
    run: async (pool, parameters, who) => {
      const cluster = parameters.name('cluster');
      const why = parameters.text('reason', 1000);
      const move = kind === 'disablecluster' && why !== undefined ? { kind, cluster, reason: why } : { kind, cluster };
      const done = await pool.move(move, { who: who(parameters.text('user')), ...(why === undefined ? {} : { why }) });
      return { cluster: done, text: `cluster ${cluster} is ${word} successfully` };
    },
  };
}

function forJson<T extends { expectedMs?: number }>({ expectedMs, ...place }: T): Record<string, unknown> {
  return { ...place, ...(expectedMs === undefined ? {} : { expectedSeconds: Math.ceil(expectedMs / 1000) }) };
}

function lineOf({ name, region, state, since, lease, hold, reason }: Cluster): string {
  const who = lease !== undefined && state === 'testing' ? ` by ${lease.job} ${lease.build}` : state === 'held' && hold !== undefined ? ` by ${hold.user}` : '';
  return `${name}\t${region}\t${state}${who}\tsince ${since}${reason === undefined ? '' : `\t${reason}`}\n`;
}

function moveLine({ at, from, to, move, who, why }: MoveRecord): string {
  return `${at}\t${from === '' ? 'new' : from} → ${to === '' ? 'gone' : to}\t${move}\tby ${who}${why === undefined ? '' : `\t${why}`}\n`;
}
