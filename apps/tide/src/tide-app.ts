import { newExpressApp, type AppDefinition } from '@prow/base-service';
import { configSourceFrom, inRepoConfig } from '@prow/clients-config-source';
import { gitClientFrom } from '@prow/clients-git';
import { githubClientFrom, githubTokensFrom, githubWebUrlFrom, prometheusMetrics } from '@prow/clients-github';
import { kubeClientsFrom } from '@prow/clients-kube';
import { TideController } from '@prow/engine-tide';
import { isInRepoConfigEnabled, presubmitsFor } from '@prow/model-config';
import { isComplete, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { flags } from './flags.ts';

/** upstream: cmd/tide/main.go */
export const tideApp: AppDefinition<typeof flags> = {
  name: 'tide',
  summary: 'Tests pull requests that meet a query against the newest base, alone or in batches, and merges them.',
  examples: ['prow run tide --config-path=configs/config.yaml --job-config-path=configs/jobs --github-token-path=token --kubeconfig=kubeconfig'],
  flags,
  defaultPort: 8888,
  start: async (settings, { log, clock, metrics }) => {
    const config = await configSourceFrom(settings, { log, clock, metrics });
    const github = githubClientFrom(settings, { log, clock, metrics: prometheusMetrics(metrics) });
    const git = gitClientFrom(settings, { log, webUrl: githubWebUrlFrom(settings), credentials: githubTokensFrom(settings, clock), dryRun: settings.dryRun });
    const kube = await kubeClientsFrom(settings, { log, clock });
    const namespace = config.current().config.prowjob_namespace;
    const informer = kube.main.informer<ProwJob>(prowJobResource, { namespace });
    informer.start();
    await informer.synced();
    const inRepo = inRepoConfig({ git });
    const tide = new TideController({
      config,
      github: github.withPriority('urgent'),
      git,
      prowJobs: kube.main.resource<ProwJob>(prowJobResource, namespace),
      informer,
      presubmitsOf: async ({ org, repo, branch, baseSha }) => {
        const snapshot = config.current();
        if (!isInRepoConfigEnabled(snapshot.config, org, repo)) return presubmitsFor(snapshot.config, `${org}/${repo}`);
        return (await inRepo.jobsFor(snapshot, { org, repo, baseSha, headShas: [], refs: [`refs/heads/${branch}`] })).presubmits;
      },
      clock,
      log,
      maxRecordsPerPool: settings.maxRecordsPerPool,
      isDryRun: settings.dryRun,
    });
    informer.addHandler({
      onUpdate: (before, after) => {
        if (!isComplete(before) && isComplete(after) && (after.spec.type === 'presubmit' || after.spec.type === 'batch')) tide.hurry();
      },
    });
    tide.start();
    const app = newExpressApp({ log });
    app.get('/', (_request, response) => {
      response.json(tide.pools());
    });
    app.get('/history', (_request, response) => {
      response.json(tide.history());
    });
    return {
      handler: app,
      isReady: () => tide.isReady(),
      stop: async () => {
        await tide.stop();
        await informer.stop();
        await Promise.all([config.close(), github.close(), git.close(), kube.close()]);
      },
    };
  },
};
