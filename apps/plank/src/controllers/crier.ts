import { indexByReportKey, ReportController, ReportMetrics } from '@prow/engine-report';
import type { Controller, Parts } from '../parts.ts';
import { reportersFrom } from './reporters.ts';

export async function crierController(parts: Parts): Promise<Controller> {
  const { settings, config, prowJobs, prowJobApi, deletedJobs, clock, log: parentLog, metrics, tracing } = parts;
  const log = parentLog.child({ controller: 'crier' });
  const reporters = await reportersFrom(parts);
  for (const { reporter } of reporters) indexByReportKey(prowJobs, reporter);
  const reportMetrics = new ReportMetrics(metrics);
  return {
    name: 'crier',
    leaseName: 'prow-crier-leader-lock',
    lead: (mayWrite) => {
      const mayTell = (): boolean => settings.dryRun || mayWrite();
      const controllers = reporters.map(
        ({ reporter, workers }) => new ReportController({ reporter, prowJobs, prowJobApi: () => prowJobApi, workers, isDryRun: settings.dryRun, mayWrite: mayTell, clock, log, metrics: reportMetrics, tracing }),
      );
      for (const controller of controllers) controller.start();
      deletedJobs?.start(mayTell);
      const unsubscribe = config.subscribe(() => {
        for (const controller of controllers) controller.resync();
      });
      return Promise.resolve(async () => {
        unsubscribe();
        await Promise.all([...controllers.map((controller) => controller.stop()), deletedJobs?.stop()]);
      });
    },
  };
}
