import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction } from 'express';
import { durationFlag, integerFlag, stringFlag, type FlagValues } from '@prow/base-flags';
import { ProwError } from '@prow/base-errors';
import { newExpressApp, type AppDefinition } from '@prow/base-service';
import type { Clock } from '@prow/base-time';
import { authenticationFlags, authenticatorFrom, roleFlag } from '@prow/clients-authentication';
import { kubeClientsFrom, kubeFlags, type Informer } from '@prow/clients-kube';
import { openStorage } from '@prow/clients-storage';
import { ClusterPool, type Cleaner } from '@prow/engine-cluster-pool';
import { prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { Callers, roles } from './caller.ts';
import { creationsOf } from './creations.ts';
import { pageRoutes } from './page-routes.ts';
import { measureCalls, registerPoolMetrics } from './pool-metrics.ts';
import { poolCalls } from './pool-calls.ts';
import { answerProblem, notServed } from './problem.ts';
import { serveCalls } from './serve-calls.ts';
import { triggerJob, type TriggerOptions } from './trigger-job.ts';

const flags = {
  ...kubeFlags,
  ...authenticationFlags,
  roles: roleFlag(roles),
  namespace: stringFlag('namespace', { help: 'namespace of the ConfigMap that holds the pool', default: 'ci' }),
  configMap: stringFlag('config-map', { help: 'name of that ConfigMap', default: 'clusters' }),
  prowjobNamespace: stringFlag('prowjob-namespace', { help: "namespace of ProwJobs: a lease ends with its job; '' for none", default: 'default' }),
  leaseGraceMs: durationFlag('lease-grace', { help: 'how long after the end of its job a lease may still be returned by hand', default: '30s' }),
  historyBucket: stringFlag('history-bucket', { help: 'where the history of moves is kept: gs://, s3:// or file:/// and a path; not given: the last moves, as many as the ConfigMap has room for' }),
  historyGcsCredentialsFile: stringFlag('gcs-credentials-file', { help: 'credentials for a gs:// history' }),
  historyS3CredentialsFile: stringFlag('s3-credentials-file', { help: 'credentials for an s3:// history' }),
  historyDays: integerFlag('history-days', { help: 'days of history that are kept; older ones are deleted', default: 30, min: 1, max: 3650 }),
  deckUrl: stringFlag('deck-url', { help: "deck's address, for links to ProwJobs on the page" }),
  manualTriggerUrl: stringFlag('manual-trigger-url', { help: 'where manual-trigger answers, for createcluster and clean-ups', default: 'http://127.0.0.1:8080' }),
  manualTriggerTokenFile: stringFlag('manual-trigger-token-file', { help: 'file with the bearer token to send to it' }),
  createOrg: stringFlag('create-cluster-org', { help: 'organisation of the jobs that make and clean a cluster', default: 'tess' }),
  createRepo: stringFlag('create-cluster-repo', { help: 'their repository', default: 'tessops' }),
  createJob: stringFlag('create-cluster-job', { help: 'the postsubmit that makes a cluster', default: 'sddz-e2e-k8s-1.32' }),
  cleanJob: stringFlag('clean-cluster-job', { help: 'the postsubmit that checks and cleans the cluster $CLUSTER before it is vacant again (manual-trigger needs --allowed-env=CLUSTER); not given: returned clusters are vacant at once' }),
  cleanBranch: stringFlag('clean-cluster-branch', { help: 'the branch that job runs on', default: 'master' }),
  cleanTimeoutMs: durationFlag('clean-cluster-timeout', { help: 'a clean-up that takes longer has failed, and the cluster is disabled', default: '1h' }),
} as const;

export const cimasterApp: AppDefinition<typeof flags> = {
  name: 'cimaster',
  summary: 'Leases test clusters of a pool: exactly one cluster to a job, never two jobs on one.',
  examples: [
    'prow run cimaster --kubeconfig=kubeconfig',
    'prow run cimaster --address=0.0.0.0 --kubernetes-tokens --role=lease=group:system:serviceaccounts:test-pods --token-file=/etc/tokens --role=admin=group:sre --history-bucket=gs://ci/pool',
    'CLUSTER=$(curl -fs "http://127.0.0.1:8080/getvacant?build=$BUILD_ID&job=$JOB_NAME")',
  ],
  flags,
  defaultPort: 8080,
  // Each that waits has one.
  maxConnections: 60_000,
  start: async (settings, { log, clock, metrics, listenOn }) => {
    const kube = await kubeClientsFrom(settings, { log, clock });
    const callers = new Callers(await authenticatorFrom(settings, { address: listenOn.address, kube: kube.main, log, clock, metrics }), settings.roles);
    const prowJobs = settings.prowjobNamespace === '' ? undefined : kube.main.informer<ProwJob>(prowJobResource, { namespace: settings.prowjobNamespace });
    const trigger = triggerOptions(settings, clock);
    const cleaner = cleanerOf(settings, trigger, prowJobs);
    const pool = new ClusterPool({
      kube: kube.main, namespace: settings.namespace, name: settings.configMap, prowJobs, prowJobNamespace: settings.prowjobNamespace, leaseGraceMs: settings.leaseGraceMs, clock, log,
      ...(cleaner === undefined ? {} : { cleaner }),
      ...(settings.historyBucket === undefined ? {} : { history: { storage: await openHistory(settings, settings.historyBucket), folder: 'cimaster/moves', keptDays: settings.historyDays } }),
    });
    prowJobs?.start();
    await pool.start();
    registerPoolMetrics(metrics, pool);
    const prowJobUrl = (prowjob: string): string | undefined => prowJobs?.get(settings.prowjobNamespace, prowjob)?.status.url ?? (settings.deckUrl === undefined ? undefined : `${settings.deckUrl.replace(/\/+$/, '')}/prowjob?prowjob=${encodeURIComponent(prowjob)}`);
    const createCluster = async ({ user, branch, key }: { user: string; branch: string; key: string }) => {
      await pool.mustHaveRoom();
      const made = await triggerJob(trigger, { job: settings.createJob, branch, user, key });
      // A ProwJob that is new has no page of its own yet.
      return { ...made, url: made.url === '' ? (prowJobUrl(made.name) ?? '') : made.url };
    };
    const app = newExpressApp({ log, bodyLimit: '64kb' });
    app.get('/readyz', (_request, response) => void response.status(pool.isReady() ? 200 : 503).type('text/plain').send(pool.isReady() ? 'OK\n' : 'not ready\n'));
    app.use(pageRoutes({ pool, callers, createCluster, creations: prowJobs === undefined ? undefined : () => creationsOf(prowJobs, settings.createJob, clock.now()), prowJobUrl, now: () => clock.now() }));
    app.use((request, response, next) => (/^\/(healthz|metrics)(\/|$)/.test(request.path) ? next() : notServed(request, response, next)));
    app.use(answerProblem(log));
    // An express app takes `next` as well, and asks it for what it does not serve; its type does not say so.
    const pages = app as unknown as (request: IncomingMessage, response: ServerResponse, next: NextFunction | undefined) => void;
    const serve = serveCalls({ calls: poolCalls({ pool, callers, createCluster }), callers, onDone: measureCalls(metrics), log });
    return {
      handler: (request: IncomingMessage, response: ServerResponse, next?: NextFunction) => {
        if (!serve(request, response)) pages(request, response, next);
      },
      isReady: () => pool.isReady(),
      // Those who wait would hold up the end.
      beginStop: () => void pool.stopWaiting(),
      stop: async () => {
        await pool.stop();
        await prowJobs?.stop();
        await kube.close();
      },
    };
  },
};

type Settings = FlagValues<typeof flags>;

function triggerOptions(settings: Settings, clock: Clock): TriggerOptions {
  const { manualTriggerUrl, manualTriggerTokenFile, createOrg, createRepo } = settings;
  return {
    url: manualTriggerUrl.replace(/\/+$/, ''),
    token: () => (manualTriggerTokenFile === undefined ? undefined : readFileSync(manualTriggerTokenFile, 'utf8').trim()),
    org: createOrg,
    repo: createRepo,
    clock,
  };
}

function cleanerOf({ cleanJob, cleanBranch, cleanTimeoutMs }: Settings, trigger: TriggerOptions, prowJobs: Informer<ProwJob> | undefined): Cleaner | undefined {
  if (cleanJob === undefined || cleanJob === '') return undefined;
  if (prowJobs === undefined) throw new ProwError('PROW_CIMASTER_FLAGS', '--clean-cluster-job needs --prowjob-namespace: the end of a clean-up is the end of its ProwJob');
  return {
    timeoutMs: cleanTimeoutMs,
    start: async ({ name, since }) => {
      const job = await triggerJob(trigger, { job: cleanJob, branch: cleanBranch, user: 'cimaster', env: { CLUSTER: name }, key: `cimaster-clean-${name}-${since}`, attempts: 1 });
      return { prowjob: job.name, url: job.url };
    },
  };
}

function openHistory(settings: Settings, bucket: string): ReturnType<typeof openStorage> {
  const { historyGcsCredentialsFile: gcsCredentialsFile, historyS3CredentialsFile: s3CredentialsFile } = settings;
  return openStorage({ bucket, ...(gcsCredentialsFile === undefined ? {} : { gcsCredentialsFile }), ...(s3CredentialsFile === undefined ? {} : { s3CredentialsFile }) });
}
