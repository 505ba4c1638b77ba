import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { GitClient } from '@prow/clients-git';
import type { GitHubClient } from '@prow/clients-github';
import type { ProwConfig } from '@prow/model-config';
import { actionOf, type GitHubEvent, toGenericComment } from '@prow/model-github-events';
import { type PluginConfig, pluginsFor } from '@prow/model-plugin-config';
import type { Effect } from './event-github.ts';
import { eventGitHub } from './event-github.ts';
import { EventSession } from './event-session.ts';
import type { Plugin, PluginContext } from './plugin.ts';

export interface EventRunnerOptions {
  readonly plugins: readonly Plugin[];
  readonly github: GitHubClient;
  readonly git: GitClient;
  readonly prowJobs: PluginContext['prowJobs'];
  readonly configMaps: PluginContext['configMaps'];
  /** Default: none. */
  readonly services?: PluginContext['services'];
  readonly owners: PluginContext['owners'];
  readonly jobs: PluginContext['jobs'];
  /** The configuration now. */
  readonly config: () => { config: ProwConfig; plugins: PluginConfig };
  /** Page of all commands, `?repo=ORG%2FREPO` narrows it. Undefined: plugins point to upstream's. */
  readonly commandHelpUrl?: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told after each run of a plugin. */
  readonly onHandled?: (run: { plugin: string; eventType: string; action: string; tookAction: boolean; durationMs: number; failed: boolean }) => void;
}

export interface PluginRun {
  readonly plugin: string;
  readonly guid: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly decide: (decision: { reason: string; fields?: Readonly<Record<string, unknown>> }) => void;
  readonly effect: (effect: Effect) => void;
  readonly notes: ReadonlySet<string>;
  readonly note: (text: string) => Promise<void>;
  readonly areOthersPending: () => boolean;
}

/** Which of a plugin's handlers an event is for. Text a person wrote comes in addition, after the event itself. */
const HANDLER_OF = {
  issue: 'onIssue',
  issueComment: 'onIssueComment',
  pullRequest: 'onPullRequest',
  review: 'onReview',
  reviewComment: 'onReviewComment',
  push: 'onPush',
  status: 'onStatus',
} as const;

/** Repositories whose plugins are remembered. */
const maxRepositories = 10_000;

/** Gives events to the plugins that are switched on for their repository. */
export class EventRunner {
  readonly #options: EventRunnerOptions;
  readonly #plugins: ReadonlyMap<string, Plugin>;
  readonly #byRepository = new WeakMap<PluginConfig, Map<string, readonly Plugin[]>>();

  constructor(options: EventRunnerOptions) {
    this.#options = options;
    this.#plugins = new Map(options.plugins.map((plugin) => [plugin.name, plugin]));
  }

  /** Plugins that want an event, in the order of the configuration. */
  pluginsWanting(event: GitHubEvent): string[] {
    if (event.kind === 'other') return [];
    const { org, repo } = event.repository;
    const handler = HANDLER_OF[event.kind];
    const configuration = this.#options.config();
    const comment = toGenericComment(event);
    const wanting: string[] = [];
    for (const plugin of this.#pluginsOf(configuration.plugins, org, repo)) {
      const wants = plugin[handler] !== undefined || (comment !== undefined && plugin.onComment !== undefined && (plugin.wantsComment?.(comment, configuration) ?? true));
      if (wants) wanting.push(plugin.name);
    }
    return wanting;
  }

  /** Asked for each event, so found out once for each configuration. */
  #pluginsOf(config: PluginConfig, org: string, repo: string): readonly Plugin[] {
    let ofConfig = this.#byRepository.get(config);
    if (ofConfig === undefined) this.#byRepository.set(config, (ofConfig = new Map()));
    const name = `${org}/${repo}`;
    const known = ofConfig.get(name);
    if (known !== undefined) return known;
    const found = pluginsFor(config, org, repo).flatMap((each) => this.#plugins.get(each) ?? []);
    if (ofConfig.size < maxRepositories) ofConfig.set(name, found);
    return found;
  }

  openSession(event: GitHubEvent, { isLate }: { isLate: boolean }): EventSession {
    return new EventSession({ event, github: this.#options.github, isLate });
  }

  /** Runs one plugin on one event: first what it does about the event, then about the text that came with it. */
  async run(session: EventSession, run: PluginRun): Promise<void> {
    const plugin = this.#plugins.get(run.plugin);
    const event = await session.event();
    if (plugin === undefined || event.kind === 'other') return;
    const { clock, onHandled } = this.#options;
    let tookAction = false;
    const context = this.#contextFor(session, { ...run, effect: (effect) => ((tookAction = true), run.effect(effect)) });
    const startedAt = clock.now();
    let failed = true;
    try {
      await callHandler(plugin, event, context);
      const comment = await session.comment();
      if (comment !== undefined && (plugin.wantsComment?.(comment, context) ?? true)) await plugin.onComment?.(comment, context);
      failed = false;
    } finally {
      onHandled?.({ plugin: run.plugin, eventType: event.eventType, action: actionOf(event), tookAction, durationMs: clock.now() - startedAt, failed });
    }
  }

  #contextFor(session: EventSession, run: PluginRun): PluginContext {
    const { github, git, prowJobs, configMaps, services = {}, owners, jobs, commandHelpUrl, clock, log } = this.#options;
    const { config, plugins } = this.#options.config();
    const recordJob = (operation: string, prowjob: string | undefined, job: string): void => run.effect({ operation, request: { prowjob, job } });
    return {
      github: eventGitHub({ github, reads: session.reads, guid: run.guid, plugin: run.plugin, attempt: run.attempt, clock, onEffect: run.effect }),
      git,
      prowJobs: {
        ...prowJobs,
        create: async (prowJob) => {
          const answer = await prowJobs.create(prowJob);
          if (answer.created) recordJob('createProwJob', prowJob.metadata.name, prowJob.spec.job);
          return answer;
        },
        abort: async (prowJob, description) => {
          const isAborted = await prowJobs.abort(prowJob, description);
          if (isAborted) recordJob('abortProwJob', prowJob.metadata.name, prowJob.spec.job);
          return isAborted;
        },
      },
      configMaps,
      services,
      owners,
      jobs,
      config,
      plugins,
      commandHelpUrl,
      log: log.child({ plugin: run.plugin, guid: run.guid }),
      clock,
      guid: run.guid,
      attempt: run.attempt,
      signal: run.signal,
      decide: (reason, fields) => run.decide(fields === undefined ? { reason } : { reason, fields }),
      notes: run.notes,
      note: run.note,
      areOthersPending: run.areOthersPending,
      pullRequest: (name) => session.pullRequest(name),
    };
  }
}

async function callHandler(plugin: Plugin, event: GitHubEvent, context: PluginContext): Promise<void> {
  switch (event.kind) {
    case 'issue':
      return plugin.onIssue?.(event, context);
    case 'issueComment':
      return plugin.onIssueComment?.(event, context);
    case 'pullRequest':
      return plugin.onPullRequest?.(event, context);
    case 'review':
      return plugin.onReview?.(event, context);
    case 'reviewComment':
      return plugin.onReviewComment?.(event, context);
    case 'push':
      return plugin.onPush?.(event, context);
    case 'status':
      return plugin.onStatus?.(event, context);
    case 'other':
      return undefined;
  }
}
