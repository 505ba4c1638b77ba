// The calls of the pool: what each takes, who may, what it does and answers.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProwError } from '@prow/base-errors';
import { brokenEditOf, type Cluster, type ClusterPool, type MoveRecord } from '@prow/engine-cluster-pool';
import { answer, send } from './answer.ts';
import type { Callers, Mover, Role } from './caller.ts';
import { getVacant, getVacantTakes } from './get-vacant.ts';
import type { Parameters } from './parameters.ts';
import type { TriggeredJob } from './trigger-job.ts';

const maxHoldMs = 6 * 3_600_000;
/** What a hold has room for: a token's name and the one that was given. */
const maxUserLength = 1000;
const maxHistory = 1000;
const maxShownWaiters = 1000;

export interface PoolCallsOptions {
  pool: ClusterPool;
  callers: Callers;
  createCluster: (request: { user: string; branch: string; key: string }) => Promise<TriggeredJob>;
}

export type CallHandler = (parameters: Parameters, request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Call {
  /** Undefined: whoever is known. */
  role: Role | undefined;
  takes: readonly string[];
  run: CallHandler;
}

/** By name. */
export function poolCalls({ pool, callers, createCluster }: PoolCallsOptions): ReadonlyMap<string, Call> {
  const calls = new Map<string, Call>([
    ['getvacant', { role: 'lease', takes: getVacantTakes, run: getVacant(pool, callers) }],
    ['createcluster', { role: 'admin', takes: createTakes, run: create(createCluster) }],
    ['clusters', { role: undefined, takes: [], run: listClusters(pool) }],
    ['cluster', { role: undefined, takes: ['cluster', 'limit'], run: describeCluster(pool) }],
    ['queue', { role: undefined, takes: ['build', 'job'], run: describePlace(pool) }],
  ]);
  for (const [name, { role, takes, run }] of Object.entries(poolMoves)) {
    calls.set(name, { role, takes, run: async (parameters, request, response) => {
      const { cluster, text } = await run(pool, parameters, callers.moverOf(request));
      answer(request, response, { text: `${text}\n`, json: cluster });
    } });
  }
  return calls;
}

function create(createCluster: PoolCallsOptions['createCluster']): CallHandler {
  return async (parameters, request, response) => {
    const key = request.headers['idempotency-key'];
    if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))) throw new ProwError('PROW_CIMASTER_PARAMETER', 'header Idempotency-Key: expected at most 200 printable characters without spaces', { httpStatus: 400, details: { parameter: 'Idempotency-Key' } });
    const job = await createCluster({ user: parameters.required('user'), branch: parameters.branch('branch'), key: key ?? randomUUID() });
    answer(request, response, { status: 202, text: `cluster is being created by ProwJob ${job.name}${job.url === '' ? '' : ` ${job.url}`}\n`, json: { prowjob: job.name, url: job.url } });
  };
}

function listClusters(pool: ClusterPool): CallHandler {
  return async (_parameters, request, response) => {
    const { clusters, broken } = await pool.read();
    answer(request, response, {
      text: `${clusters.map(lineOf).join('')}${broken.map(brokenLine).join('')}`,
      json: { clusters, waiting: pool.waiting, waiters: pool.waiters(maxShownWaiters).map(forJson), ...(broken.length === 0 ? {} : { broken }) },
    });
  };
}

function describeCluster(pool: ClusterPool): CallHandler {
  return async (parameters, request, response) => {
    const name = parameters.name('cluster');
    const snapshot = await pool.read();
    const cluster = snapshot.clusters.find((each) => each.name === name);
    const edit = brokenEditOf(snapshot, name);
    const history = await pool.historyOf(name, parameters.count('limit', maxHistory) ?? 100);
    if (cluster === undefined && edit !== undefined) throw new ProwError('PROW_CLUSTER_POOL_DOCUMENT', `the state of cluster ${name} was edited by hand and is broken: ${edit.problem}; what it was before is not known here`, { httpStatus: 503, transient: true, details: { cluster: name, problem: edit.problem } });
    if (cluster === undefined) throw new ProwError('PROW_CLUSTER_POOL_UNKNOWN', `there is no cluster "${name}"${history[0] === undefined ? '' : `; its last move: ${moveLine(history[0]).trimEnd()}`}`, { httpStatus: 404, details: { cluster: name } });
    answer(request, response, { text: `${lineOf(cluster)}${edit === undefined ? '' : brokenLine(edit)}${history.map(moveLine).join('')}`, json: { ...cluster, history, ...(edit === undefined ? {} : { broken: edit.problem }) } });
  };
}

function describePlace(pool: ClusterPool): CallHandler {
  return (parameters, _request, response) => {
    const [build, job] = [parameters.required('build'), parameters.required('job', 300)];
    const place = pool.placeOf(build, job);
    if (place === undefined) return Promise.reject(new ProwError('PROW_CIMASTER_NOT_WAITING', `build ${build} of ${job} does not wait here`, { httpStatus: 404 }));
    send(response, 200, 'application/json', JSON.stringify(forJson(place)));
    return Promise.resolve();
  };
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
      const done = await pool.move({ kind: 'holdcluster', ...seen, ...leaseOf(parameters), user: named(given).slice(0, maxUserLength), reason, forMs: parameters.duration('for', maxHoldMs) ?? maxHoldMs }, { who: named(given) });
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

/** The calls that change the pool. */
export const poolCallNames: readonly string[] = ['getvacant', 'createcluster', ...Object.keys(poolMoves)];

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
  return { ...place, ...(expectedMs === undefined ? {} : { expectedSeconds: Math.max(1, Math.ceil(expectedMs / 1000)) }) };
}

function lineOf({ name, region, state, since, lease, hold, reason }: Cluster): string {
  const who = lease !== undefined && state === 'testing' ? ` by ${lease.job} ${lease.build}` : state === 'held' && hold !== undefined ? ` by ${hold.user}` : '';
  return `${name}\t${region}\t${state}${who}\tsince ${since}${reason === undefined ? '' : `\t${reason}`}\n`;
}

function brokenLine({ key, problem }: { key: string; problem: string }): string {
  return `${key} was edited by hand and is broken: ${problem}\n`;
}

function moveLine({ at, from, to, move, who, why }: MoveRecord): string {
  return `${at}\t${from === '' ? 'new' : from} → ${to === '' ? 'gone' : to}\t${move}\tby ${who}${why === undefined ? '' : `\t${why}`}\n`;
}
