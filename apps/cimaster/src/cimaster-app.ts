import { readFileSync } from 'node:fs';
import { durationFlag, stringFlag } from '@prow/base-flags';
import { newExpressApp, type AppDefinition } from '@prow/base-service';
import { kubeClientsFrom, kubeFlags } from '@prow/clients-kube';
import { ClusterPool } from '@prow/engine-cluster-pool';
import { prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { createCluster } from './create-cluster.ts';
import { poolPage } from './pool-page.ts';
import { poolRoutes } from './pool-routes.ts';

const flags = {
  ...kubeFlags,
  namespace: stringFlag('namespace', { help: 'namespace of the ConfigMap that holds the pool', default: 'ci' }),
  configMap: stringFlag('config-map', { help: 'name of that ConfigMap', default: 'clusters' }),
  prowjobNamespace: stringFlag('prowjob-namespace', { help: "namespace of ProwJobs: a lease ends with its job; '' for none", default: 'default' }),
  leaseGraceMs: durationFlag('lease-grace', { help: 'how long after the end of its job a lease may still be returned by hand', default: '30s' }),
  manualTriggerUrl: stringFlag('manual-trigger-url', { help: 'where manual-trigger answers, for createcluster', default: 'http://127.0.0.1:8080' }),
  manualTriggerTokenFile: stringFlag('manual-trigger-token-file', { help: 'file with the bearer token to send to it' }),
  createOrg: stringFlag('create-cluster-org', { help: 'organisation of the job that makes a cluster', default: 'tess' }),
  createRepo: stringFlag('create-cluster-repo', { help: 'its repository', default: 'tessops' }),
  createJob: stringFlag('create-cluster-job', { help: 'its name: a postsubmit', default: 'sddz-e2e-k8s-1.32' }),
} as const;

export const cimasterApp: AppDefinition<typeof flags> = {
  name: 'cimaster',
  summary: 'Leases test clusters of a pool: exactly one cluster to a job, never two jobs on one.',
  examples: ['prow run cimaster --kubeconfig=kubeconfig', 'CLUSTER=$(curl -fs "http://127.0.0.1:8080/getvacant?build=$BUILD_ID&job=$JOB_NAME")'],
  flags,
  defaultPort: 8080,
  start: async (settings, { log, clock }) => {
    const kube = await kubeClientsFrom(settings, { log, clock });
    const prowJobs = settings.prowjobNamespace === '' ? undefined : kube.main.informer<ProwJob>(prowJobResource, { namespace: settings.prowjobNamespace });
    const pool = new ClusterPool({ kube: kube.main, namespace: settings.namespace, name: settings.configMap, prowJobs, leaseGraceMs: settings.leaseGraceMs, clock, log });
    prowJobs?.start();
    await pool.start();
    const app = newExpressApp({ log, bodyLimit: '64kb' });
    const triggerSettings = {
      url: settings.manualTriggerUrl.replace(/\/+$/, ''),
      token: () => (settings.manualTriggerTokenFile === undefined ? undefined : readFileSync(settings.manualTriggerTokenFile, 'utf8').trim()),
      org: settings.createOrg,
      repo: settings.createRepo,
      job: settings.createJob,
      clock,
    };
    app.use(poolRoutes({ pool, createCluster: (request) => createCluster(triggerSettings, request) }));
    app.get('/', async (_request, response) => {
      response.set({ 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'", 'Cache-Control': 'no-store' }).type('html').send(poolPage(await pool.read(), { waiting: pool.waiting, nowMs: clock.now() }));
    });
    return {
      handler: app,
      isReady: () => pool.isReady(),
      stop: async () => {
        await pool.stop();
        await prowJobs?.stop();
        await kube.close();
      },
    };
  },
};
