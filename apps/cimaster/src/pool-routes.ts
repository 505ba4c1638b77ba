// The calls of the pool, GET and POST alike: text by default, JSON where it is asked for.
import { randomUUID } from 'node:crypto';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { ProwError } from '@prow/base-errors';
import type { Cluster, ClusterPool, MoveRecord } from '@prow/engine-cluster-pool';
import type { Callers, Mover, Role } from './caller.ts';
import { getVacant, getVacantTakes } from './get-vacant.ts';
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
  const call = (name: string, { role, takes }: { role: Role | undefined; takes: readonly string[] }, handler: CallHandler): void => {
    const run: RequestHandler = async (request, response) => {
      response.set('Cache-Control', 'no-store');
      // Express takes HEAD for GET; a look must not lease.
      if (request.method === 'HEAD') throw new ProwError('PROW_CIMASTER_METHOD', `${name} takes GET and POST`, { httpStatus: 405 });
      if (role !== undefined) callers.need(request, role);
      await callers.countingRefusals(() => handler(new Parameters(request, takes), request, response));
    };
    router.get(`/${name}`, run);
    router.post(`/${name}`, run);
  };
  call('getvacant', { role: 'lease', takes: getVacantTakes }, getVacant(pool, callers));
  for (const [name, move] of Object.entries(poolMoves)) {
    call(name, move, async (parameters, request, response) => {
      const { cluster, text } = await move.run(pool, parameters, callers.moverOf(request));
      if (wantsJson(request)) response.json(cluster);
      else response.type('text/plain').send(`${text}\n`);
    });
  }

  call('createcluster', { role: 'admin', takes: createTakes }, async (parameters, request, response) => {
    const key = request.get('idempotency-key');
    if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key)) throw new ProwError('PROW_CIMASTER_PARAMETER', 'header Idempotency-Key: expected at most 200 printable characters without spaces', { httpStatus: 400, details: { parameter: 'Idempotency-Key' } });
    const job = await createCluster({ user: parameters.required('user'), branch: parameters.branch('branch'), key: key ?? randomUUID() });
    response.status(202);
    if (wantsJson(request)) response.json({ prowjob: job.name, url: job.url });
    else response.type('text/plain').send(`cluster is being created by ProwJob ${job.name}${job.url === '' ? '' : ` ${job.url}`}\n`);
  });

  call('clusters', { role: undefined, takes: [] }, async (_parameters, request, response) => {
    const { clusters, broken } = await pool.read();
    if (wantsJson(request)) response.json({ clusters, waiting: pool.waiting, waiters: pool.waiters(maxShownWaiters).map(forJson), ...(broken.length === 0 ? {} : { broken }) });
    else response.type('text/plain').send(clusters.map(lineOf).join(''));
  });

  call('cluster', { role: undefined, takes: ['cluster', 'limit'] }, async (parameters, request, response) => {
    const name = parameters.name('cluster');
    const { clusters } = await pool.read();
    const cluster = clusters.find((each) => each.name === name);
    const history = await pool.historyOf(name, parameters.count('limit', maxHistory) ?? 100);
    if (cluster === undefined) throw new ProwError('PROW_CLUSTER_POOL_UNKNOWN', `there is no cluster "${name}"${history[0] === undefined ? '' : `; its last move: ${moveLine(history[0]).trimEnd()}`}`, { httpStatus: 404, details: { cluster: name } });
    if (wantsJson(request)) response.json({ ...cluster, history });
    else response.type('text/plain').send(`${lineOf(cluster)}${history.map(moveLine).join('')}`);
  });

  call('queue', { role: undefined, takes: ['build', 'job'] }, (parameters, _request, response) => {
    const [build, job] = [parameters.required('build'), parameters.required('job', 300)];
    const place = pool.placeOf(build, job);
    if (place === undefined) throw new ProwError('PROW_CIMASTER_NOT_WAITING', `build ${build} of ${job} does not wait here`, { httpStatus: 404 });
    response.json(forJson(place));
    return Promise.resolve();
  });
  return router;
}

export const createTakes = ['user', 'branch'] as const;

type PoolMove = { role: Role; takes: readonly string[]; run: (pool: ClusterPool, parameters: Parameters, mover: Mover) => Promise<{ cluster: Cluster; text: string }> };

/** Every call that is one move of one cluster. `since`: only while it is in the state that it has had since then. */
export const poolMoves: Readonly<Record<string, PoolMove>> = {
  finishtest: {
    role: 'lease',
    takes: ['cluster', 'since', 'build', 'job', 'user'],
    run: async (pool, parameters, { named, caller }) => {
      const seen = seenOf(parameters);
      const lease = leaseOf(parameters);
      const { build, job } = lease;
      const done = await pool.move({ kind: 'finishtest', ...seen, ...lease, ...(caller === undefined ? {} : { caller }) }, { who: named(parameters.text('user') ?? (build === undefined || job === undefined ? undefined : `${job} ${build}`)) });
      return { cluster: done, text: `cluster ${done.name} is returned successfully` };
    },
  },
  holdcluster: {
    role: 'hold',
    takes: ['cluster', 'since', 'build', 'job', 'user', 'reason', 'for'],
    run: async (pool, parameters, { named }) => {
      const seen = seenOf(parameters);
      const given = parameters.text('user');
      const reason = parameters.text('reason', 1000) ?? '';
      const done = await pool.move({ kind: 'holdcluster', ...seen, ...leaseOf(parameters), user: given ?? named(), reason, forMs: parameters.duration('for', maxHoldMs) ?? maxHoldMs }, { who: named(given) });
      return { cluster: done, text: `cluster ${done.name} is held until ${done.hold?.until ?? ''}` };
    },
  },
  addcluster: {
    role: 'admin',
    takes: ['cluster', 'region', 'name', 'label', 'user'],
    run: async (pool, parameters, { named }) => {
      const cluster = parameters.name('cluster');
      const labels = parameters.labels('label');
      const administrator = parameters.required('name');
      const done = await pool.move({ kind: 'addcluster', cluster, region: parameters.name('region'), administrator, ...(labels === undefined ? {} : { labels }) }, { who: named(parameters.text('user') ?? administrator) });
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
    takes: ['cluster', 'since', 'user', 'reason'],
    run: async (pool, parameters, { named }) => {
      const seen = seenOf(parameters);
      const why = parameters.text('reason', 1000);
      const move = kind === 'disablecluster' && why !== undefined ? { kind, ...seen, reason: why } : { kind, ...seen };
      const done = await pool.move(move, { who: named(parameters.text('user')), ...(why === undefined ? {} : { why }) });
      return { cluster: done, text: `cluster ${done.name} is ${word} successfully` };
    },
  };
}

function seenOf(parameters: Parameters): { cluster: string; since?: string } {
  const cluster = parameters.name('cluster');
  const since = parameters.time('since');
  return { cluster, ...(since === undefined ? {} : { since }) };
}

function leaseOf(parameters: Parameters): { build?: string; job?: string } {
  const build = parameters.text('build');
  const job = parameters.text('job', 300);
  return { ...(build === undefined ? {} : { build }), ...(job === undefined ? {} : { job }) };
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
