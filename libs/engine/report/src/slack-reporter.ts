// Messages to Slack channels. upstream: pkg/crier/reporters/slack/reporter.go, pkg/slack/client.go
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { ProwJob } from '@prow/model-prowjob';
import { stateOf, type ReportOutcome, type Reporter } from './reporter.ts';

export const slackReporterName = 'slackreporter';
const postTimeoutMs = 10_000;
const defaultEndpoint = 'https://slack.com/api';
/** Slack's answers after which a message can never be delivered. */
const finalRefusals: ReadonlySet<string> = new Set(['channel_not_found', 'is_archived', 'msg_too_long', 'no_text', 'not_in_channel', 'restricted_action']);

/** `slack_reporter_configs` for the job's repository, as far as it is read here. */
export interface SlackSettings {
  job_types_to_report?: readonly string[] | undefined;
  job_states_to_report?: readonly string[] | undefined;
  host?: string | undefined;
  channel?: string | undefined;
  report_template?: string | undefined;
}

export interface SlackReporterOptions {
  /** The settings for the job's repository: org/repo, org, `*`; undefined: none. */
  settingsFor: (prowJob: ProwJob) => SlackSettings | undefined;
  /** Tokens by Slack host; `*` for all others. */
  tokens: ReadonlyMap<string, string>;
  executeTemplate: (template: string, prowJob: ProwJob) => string;
  /** Slack's API. Default https://slack.com/api. */
  endpoint?: string;
  isDryRun: boolean;
  log: Logger;
}

interface Message {
  host: string;
  channel: string;
  template: string;
}

export class SlackReporter implements Reporter {
  readonly name = slackReporterName;
  readonly #options: SlackReporterOptions;

  constructor(options: SlackReporterOptions) {
    this.#options = options;
  }

  keyOf(prowJob: ProwJob): string {
    return prowJob.metadata.name ?? '';
  }

  shouldReport(prowJob: ProwJob): boolean {
    return this.#messageFor(prowJob) !== undefined;
  }

  async report(prowJobs: readonly ProwJob[], signal: AbortSignal): Promise<ReadonlyMap<string, ReportOutcome>> {
    const outcomes = new Map<string, ReportOutcome>();
    for (const prowJob of prowJobs) outcomes.set(prowJob.metadata.name ?? '', await this.#reportOne(prowJob, signal));
    return outcomes;
  }

  // The job's own settings win over the repository's, field by field.
  #messageFor(prowJob: ProwJob): Message | undefined {
    const own = prowJob.spec.reporter_config?.slack;
    const configured = this.#options.settingsFor(prowJob);
    if (own?.report === false || (own === undefined && configured === undefined)) return undefined;
    const states = own?.job_states_to_report ?? configured?.job_states_to_report ?? [];
    if (!states.includes(stateOf(prowJob))) return undefined;
    const isTypeWanted = configured?.job_types_to_report?.includes(prowJob.spec.type) === true;
    const channel = (own?.channel ?? '') === '' ? (configured?.channel ?? '') : (own?.channel ?? '');
    if (channel === '' || (!isTypeWanted && (own?.channel ?? '') === '')) return undefined;
    return { host: own?.host ?? configured?.host ?? '*', channel, template: own?.report_template ?? configured?.report_template ?? defaultTemplate };
  }

  async #reportOne(prowJob: ProwJob, signal: AbortSignal): Promise<ReportOutcome> {
    const message = this.#messageFor(prowJob);
    if (message === undefined) return { kind: 'reported' };
    const fields = { prowjob: prowJob.metadata.name, channel: message.channel };
    try {
      const text = this.#options.executeTemplate(message.template, prowJob);
      if (this.#options.isDryRun) this.#options.log.info('dry run: would write to Slack', { ...fields, text });
      else await this.#post(message, text, signal);
      return { kind: 'reported' };
    } catch (error) {
      if (!(error instanceof ProwError) || error.transient) return { kind: 'failed', error };
      this.#options.log.error('Slack will never take this message', { ...fields, cause: messageOf(error) });
      return { kind: 'reported' };
    }
  }

  async #post({ host, channel }: Message, text: string, signal: AbortSignal): Promise<void> {
    const { tokens, endpoint = defaultEndpoint } = this.#options;
    const token = tokens.get(host) ?? tokens.get('*');
    if (token === undefined) throw new ProwError('PROW_REPORT_SLACK_TOKEN', `no Slack token for host ${JSON.stringify(host)}`, { transient: false });
    const response = await fetch(`${endpoint.replace(/\/+$/, '')}/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ channel, text }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(postTimeoutMs)]),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    const isOk = typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true;
    if (response.ok && isOk) return;
    const refusal = typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'string' ? answer.error : `HTTP ${response.status}`;
    throw new ProwError('PROW_REPORT_SLACK', `Slack refused a message to ${channel}: ${refusal}`, { transient: !finalRefusals.has(refusal) });
  }
}

const defaultTemplate = 'Job {{.Spec.Job}} of type {{.Spec.Type}} ended with state {{.Status.State}}. <{{.Status.URL}}|View logs>';
