// The contract of a plugin. A plugin is a folder: index, handle, help, tests, README; it exists by being in list.ts.
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { GitClient } from '@prow/clients-git';
import type { GitHubClient } from '@prow/clients-github';
import type { Services } from '@prow/clients-services';
import type { ProwConfig } from '@prow/model-config';
import type {
  EventPullRequest,
  GenericComment,
  GitHubRepository,
  IssueCommentEvent,
  IssueEvent,
  PullRequestEvent,
  PushEvent,
  ReviewCommentEvent,
  ReviewEvent,
  StatusEvent,
} from '@prow/model-github-events';
import type { PluginConfig } from '@prow/model-plugin-config';
import type { JobsOfRepository, JobsQuery } from './ports/jobs.ts';
import type { OwnersReader } from './ports/owners.ts';
import type { ProwJobs } from './ports/prowjobs.ts';
import type { ConfigMaps } from './ports/config-maps.ts';

/**
 * What a handler may use. Handlers take the narrowest part of it that will do:
 * `async function handle(comment: GenericComment, { github, decide }: Pick<PluginContext, 'github' | 'decide'>)`.
 */
export interface PluginContext {
  /**
   * GitHub, as of this event: reads are made once for all plugins that handle the event, and again after a change.
   * Changes are recorded as the event's effects. A comment made here carries a hidden mark of delivery and plugin, so
   * that a handler running again (after a crash or a failure) does not say the same thing twice.
   */
  readonly github: GitHubClient;
  readonly git: GitClient;
  readonly prowJobs: ProwJobs;
  readonly configMaps: ConfigMaps;
  /** Slack, Jira, Bugzilla: those that flags configure. */
  readonly services: Services;
  readonly owners: OwnersReader;
  /** Static jobs and those in the repository's own configuration. */
  readonly jobs: (query: JobsQuery) => Promise<JobsOfRepository>;
  readonly config: ProwConfig;
  readonly plugins: PluginConfig;
  /** Page of all commands here; undefined where there is none of our own. */
  readonly commandHelpUrl: string | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  /** X-GitHub-Delivery of the event. */
  readonly guid: string;
  /** 0 the first time; more when an earlier run failed or may have been cut short. */
  readonly attempt: number;
  /** Aborted when the program is to end. */
  readonly signal: AbortSignal;
  /** Says, for the event page, what was decided and why. Constant text; what varies is a field. */
  readonly decide: (reason: string, fields?: Readonly<Record<string, unknown>>) => void;
  /** What earlier runs on this event have noted. */
  readonly notes: ReadonlySet<string>;
  /** Resolves when the note is on disk: for what a second run could not see any more once the change is made. */
  readonly note: (text: string) => Promise<void>;
  /** Whether other plugins have not finished their first run on this event. */
  readonly areOthersPending: () => boolean;
  /** The pull request: from the payload where it carried one, else asked once per event. */
  readonly pullRequest: (name: { org: string; repo: string; number: number }) => Promise<EventPullRequest>;
}

/**
 * Handles one event. It may be run again with the same event: it must compare before it changes, and do last what
 * would make a second run believe that all is done. Rejecting with a transient error means: try again later.
 */
export type Handler<E> = (event: E, context: PluginContext) => Promise<void>;

export interface Plugin {
  /** As in plugins.yaml. */
  readonly name: string;
  readonly help: (query: HelpQuery) => PluginHelp;
  /** Text a person wrote, whatever the event. */
  readonly onComment?: Handler<GenericComment>;
  /** Whether a text can be any of its business; cheap, for most texts are not. Default: all are. */
  readonly wantsComment?: (comment: GenericComment, configuration: { config: ProwConfig; plugins: PluginConfig }) => boolean;
  readonly onIssue?: Handler<IssueEvent>;
  readonly onIssueComment?: Handler<IssueCommentEvent>;
  readonly onPullRequest?: Handler<PullRequestEvent>;
  readonly onReview?: Handler<ReviewEvent>;
  readonly onReviewComment?: Handler<ReviewCommentEvent>;
  readonly onPush?: Handler<PushEvent>;
  readonly onStatus?: Handler<StatusEvent>;
}

export interface HelpQuery {
  readonly plugins: PluginConfig;
  /** `org` or `org/repo`: where the plugin is switched on. */
  readonly enabledRepos: readonly string[];
}

/** What a plugin does, for people; wire names are upstream's (`pkg/pluginhelp/pluginhelp.go`). */
export interface PluginHelp {
  readonly Description: string;
  /** By repository or org: how it is configured there. '' is everywhere. */
  readonly Config?: Readonly<Record<string, string>>;
  /** Example of its configuration, YAML. */
  readonly Snippet?: string;
  readonly Commands: readonly CommandHelp[];
}

export interface CommandHelp {
  readonly Usage: string;
  readonly Featured: boolean;
  readonly Description: string;
  readonly Examples: readonly string[];
  readonly WhoCanUse: string;
}

/** `{org, repo}` of an event's repository, as the clients want it. */
export function nameOf(repository: GitHubRepository): { org: string; repo: string } {
  return { org: repository.org, repo: repository.repo };
}

/** `{org, repo, number}` of what a comment was written on. */
export function threadOf(comment: GenericComment): { org: string; repo: string; number: number } {
  return { ...nameOf(comment.repository), number: comment.number };
}

/** `{org, repo, number}` of a pull request event. */
export function pullOf(event: PullRequestEvent | ReviewEvent): { org: string; repo: string; number: number } {
  return { ...nameOf(event.repository), number: event.pullRequest.number };
}
