// crier's reporters, as the flags ask for them.
import { readFile } from 'node:fs/promises';
import { messageOf, ProwError } from '@prow/base-errors';
import { parseTemplate } from '@prow/base-template';
import { openStorage, type Storage } from '@prow/clients-storage';
import {
  CheckRunReporter, DeletedJobs, failingTests, GitHubReporter, PodInfoReporter, PubsubReporter, reportIndex, SlackReporter,
  StorageReporter, type FailingTest, type Reporter,
} from '@prow/engine-report';
import { artifactsFolder, basePath } from '@prow/model-artifact-layout';
import { isSlim } from '@prow/engine-plank';
import { artifactBuckets, reportTemplateFor, slackReporterFor } from '@prow/model-config';
import { prowJobForTemplate, type GcsConfiguration, type ProwJob } from '@prow/model-prowjob';
import type { Parts } from '../parts.ts';

export async function reportersFrom(parts: Parts): Promise<{ reporter: Reporter; workers: number }[]> {
  const { settings } = parts;
  const storages = storagesFrom(parts);
  const destinationOf = destinationsFrom(parts);
  const all: { reporter: Reporter; workers: number }[] = [
    { reporter: githubReporter(parts), workers: settings.githubWorkers },
    { reporter: storageReporter(parts, storages, destinationOf), workers: settings.storageWorkers },
    { reporter: podInfoReporter(parts, storages, destinationOf), workers: settings.podInfoWorkers },
    { reporter: checkRunReporter(parts, storages, destinationOf), workers: settings.checkRunWorkers },
  ];
  if (settings.slackWorkers > 0) all.push({ reporter: await slackReporter(parts), workers: settings.slackWorkers });
  if (settings.pubsubWorkers > 0) all.push({ reporter: pubsubReporter(parts), workers: settings.pubsubWorkers });
  return all.filter(({ workers }) => workers > 0);
}

/** Where GitHub is told of states, it is told of the end of deleted jobs. */
export function deletedJobsFrom(parts: Parts): DeletedJobs | undefined {
  const { settings, github, prowJobs, clock, log } = parts;
  if (settings.githubWorkers === 0) return undefined;
  const reporter = githubReporter(parts);
  return new DeletedJobs({
    github,
    prowJobs,
    shouldReport: (prowJob) => reporter.shouldReport(prowJob),
    siblingsOf: (prowJob) => prowJobs.byIndex(reportIndex(reporter), reporter.keyOf(prowJob)),
    clock,
    log: log.child({ controller: 'crier' }),
  });
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

function storageReporter({ settings, prowJobApi }: Parts, storages: Storages, destinationOf: Destinations): Reporter {
  return new StorageReporter({
    destinationOf,
    openStorage: storages,
    wholeJob: (prowJob) => (isSlim(prowJob) ? prowJobApi.find(prowJob.metadata.name ?? '') : Promise.resolve(prowJob)),
    isDryRun: settings.dryRun,
  });
}

function podInfoReporter({ settings, config, buildClients, clock, log }: Parts, storages: Storages, destinationOf: Destinations): Reporter {
  const fraction = Number(settings.podInfoFraction);
  if (!(fraction >= 0 && fraction <= 1)) throw new ProwError('PROW_PLANK_FLAG', `--kubernetes-report-fraction: expected a number from 0 to 1, found ${JSON.stringify(settings.podInfoFraction)}`);
  return new PodInfoReporter({
    clusterOf: (alias) => buildClients().get(alias),
    podNamespace: () => config.current().config.pod_namespace,
    destinationOf,
    openStorage: storages,
    fraction,
    isDryRun: settings.dryRun,
    clock,
    log,
  });
}

function checkRunReporter({ github, log }: Parts, storages: Storages, destinationOf: Destinations): Reporter {
  return new CheckRunReporter({ github, failingTestsOf: (prowJob, signal) => readFailingTests(prowJob, { storages, destinationOf }, signal), log });
}

const maxJunitFiles = 20;
const maxJunitBytes = 8 * 1024 * 1024;

// Results that can not be read must not keep the outcome from being told.
async function readFailingTests(prowJob: ProwJob, { storages, destinationOf }: { storages: Storages; destinationOf: Destinations }, signal: AbortSignal): Promise<FailingTest[]> {
  const destination = destinationOf(prowJob);
  if (destination?.bucket === undefined) return [];
  try {
    const storage = await storages(destination.bucket);
    const folder = `${basePath(prowJob.spec, prowJob.status.build_id ?? '', destination)}/${artifactsFolder}/`;
    const paths: string[] = [];
    for await (const entry of storage.list(folder, { signal })) {
      if (entry.kind === 'object' && /(?:^|\/)junit[^/]*\.xml$/.test(entry.path) && entry.size <= maxJunitBytes) paths.push(entry.path);
      if (paths.length >= maxJunitFiles) break;
    }
    const tests: FailingTest[] = [];
    for (const path of paths) tests.push(...failingTests((await storage.readAll(path, { maxBytes: maxJunitBytes, signal })).toString('utf8')));
    return tests;
  } catch {
    return [];
  }
}

type Destinations = (prowJob: ProwJob) => GcsConfiguration | undefined;

/** Who may make a ProwJob may not thereby write anywhere on this machine: folders count only where the configuration names them. */
function destinationsFrom({ config, log }: Parts): Destinations {
  const refused = new Set<string>();
  let known: { of: unknown; buckets: ReadonlySet<string> } | undefined;
  const isConfigured = (bucket: string): boolean => {
    const { config: present } = config.current();
    if (known?.of !== present) known = { of: present, buckets: new Set(artifactBuckets(present)) };
    return known.buckets.has(bucket);
  };
  return ({ metadata, spec: { decoration_config: decoration } }) => {
    const destination = decoration?.gcs_configuration;
    const bucket = destination?.bucket;
    if (bucket === undefined || !bucket.startsWith('file:') || isConfigured(bucket)) return destination;
    if (!refused.has(bucket) && refused.size < maxRemembered) {
      refused.add(bucket);
      log.warn('a job names a folder for its artifacts that the configuration does not: nothing is written there', { prowjob: metadata.name, bucket });
    }
    return undefined;
  };
}

const maxRemembered = 1000;

type Storages = (bucket: string) => Promise<Storage>;

// One of each bucket, for all reporters.
function storagesFrom({ settings, log }: Parts): Storages {
  const { gcsCredentialsFile, s3CredentialsFile } = settings;
  const opened = new Map<string, Promise<Storage>>();
  return (bucket) => {
    const known = opened.get(bucket);
    if (known !== undefined) return known;
    const storage = openStorage({ bucket, ...(gcsCredentialsFile === undefined ? {} : { gcsCredentialsFile }), ...(s3CredentialsFile === undefined ? {} : { s3CredentialsFile }) });
    opened.set(bucket, storage);
    storage.catch((error: unknown) => {
      opened.delete(bucket);
      log.warn('artifact storage can not be opened', { bucket, cause: messageOf(error) });
    });
    return storage;
  };
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
