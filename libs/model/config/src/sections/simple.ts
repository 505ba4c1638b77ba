// Sections of a few settings each, without rules between them.
import { always, bool, doc, integer, list, map, pointer, struct, suggestedText, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { kubeDuration, plainTime } from '../shapes/go-types.ts';
import { prowJobDefault } from '../shapes/prowjob.ts';
import { checkUrl } from './checks.ts';

/** Cleaning up. upstream: Sinker */
export const sinkerShape = struct('Sinker', {
  resync_period: pointer(doc('Time between rounds. Default 1h', kubeDuration)),
  max_prowjob_age: pointer(doc('ProwJobs that ended are removed when older. Default 168h', kubeDuration)),
  max_pod_age: pointer(doc('Pods of ended ProwJobs are removed when older. Default 24h', kubeDuration)),
  terminated_pod_ttl: pointer(doc('Pods are removed this long after their ProwJob ended. Default: max_pod_age', kubeDuration)),
  exclude_clusters: list(text),
});
export type Sinker = TypeOf<typeof sinkerShape> & { resync_period: string; max_prowjob_age: string; max_pod_age: string; terminated_pod_ttl: string };
export function defaultSinker(section: TypeOf<typeof sinkerShape>): Sinker {
  const maxPodAge = section.max_pod_age ?? '24h0m0s';
  return {
    ...section,
    resync_period: section.resync_period ?? '1h0m0s',
    max_prowjob_age: section.max_prowjob_age ?? '168h0m0s',
    max_pod_age: maxPodAge,
    terminated_pod_ttl: section.terminated_pod_ttl ?? maxPodAge,
  };
}

/** Periodic jobs. upstream: Horologium */
export const horologiumShape = struct('Horologium', { tick_interval: pointer(doc('Time between looks at the schedules. Default 1m', kubeDuration)) });

/** A Prometheus push gateway. upstream: PushGateway */
export const pushGatewayShape = struct('PushGateway', {
  endpoint: text,
  interval: pointer(doc('Default 1m', kubeDuration)),
  serve_metrics: always(bool),
});
export type PushGateway = TypeOf<typeof pushGatewayShape> & { interval: string };
export function defaultPushGateway(section: TypeOf<typeof pushGatewayShape>): PushGateway {
  return { ...section, interval: section.interval ?? '1m0s' };
}

/** Which OWNERS files do not count. upstream: OwnersDirDenylist */
export const ownersDirDenylistShape = struct('OwnersDirDenylist', {
  repos: doc('Regular expressions of folders, by org or org/repo', map(list(text))),
  default: doc('Regular expressions of folders, everywhere', list(text)),
  ignore_preconfigured_defaults: doc('Do not add .git, _output and vendor', bool),
});

/** Regular expressions of folders whose OWNERS files do not count. upstream: ListIgnoredDirs */
export function ignoredOwnersDirs(section: TypeOf<typeof ownersDirDenylistShape> | undefined, org: string, repo: string): string[] {
  const preconfigured = section?.ignore_preconfigured_defaults === true ? [] : ['\\.git$', '_output$', 'vendor/.*/.*'];
  return [...(section?.default ?? []), ...(section?.repos?.[org] ?? []), ...(section?.repos?.[`${org}/${repo}`] ?? []), ...preconfigured];
}

/** Per-repository webhook secrets. upstream: ManagedWebhooks */
export const managedWebhooksShape = struct('ManagedWebhooks', {
  respect_legacy_global_token: always(bool),
  auto_accept_invitation: always(bool),
  org_repo_config: map(struct('ManagedWebhookInfo', { token_created_after: always(plainTime) })),
});

/** Links to GitHub's pages. upstream: GitHubOptions */
export const githubShape = struct('GitHubOptions', { link_url: doc('Default https://github.com', text) });
export type GitHubOptions = TypeOf<typeof githubShape> & { link_url: string };
export function defaultGithub(section: TypeOf<typeof githubShape>): GitHubOptions {
  return { link_url: section.link_url ?? 'https://github.com' };
}
export function checkGithub(section: TypeOf<typeof githubShape>, findings: Findings, where: Source): void {
  if (section.link_url !== undefined) checkUrl(section.link_url, findings, within(where, 'link_url'), 'github.link_url');
}

/** Time limit of calls to moonraker. upstream: Moonraker */
export const moonrakerShape = struct('Moonraker', { client_timeout: pointer(doc('Default 10m', kubeDuration)) });
export type Moonraker = TypeOf<typeof moonrakerShape> & { client_timeout: string };
export function defaultMoonraker(section: TypeOf<typeof moonrakerShape>): Moonraker {
  return { client_timeout: section.client_timeout ?? '10m0s' };
}

/** Which build cluster a job goes to. upstream: Scheduler */
export const schedulerShape = struct('Scheduler', {
  enabled: bool,
  failover: pointer(struct('FailoverScheduling', { mappings: map(text) })),
  external: pointer(struct('ExternalScheduling', {
    url: text,
    cache: struct('ExternalSchedulingCache', { entry_timeout_interval: pointer(kubeDuration), cleanup_interval: pointer(kubeDuration) }),
  })),
});

/** Messages that start jobs. upstream: PubSubTrigger */
export const pubsubTriggersShape = list(struct('PubSubTrigger', {
  project: always(text),
  topics: always(list(text)),
  allowed_clusters: always(list(text)),
  max_outstanding_messages: always(doc('Default 10', integer)),
}));

/** Defaults of ProwJobs by repository and cluster. upstream: ProwJobDefaultEntry */
export const prowJobDefaultEntriesShape = list(struct('ProwJobDefaultEntry', {
  repo: doc('org/repo, org or *; empty is *', text),
  cluster: doc('A build cluster, or *; empty is *', text),
  config: pointer(prowJobDefault),
}));

/** Jobs described in the repositories they test. upstream: InRepoConfig */
export const inRepoConfigShape = struct('InRepoConfig', {
  enabled: doc('By *, org or org/repo; the narrowest counts', map(bool)),
  allowed_clusters: doc('Build clusters such jobs may use, by *, org or org/repo; all that match add up', map(list(text))),
});
export type InRepoConfig = TypeOf<typeof inRepoConfigShape> & { allowed_clusters: Record<string, string[]> };
export function defaultInRepoConfig(section: TypeOf<typeof inRepoConfigShape>): InRepoConfig {
  const clusters = section.allowed_clusters ?? {};
  return { ...section, allowed_clusters: { ...clusters, '*': clusters['*'] ?? ['default'] } };
}

/** GitHub statuses and comments. upstream: GitHubReporter */
export const githubReporterShape = struct('GitHubReporter', {
  job_types_to_report: doc('Default: both', list(suggestedText('presubmit', 'postsubmit'))),
  no_comment_repos: doc('org or org/repo: statuses only', list(text)),
  summary_comment_repos: doc('org or org/repo: one comment when all jobs have ended', list(text)),
});
export type GithubReporter = TypeOf<typeof githubReporterShape> & { job_types_to_report: string[] };
export function defaultGithubReporter(section: TypeOf<typeof githubReporterShape>): GithubReporter {
  return { ...section, job_types_to_report: section.job_types_to_report ?? ['presubmit', 'postsubmit'] };
}
export function checkGithubReporter(section: TypeOf<typeof githubReporterShape>, findings: Findings, where: Source): void {
  for (const [index, type] of (section.job_types_to_report ?? []).entries()) {
    if (type !== 'presubmit' && type !== 'postsubmit') {
      findings.error('PROW_CONFIG_VALUE', `expected presubmit or postsubmit, found ${type}`, within(where, 'job_types_to_report', index));
    }
  }
}
