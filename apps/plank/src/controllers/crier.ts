import { readFile } from 'node:fs/promises';
import { messageOf } from '@prow/base-errors';
import { parseTemplate } from '@prow/base-template';
import { openStorage } from '@prow/clients-storage';
import {
  GitHubReporter, indexByReportKey, PubsubReporter, ReportController, reportIndex, ReportMetrics, SlackReporter, StorageReporter, type Reporter,
} from '@prow/engine-report';
import { isSlim } from '@prow/engine-plank';
import { reportTemplateFor, slackReporterFor } from '@prow/model-config';
import { prowJobForTemplate, type ProwJob } from '@prow/model-prowjob';
import type { Controller, Parts } from '../parts.ts';

export async function crierController(parts: Parts): Promise<Controller> {
  const { settings, config, prowJobs, prowJobApi, clock, log: parentLog, metrics } = parts;
  const log = parentLog.child({ controller: 'crier' });
  const reporters = await reportersFrom(parts);
  for (const { reporter } of reporters) indexByReportKey(prowJobs, reporter);
  const reportMetrics = new ReportMetrics(metrics);
  return {
    name: 'crier',
    leaseName: 'prow-crier-leader-lock',
    lead: () => {
      const controllers = reporters.map(
        ({ reporter, workers }) => new ReportController({ reporter, prowJobs, prowJobApi: () => prowJobApi, workers, isDryRun: settings.dryRun, clock, log, metrics: reportMetrics }),
      );
      for (const controller of controllers) controller.start();
      const unsubscribe = config.subscribe(() => {
        for (const controller of controllers) controller.resync();
      });
      return Promise.resolve(async () => {
        unsubscribe();
        await Promise.all(controllers.map((controller) => controller.stop()));
      });
    },
  };
}

async function reportersFrom(parts: Parts): Promise<{ reporter: Reporter; workers: number }[]> {
  const { settings } = parts;
  const all: { reporter: Reporter; workers: number }[] = [
    { reporter: githubReporter(parts), workers: settings.githubWorkers },
    { reporter: storageReporter(parts), workers: settings.storageWorkers },
  ];
  if (settings.slackWorkers > 0) all.push({ reporter: await slackReporter(parts), workers: settings.slackWorkers });
  if (settings.pubsubWorkers > 0) all.push({ reporter: pubsubReporter(parts), workers: settings.pubsubWorkers });
  return all.filter(({ workers }) => workers > 0);
}

function githubReporter({ settings, config, github, prowJobs, log }: Parts): Reporter {
  const templateText = (prowJob: ProwJob): string | undefined => {
    const { refs } = prowJob.spec;
    const template = refs === undefined ? undefined : reportTemplateFor(config.current().config.plank, refs.org, refs.repo);
    if (template === undefined) return undefined;
    try {
      return executeTemplate(template, prowJob);
    } catch (error) {
      // A template that fails on a job must not keep people from hearing of it.
      log.error('report template can not be executed', { prowjob: prowJob.metadata.name, cause: messageOf(error) });
      return undefined;
    }
  };
  const reporter = new GitHubReporter({
    github,
    settings: () => {
      const section = config.current().config.github_reporter;
      return {
        jobTypesToReport: section.job_types_to_report,
        noCommentRepos: section.no_comment_repos ?? [],
        summaryCommentRepos: section.summary_comment_repos ?? [],
        reportAgent: settings.reportAgent,
        templateText,
      };
    },
    jobsWithKey: (key) => prowJobs.byIndex(reportIndex(reporter), key),
    log,
  });
  return reporter;
}

function storageReporter({ settings, prowJobApi, log }: Parts): Reporter {
  const { gcsCredentialsFile, s3CredentialsFile } = settings;
  const opened = new Map<string, ReturnType<typeof openStorage>>();
  return new StorageReporter({
    destinationOf: (prowJob) => prowJob.spec.decoration_config?.gcs_configuration,
    openStorage: (bucket) => {
      const known = opened.get(bucket);
      if (known !== undefined) return known;
      const storage = openStorage({ bucket, ...(gcsCredentialsFile === undefined ? {} : { gcsCredentialsFile }), ...(s3CredentialsFile === undefined ? {} : { s3CredentialsFile }) });
      opened.set(bucket, storage);
      storage.catch((error: unknown) => {
        opened.delete(bucket);
        log.warn('artifact storage can not be opened', { bucket, cause: messageOf(error) });
      });
      return storage;
    },
    wholeJob: (prowJob) => (isSlim(prowJob) ? prowJobApi.find(prowJob.metadata.name ?? '') : Promise.resolve(prowJob)),
    isDryRun: settings.dryRun,
  });
}

async function slackReporter({ settings, config, log }: Parts): Promise<Reporter> {
  const tokens = new Map<string, string>();
  if (settings.slackTokenFile !== undefined) tokens.set('*', (await readFile(settings.slackTokenFile, 'utf8')).trim());
  for (const pair of settings.slackTokenFiles) {
    const [host = '', path = ''] = pair.split('=', 2);
    tokens.set(host, (await readFile(path, 'utf8')).trim());
  }
  return new SlackReporter({
    settingsFor: (prowJob) => slackReporterFor(config.current().config.slack_reporter_configs, prowJob.spec.refs ?? prowJob.spec.extra_refs?.[0]),
    tokens,
    executeTemplate,
    endpoint: settings.slackEndpoint,
    isDryRun: settings.dryRun,
    log,
  });
}

function pubsubReporter({ settings }: Parts): Reporter {
  const { pubsubEndpoint, pubsubTokenFile } = settings;
  return new PubsubReporter({
    endpoint: pubsubEndpoint,
    ...(pubsubTokenFile === undefined ? {} : { authorization: async () => `Bearer ${(await readFile(pubsubTokenFile, 'utf8')).trim()}` }),
  });
}

function executeTemplate(template: string, prowJob: ProwJob): string {
  return parseTemplate(template, { name: 'report' }).execute(prowJobForTemplate(prowJob));
}
