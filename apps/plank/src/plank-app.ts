import { nearestNames, ProwError } from '@prow/base-errors';
import { newExpressApp, type AppDefinition } from '@prow/base-service';
import { configSourceFrom } from '@prow/clients-config-source';
import { githubClientFrom, prometheusMetrics } from '@prow/clients-github';
import { KubeBuildClusters, slimCached } from '@prow/engine-plank';
import { prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { ClusterWatcher } from './cluster-watcher.ts';
import { crierController } from './controllers/crier.ts';
import { horologiumController } from './controllers/horologium.ts';
import { plankController } from './controllers/plank.ts';
import { deletedJobsFrom } from './controllers/reporters.ts';
import { schedulerController } from './controllers/scheduler.ts';
import { sinkerController } from './controllers/sinker.ts';
import { statusReconcilerController } from './controllers/status-reconciler.ts';
import { controllerNames, flags, type ControllerName, type PlankSettings } from './flags.ts';
import { lead } from './lead.ts';
import type { Controller, Parts } from './parts.ts';

const makers: Record<ControllerName, (parts: Parts) => Controller | Promise<Controller>> = {
  plank: plankController,
  crier: crierController,
  horologium: horologiumController,
  sinker: sinkerController,
  scheduler: schedulerController,
  'status-reconciler': statusReconcilerController,
};

export const plankApp: AppDefinition<typeof flags> = {
  name: 'plank',
  summary: 'Turns ProwJobs into pods and their results (plank), reports them (crier), starts periodic jobs (horologium) and cleans up (sinker).',
  examples: [
    'prow run plank --config-path=configs/config.yaml --job-config-path=configs/jobs --kubeconfig=kubeconfig --github-token-path=token',
    'prow run plank --controllers=crier --config-path=configs/config.yaml --kubeconfig=kubeconfig --github-token-path=token',
  ],
  flags,
  defaultPort: 8080,
  start: async (settings, { log, clock, metrics, tracing }) => {
    const wanted = wantedControllers(settings);
    const config = await configSourceFrom(settings, { log, clock, metrics });
    const watcher = new ClusterWatcher({ settings, disabled: () => config.current().config.disabled_clusters ?? [], clock, log });
    const main = await watcher.open();
    const github = githubClientFrom(settings, { log, clock, metrics: prometheusMetrics(metrics) });
    const { prowjob_namespace: namespace, pod_namespace: podNamespace } = config.current().config;
    const prowJobs = main.informer<ProwJob>(prowJobResource, { namespace, transform: slimCached });
    const clusters = new KubeBuildClusters({ source: watcher, podNamespace, labelSelector: settings.labelSelector, clock, log });
    const parts: Parts = {
      settings, config, main, clusters, buildClients: () => watcher.current(), github, prowJobs, prowJobApi: main.resource<ProwJob>(prowJobResource, namespace), namespace, clock, log, metrics, tracing,
    };
    const deletedJobs = wanted.includes('crier') ? deletedJobsFrom(parts) : undefined;
    if (deletedJobs !== undefined) parts.deletedJobs = deletedJobs;
    const controllers = await Promise.all(wanted.map(async (name) => await makers[name](parts)));
    config.subscribe(() => watcher.announce());
    prowJobs.start();
    if (wanted.includes('plank')) clusters.start();
    await prowJobs.synced();
    const leadings = controllers.map((controller) => lead(controller, parts));
    const app = newExpressApp({ log });
    app.get('/', (_request, response) => {
      response.json({
        controllers: controllers.map((controller, index) => ({ name: controller.name, isLeading: leadings[index]?.isLeading() === true })),
        clusters: clusters.list().map((cluster) => ({ alias: cluster.alias, ...cluster.view() })),
        prowJobs: prowJobs.list().length,
      });
    });
    return {
      handler: app,
      isReady: () => prowJobs.isSynced(),
      stop: async () => {
        await Promise.all(leadings.map((leading) => leading.stop()));
        await Promise.all([clusters.stop(), prowJobs.stop()]);
        await Promise.all([watcher.close(), config.close(), github.close()]);
      },
    };
  },
};

function wantedControllers(settings: PlankSettings): ControllerName[] {
  const known: readonly string[] = controllerNames;
  const wanted = [...new Set([...settings.controllers, ...settings.enableControllers])].filter((name) => name !== '');
  for (const name of wanted) {
    if (known.includes(name)) continue;
    const near = nearestNames(name, known);
    throw new ProwError('PROW_PLANK_CONTROLLER', `--controllers: no controller is called ${JSON.stringify(name)}${near.length === 0 ? '' : `, did you mean ${near.join(' or ')}?`}; there are ${known.join(', ')}`);
  }
  return controllerNames.filter((name) => wanted.includes(name));
}
