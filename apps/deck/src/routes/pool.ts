// The cluster pool, asked of cimaster; its buttons, for whom deck's flags let.
import { Router, type Request } from 'express';
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { rerunPermission } from '@prow/clients-authentication';
import { PoolRefusal, type ClusterPoolClient } from '@prow/clients-cluster-pool';
import type { GitHubClient } from '@prow/clients-github';
import type { RerunAuthConfig } from '@prow/model-prowjob';
import { refuseOtherSites, type Sessions } from '../login/login-routes.ts';
import { neverCache, parameter, requiredParameter } from './answers.ts';

export interface PoolRoutesOptions {
  pool: ClusterPoolClient;
  /** Who may press the buttons. */
  operators: RerunAuthConfig;
  github: GitHubClient;
  sessions: Sessions | undefined;
  log: Logger;
}

/** What a button does: cimaster's call, and what it takes besides the cluster. */
const moves: Readonly<Record<string, readonly string[]>> = { holdcluster: ['since', 'reason', 'for'], releasecluster: ['since'], disablecluster: ['since', 'reason'], enablecluster: ['since'], finishtest: ['since', 'build', 'job'], deletecluster: ['since'], addcluster: ['region'], createcluster: ['branch'] };

export function poolRoutes({ pool, operators, github, sessions, log }: PoolRoutesOptions): Router {
  const router = Router();

  async function operator(request: Request): Promise<string | undefined> {
    const login = sessions?.of(request)?.login;
    const { allowed } = await rerunPermission({ configs: [operators], githubLogin: login, org: undefined, github });
    return allowed ? (login ?? 'anyone') : undefined;
  }

  async function ask(call: string, fields: Record<string, string> = {}): Promise<unknown> {
    try {
      return call === 'clusters' ? await pool.list() : await pool.call(call, fields);
    } catch (error) {
      if (error instanceof PoolRefusal) throw new ProwError('PROW_DECK_POOL', `cimaster: ${error.message}`, { httpStatus: error.status === 401 || error.status >= 500 ? 502 : error.status, cause: error });
      throw new ProwError('PROW_DECK_POOL', messageOf(error), { httpStatus: 502, transient: true, cause: error });
    }
  }

  router.get('/api/pool', async (request, response) => {
    const [clusters, who] = await Promise.all([ask('clusters'), operator(request)]);
    neverCache(response);
    response.json({ ...(clusters as object), mayAct: who !== undefined });
  });

  router.post('/api/pool/:call', async (request, response) => {
    refuseOtherSites(request);
    sessions?.checkCsrf(request);
    const call = request.params['call'];
    const takes = Object.hasOwn(moves, call) ? moves[call] : undefined;
    if (takes === undefined) throw new ProwError('PROW_DECK_POOL', 'there is no such button', { httpStatus: 404 });
    const user = await operator(request);
    const login = sessions?.of(request)?.login;
    if (user === undefined && login === undefined && sessions !== undefined) throw new ProwError('PROW_DECK_SIGN_IN', "sign in to change the pool", { httpStatus: 401 });
    if (user === undefined) throw new ProwError('PROW_DECK_NOT_ALLOWED', `${login ?? 'nobody'} may not change the pool: --pool-github-user, --pool-github-org and --pool-github-team say who may`, { httpStatus: 403, details: { user: login } });
    const fields: Record<string, string> = { user };
    if (call !== 'createcluster') fields['cluster'] = requiredParameter(request, 'cluster');
    if (call === 'addcluster') fields['name'] = user;
    for (const name of takes) {
      const value = parameter(request, name);
      if (value !== undefined) fields[name] = value;
    }
    const answer = await ask(call, fields);
    log.info('pool changed', { call, cluster: fields['cluster'], user });
    neverCache(response);
    response.json(answer);
  });

  return router;
}
