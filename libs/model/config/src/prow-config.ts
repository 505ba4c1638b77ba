// config.yaml as a whole: its shape, its type after defaulting, its defaults and checks, section by section.
import { doc, encode, list, map, pointer, struct, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import type { Periodic, Postsubmit, Presubmit } from '@prow/model-prowjob';
import { within } from './finding.ts';
import type { Findings, Source } from './finding.ts';
import { kubeDuration } from './shapes/go-types.ts';
import { jobFile } from './shapes/job.ts';
import type { Preset } from './shapes/job.ts';
import { branchProtectionShape, checkBranchProtection } from './sections/branch-protection.ts';
import type { BranchProtection } from './sections/branch-protection.ts';
import { checkDeck, deckShape, defaultDeck } from './sections/deck.ts';
import type { Deck } from './sections/deck.ts';
import { checkGangway, gangwayShape } from './sections/gangway.ts';
import { checkGerrit, defaultGerrit, gerritShape } from './sections/gerrit.ts';
import type { Gerrit } from './sections/gerrit.ts';
import { checkJenkinsOperators, defaultJenkinsOperators, jenkinsOperatorsShape } from './sections/jenkins.ts';
import type { JenkinsOperator } from './sections/jenkins.ts';
import { checkPlank, defaultPlank, plankShape } from './sections/plank.ts';
import type { Plank } from './sections/plank.ts';
import {
  checkGithub, checkGithubReporter, defaultGithub, defaultGithubReporter, defaultInRepoConfig, defaultMoonraker, defaultPushGateway, defaultSinker,
  githubReporterShape, githubShape, horologiumShape, inRepoConfigShape, managedWebhooksShape, moonrakerShape, ownersDirDenylistShape,
  prowJobDefaultEntriesShape, pubsubTriggersShape, pushGatewayShape, schedulerShape, sinkerShape,
} from './sections/simple.ts';
import type { GithubReporter, GitHubOptions, InRepoConfig, Moonraker, PushGateway, Sinker } from './sections/simple.ts';
import { checkSlack, defaultSlack, slackReporterConfigsShape } from './sections/slack.ts';
import type { SlackReporter } from './sections/slack.ts';
import { mergeEqualQueries } from './sections/tide-merge-queries.ts';
import { checkTide, defaultTide, tideShape } from './sections/tide.ts';
import type { Tide } from './sections/tide.ts';

/** Everything but the jobs. upstream: ProwConfig in pkg/config/config.go */
export const componentsShape = struct('ProwConfig', {
  config_version_sha: text,
  tide: tideShape,
  plank: plankShape,
  /** Upstream's type has it, empty. */
  pipeline: struct('Pipeline', {}),
  sinker: sinkerShape,
  deck: deckShape,
  'branch-protection': branchProtectionShape,
  gerrit: gerritShape,
  github_reporter: githubReporterShape,
  horologium: horologiumShape,
  slack_reporter_configs: doc('By *, org or org/repo', slackReporterConfigsShape),
  in_repo_config: inRepoConfigShape,
  gangway: gangwayShape,
  moonraker: moonrakerShape,
  scheduler: schedulerShape,
  jenkins_operators: jenkinsOperatorsShape,
  prowjob_namespace: doc('Where ProwJobs live. Default: default', text),
  pod_namespace: doc('Where pods live. Default: default', text),
  log_level: doc('debug, info, warning, error, fatal or panic. Default info', text),
  push_gateway: pushGatewayShape,
  owners_dir_denylist: pointer(ownersDirDenylistShape),
  pubsub_subscriptions: map(list(text)),
  pubsub_triggers: pubsubTriggersShape,
  github: githubShape,
  status_error_link: text,
  default_job_timeout: pointer(kubeDuration),
  managed_webhooks: managedWebhooksShape,
  prowjob_default_entries: prowJobDefaultEntriesShape,
  disabled_clusters: doc('Build clusters to leave alone', list(text)),
});

/** A main file: components, and jobs if one likes. */
export const configFileShape = struct('Config', {}, [jobFile, componentsShape]);
export type ConfigFile = TypeOf<typeof configFileShape>;
export type ComponentsSection = TypeOf<typeof componentsShape>;

/** All but the jobs, after defaulting. Durations are Go's texts: `10m0s`. */
export type ComponentsConfig = Omit<ComponentsSection, 'slack_reporter_configs' | 'jenkins_operators'> & {
  tide: Tide;
  plank: Plank;
  sinker: Sinker;
  deck: Deck;
  'branch-protection': BranchProtection;
  gerrit: Gerrit;
  github_reporter: GithubReporter;
  slack_reporter_configs?: Record<string, SlackReporter>;
  in_repo_config: InRepoConfig;
  moonraker: Moonraker;
  jenkins_operators?: JenkinsOperator[];
  prowjob_namespace: string;
  pod_namespace: string;
  log_level: string;
  push_gateway: PushGateway;
  github: GitHubOptions;
  status_error_link: string;
  default_job_timeout: string;
};

/** The whole configuration, after defaulting. Must not be changed. */
export interface ProwConfig extends ComponentsConfig {
  presets: Preset[];
  /** By `org/repo`. */
  presubmits: Record<string, Presubmit[]>;
  postsubmits: Record<string, Postsubmit[]>;
  periodics: Periodic[];
  decorate_all_jobs?: boolean;
}

/** Defaults as upstream's parseProwConfig and loadConfig set them. */
export function defaultComponents(file: ComponentsSection): ComponentsConfig {
  const { slack_reporter_configs: slack, jenkins_operators: jenkins, ...sections } = file;
  const tide = defaultTide(file.tide ?? {});
  const components: ComponentsConfig = {
    ...sections,
    tide,
    plank: defaultPlank(file.plank ?? {}),
    sinker: defaultSinker(file.sinker ?? {}),
    deck: defaultDeck(file.deck ?? {}),
    'branch-protection': file['branch-protection'] ?? {},
    gerrit: defaultGerrit(file.gerrit ?? {}),
    github_reporter: defaultGithubReporter(file.github_reporter ?? {}),
    in_repo_config: defaultInRepoConfig(file.in_repo_config ?? {}),
    moonraker: defaultMoonraker(file.moonraker ?? {}),
    prowjob_namespace: file.prowjob_namespace ?? 'default',
    pod_namespace: file.pod_namespace ?? 'default',
    log_level: file.log_level ?? 'info',
    push_gateway: defaultPushGateway(file.push_gateway ?? {}),
    github: defaultGithub(file.github ?? {}),
    status_error_link: file.status_error_link ?? 'https://github.com/kubernetes/test-infra/issues',
    default_job_timeout: file.default_job_timeout ?? '24h0m0s',
    ...(slack === undefined ? {} : { slack_reporter_configs: defaultSlack(slack) }),
    ...(jenkins === undefined ? {} : { jenkins_operators: defaultJenkinsOperators(jenkins) }),
  };
  const triggers = pubsubTriggers(file);
  if (triggers !== undefined) components.pubsub_triggers = triggers;
  if (tide.queries !== undefined) components.tide = { ...tide, queries: mergeEqualQueries(tide.queries, components) };
  return components;
}

function pubsubTriggers(file: ComponentsSection): ComponentsSection['pubsub_triggers'] {
  const fromSubscriptions = Object.entries(file.pubsub_subscriptions ?? {}).map(([project, topics]) => ({ project, topics, allowed_clusters: ['*'] }));
  const all = [...(file.pubsub_triggers ?? []), ...fromSubscriptions];
  return all.length === 0 ? undefined : all.map((trigger) => ({ max_outstanding_messages: 10, ...trigger }));
}

const logLevels = new Set(['panic', 'fatal', 'error', 'warn', 'warning', 'info', 'debug', 'trace']);

/** What upstream refuses in the components' sections, and what it should. `nowMs`: unix milliseconds. */
export function checkComponents(file: ComponentsSection, findings: Findings, where: Source, nowMs: number): void {
  const at = (key: keyof ComponentsSection): Source => within(where, key);
  checkTide(file.tide ?? {}, findings, at('tide'));
  checkPlank(file.plank ?? {}, findings, at('plank'));
  checkDeck(file.deck ?? {}, findings, at('deck'));
  checkBranchProtection(file['branch-protection'] ?? {}, findings, at('branch-protection'));
  checkGerrit(file.gerrit ?? {}, findings, at('gerrit'));
  checkGithubReporter(file.github_reporter ?? {}, findings, at('github_reporter'));
  checkSlack(file.slack_reporter_configs ?? {}, findings, at('slack_reporter_configs'));
  checkGangway(file.gangway ?? {}, findings, at('gangway'));
  checkJenkinsOperators(file.jenkins_operators ?? [], findings, at('jenkins_operators'));
  checkGithub(file.github ?? {}, findings, at('github'));
  if (file.log_level !== undefined && !logLevels.has(file.log_level.toLowerCase())) {
    findings.error('PROW_CONFIG_VALUE', `expected one of ${[...logLevels].join(', ')}, found ${JSON.stringify(file.log_level)}`, at('log_level'));
  }
  if (file.pubsub_subscriptions !== undefined && file.pubsub_triggers !== undefined) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'pubsub_subscriptions and pubsub_triggers exclude one another', at('pubsub_subscriptions'));
  }
  for (const [key, info] of Object.entries(file.managed_webhooks?.org_repo_config ?? {})) {
    if (info.token_created_after !== undefined && Date.parse(info.token_created_after) > nowMs) {
      findings.error('PROW_CONFIG_VALUE', `token_created_after of ${key} lies in the future`, within(at('managed_webhooks'), 'org_repo_config', key, 'token_created_after'));
    }
  }
}

/** The components' configuration as upstream's types serialise it. */
export function encodeComponents(config: ComponentsConfig): unknown {
  return encode(componentsShape, config);
}
