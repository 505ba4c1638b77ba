import express from 'express';
import { newExpressApp, refuseDuplicateFields, type AppDefinition } from '@prow/base-service';
import { authenticate, authenticatorFrom, RoleBindings } from '@prow/clients-authentication';
import { configSourceFrom, inRepoConfig } from '@prow/clients-config-source';
import { gitClientFrom } from '@prow/clients-git';
import { githubClientFrom, githubTokensFrom, githubWebUrlFrom, prometheusMetrics } from '@prow/clients-github';
import { kubeClientsFrom } from '@prow/clients-kube';
import { ManualTrigger } from '@prow/engine-manual-trigger';
import { isInRepoConfigEnabled, postsubmitsFor, presubmitsFor } from '@prow/model-config';
import { prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { audit } from './audit.ts';
import { answerAsGrpc, executionRoutes } from './execution-routes.ts';
import { defaultRoles, flags, roles } from './flags.ts';
import { Gate } from './gate.ts';
import { tellTrouble, triggerRoutes } from './trigger-routes.ts';

export const manualTriggerApp: AppDefinition<typeof flags> = {
  name: 'manual-trigger',
  summary: 'Starts a configured job by one HTTP request; speaks gangway\'s /v1/executions, too.',
  examples: [
    'prow run manual-trigger --config-path=configs/config.yaml --job-config-path=configs/jobs --job-config-path=configs/config.presets.yaml --kubeconfig=kubeconfig',
    `curl -d '{"org":"tess","repo":"tessops","base_ref":"master","prowtype":"postsubmit","prowjob":"sddz-e2e-k8s-1.32","user":"john"}' http://127.0.0.1:8080/manual-trigger`,
    'prow run manual-trigger --address=0.0.0.0 --kubernetes-tokens --token-file=tokens --role=trigger=user:system:serviceaccount:ci:cimaster --role=read=*',
  ],
  flags,
  defaultPort: 8080,
  start: async (settings, { log, clock, metrics, listenOn }) => {
    const config = await configSourceFrom(settings, { log, clock, metrics });
    const github = githubClientFrom(settings, { log, clock, metrics: prometheusMetrics(metrics) });
    const git = gitClientFrom(settings, { log, webUrl: githubWebUrlFrom(settings), credentials: githubTokensFrom(settings, clock), dryRun: settings.dryRun });
    const kube = await kubeClientsFrom(settings, { log, clock });
    const close = async (): Promise<void> => {
      await Promise.all([config.close(), github.close(), git.close(), kube.close()]);
    };
    try {
      const authenticator = await authenticatorFrom(settings, { address: listenOn.address, kube: kube.main, log, clock, metrics });
      const bindings = settings.roles.length === 0 ? defaultRoles : settings.roles;
      const gate = new Gate({ authenticator, roles: new RoleBindings({ roles, bindings, implies: { trigger: ['abort', 'read'], abort: ['read'] } }), config: () => config.current().config, github });
      const prowJobs = kube.main.resource<ProwJob>(prowJobResource, config.current().config.prowjob_namespace);
      const inRepo = inRepoConfig({ git });
      const trigger = new ManualTrigger({
        github,
        git,
        webUrl: githubWebUrlFrom(settings),
        prowJobs,
        namespace: () => config.current().config.prowjob_namespace,
        isSchedulerEnabled: () => config.current().config.scheduler?.enabled === true,
        jobsOf: ({ org, repo }) => {
          const now = config.current().config;
          return { presubmits: presubmitsFor(now, `${org}/${repo}`), postsubmits: postsubmitsFor(now, `${org}/${repo}`), periodics: now.periodics };
        },
        ownJobsOf: ({ org, repo, base_ref: branch, base_sha: baseSha = '', pulls = [] }) => {
          const snapshot = config.current();
          if (!isInRepoConfigEnabled(snapshot.config, org, repo)) return undefined;
          return async () => ({ ...(await inRepo.jobsFor(snapshot, { org, repo, baseSha, headShas: pulls.map(({ sha }) => sha), refs: [`refs/heads/${branch ?? ''}`, ...pulls.map(({ number }) => `refs/pull/${number}/head`)] })), periodics: snapshot.config.periodics });
        },
        allowed: { env: settings.allowedEnv, labels: settings.allowedLabels, annotations: settings.allowedAnnotations },
        clock,
        log,
      });
      const app = newExpressApp({ log });
      // Whatever the type says: curl's -d calls JSON a form, and there are no forms here.
      const asJson = express.json({ limit: '1mb', type: () => true, verify: refuseDuplicateFields });
      app.use(['/manual-trigger', '/v1'], audit(log));
      app.use('/manual-trigger', authenticate(authenticator), asJson, triggerRoutes({ trigger, gate, prowJobs }), tellTrouble);
      app.use('/v1', authenticate(authenticator), asJson, executionRoutes({ trigger, gate, prowJobs, log }), tellTrouble, answerAsGrpc(log));
      return { handler: app, stop: close };
    } catch (error) {
      await close();
      throw error;
    }
  },
};
