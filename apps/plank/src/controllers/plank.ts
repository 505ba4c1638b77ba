import { parseTemplate } from '@prow/base-template';
import { JobExporter, PlankController, PlankMetrics, recordJobSpans, SnowflakeBuildIds, TotBuildIds, withTraceEnvironment } from '@prow/engine-plank';
import { jobUrl } from '@prow/model-artifact-layout';
import { makePod } from '@prow/model-pod-spec';
import { clusterAlias, isComplete, prowJobForTemplate, type ProwJob } from '@prow/model-prowjob';
import { writeClusterStatus } from '../cluster-status-file.ts';
import type { Controller, Parts } from '../parts.ts';

/** A cluster that has not answered by then is counted as away until it does. */
const settleMs = 3000;

export function plankController(parts: Parts): Controller {
  const { settings, config, clusters, prowJobs, prowJobApi, clock, log, metrics, tracing } = parts;
  const section = (): ReturnType<typeof config.current>['config']['plank'] => config.current().config.plank;
  const buildIds = settings.totUrl === undefined || settings.totUrl === '' ? new SnowflakeBuildIds({ clock }) : new TotBuildIds({ url: settings.totUrl, clock });
  let leading: PlankController | undefined;
  const plankMetrics = new PlankMetrics(metrics, {
    prowJobs: () => prowJobs.list(),
    waiting: () => leading?.waitingCount ?? 0,
    clusters: () => clusters.list().map((cluster) => [cluster.alias, cluster.view().kind === 'ready'] as const),
  });
  const exporter = new JobExporter(metrics, () => prowJobs.list());
  prowJobs.addHandler({
    onUpdate: (previous, current) => {
      exporter.countTransition(previous, current);
      plankMetrics.countTransition(previous, current, clock.now());
      const isOver = isComplete(current) && !isComplete(previous);
      // One replica tells of it.
      if (isOver && leading !== undefined) recordJobSpans(tracing, current, clusters.find(clusterAlias(current))?.cachedPod(current.metadata.name ?? ''));
    },
  });
  const urlOf = (prowJob: ProwJob): string =>
    jobUrl(section(), prowJob, () => {
      const template = section().job_url_template ?? '';
      return template === '' ? '' : parseTemplate(template, { name: 'JobURL' }).execute(prowJobForTemplate(prowJob));
    });
  return {
    name: 'plank',
    leaseName: 'prow-controller-manager-leader-lock',
    lead: async (mayWrite) => {
      await clusters.settled(settleMs);
      const plank = new PlankController({
        prowJobs,
        prowJobApi,
        clusters,
        buildIds,
        settings: section,
        makePod: (prowJob, buildId) => withTraceEnvironment(makePod(prowJob, buildId), prowJob),
        urlOf,
        mayWrite,
        concurrency: settings.concurrency,
        clock,
        log: log.child({ controller: 'plank' }),
        metrics: plankMetrics,
      });
      leading = plank;
      plank.start();
      const unsubscribe = config.subscribe(() => plank.resync());
      const stopStatusFile = writeClusterStatus(parts, mayWrite);
      return async () => {
        unsubscribe();
        stopStatusFile();
        leading = undefined;
        await plank.stop();
      };
    },
  };
}
