import { ProwError } from '@prow/base-errors';
import { stringFlag } from '@prow/base-flags';
import { newExpressApp, type AppDefinition } from '@prow/base-service';
import { configFlags, configSourceFrom } from '@prow/clients-config-source';
import { githubClientFrom, githubFlags, githubWebUrlFrom, prometheusMetrics } from '@prow/clients-github';
import { kubeClientsFrom, kubeFlags } from '@prow/clients-kube';
import { ManualTrigger, parseRequest, requestSchema } from '@prow/engine-manual-trigger';
import { postsubmitsFor, presubmitsFor } from '@prow/model-config';
import { prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { requireToken } from './require-token.ts';

const flags = {
  ...configFlags,
  ...kubeFlags,
  ...githubFlags,
  tokenFile: stringFlag('token-file', { help: 'file with the bearer token that callers must send; without it, callers need none and only loopback addresses are served' }),
} as const;

export const manualTriggerApp: AppDefinition<typeof flags> = {
  name: 'manual-trigger',
  summary: 'Starts a configured job by one HTTP request.',
  examples: [
    'prow run manual-trigger --config-path=configs/config.yaml --job-config-path=configs/jobs --kubeconfig=kubeconfig',
    `curl -d '{"org":"tess","repo":"tessops","base_ref":"master","prowtype":"postsubmit","prowjob":"sddz-e2e-k8s-1.32","user":"john"}' http://127.0.0.1:8080/manual-trigger`,
  ],
  flags,
  defaultPort: 8080,
  start: async (settings, { log, clock, metrics, listenOn }) => {
    const config = await configSourceFrom(settings, { log, clock, metrics });
    const github = githubClientFrom(settings, { log, clock, metrics: prometheusMetrics(metrics) });
    const kube = await kubeClientsFrom(settings, { log, clock });
    const prowJobs = kube.main.resource<ProwJob>(prowJobResource, config.current().config.prowjob_namespace);
    const trigger = new ManualTrigger({
      github,
      webUrl: githubWebUrlFrom(settings),
      prowJobs,
      namespace: () => config.current().config.prowjob_namespace,
      isSchedulerEnabled: () => config.current().config.scheduler?.enabled === true,
      jobsOf: ({ org, repo }) => {
        const now = config.current().config;
        return Promise.resolve({ presubmits: presubmitsFor(now, `${org}/${repo}`), postsubmits: postsubmitsFor(now, `${org}/${repo}`), periodics: now.periodics });
      },
      clock,
      log,
    });
    const app = newExpressApp({ log, bodyLimit: '64kb' });
    app.get('/manual-trigger/schema', (_request, response) => {
      response.json(requestSchema);
    });
    app.use('/manual-trigger', requireToken({ tokenFile: settings.tokenFile, address: listenOn.address }));
    app.post('/manual-trigger', async (request, response) => {
      const { prowJob, created } = await trigger.trigger(parseRequest(request.body), idempotencyKey(request.get('idempotency-key')));
      const name = prowJob.metadata.name ?? '';
      response.status(created ? 201 : 200).json({ name, status: prowJob.status.state, url: prowJob.status.url ?? '', links: { self: `/manual-trigger?prowjob=${name}`, prowjob: `/prowjob?prowjob=${name}` }, prowjob: prowJob });
    });
    app.get('/manual-trigger', async (request, response) => {
      const found = await prowJobs.find(nameOf(request.query['prowjob']));
      if (found === undefined) throw new ProwError('PROW_MANUAL_TRIGGER_UNKNOWN', 'there is no such ProwJob', { httpStatus: 404 });
      response.json({ name: found.metadata.name, status: found.status.state, description: found.status.description ?? '', url: found.status.url ?? '', prowjob: found });
    });
    app.delete('/manual-trigger', async (request, response) => {
      const name = nameOf(request.query['prowjob']);
      const found = await prowJobs.find(name);
      if (found === undefined) throw new ProwError('PROW_MANUAL_TRIGGER_UNKNOWN', 'there is no such ProwJob', { httpStatus: 404 });
      if (found.status.completionTime !== undefined) throw new ProwError('PROW_MANUAL_TRIGGER_OVER', `the job has ended: ${found.status.state ?? ''}`, { httpStatus: 409 });
      await prowJobs.patch(name, { type: 'merge', body: { status: { state: 'aborted', description: 'Aborted by manual-trigger.' } } }, found.metadata.resourceVersion === undefined ? {} : { resourceVersion: found.metadata.resourceVersion });
      response.status(202).json({ name, status: 'aborted' });
    });
    return {
      handler: app,
      stop: async () => {
        await Promise.all([config.close(), github.close(), kube.close()]);
      },
    };
  },
};

function nameOf(value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9][a-z0-9.-]{0,252}$/.test(value)) return value;
  throw new ProwError('PROW_MANUAL_TRIGGER_REQUEST', 'parameter prowjob: expected the name of a ProwJob', { httpStatus: 400, details: { field: 'prowjob' } });
}

function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (header.length === 0 || header.length > 200) throw new ProwError('PROW_MANUAL_TRIGGER_REQUEST', 'Idempotency-Key: expected 1 to 200 characters', { httpStatus: 400, details: { field: 'Idempotency-Key' } });
  return header;
}
