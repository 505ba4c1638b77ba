// Reports to Slack. upstream: SlackReporter in pkg/config/config.go
import { list, map, struct, suggestedText } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { jobTypes, slackReporterConfig } from '../shapes/prowjob.ts';
import { checkTemplate, narrowest } from './checks.ts';

export const slackReporterConfigsShape = map(struct('SlackReporter', { job_types_to_report: list(suggestedText(...jobTypes)) }, [slackReporterConfig]));
type SlackSection = TypeOf<typeof slackReporterConfigsShape>;
export type SlackReporter = SlackSection[string] & { report_template: string };

const defaultTemplate = 'Job {{.Spec.Job}} of type {{.Spec.Type}} ended with state {{.Status.State}}. <{{.Status.URL}}|View logs>';

export function defaultSlack(section: SlackSection): Record<string, SlackReporter> {
  return Object.fromEntries(Object.entries(section).map(([key, reporter]) => [key, { ...reporter, report_template: reporter.report_template ?? defaultTemplate }]));
}

export function checkSlack(section: SlackSection, findings: Findings, where: Source): void {
  for (const [key, reporter] of Object.entries(section)) {
    if (reporter.channel === undefined) findings.error('PROW_CONFIG_MISSING', `slack_reporter_configs of ${key}: channel must be set`, within(where, key));
    if (reporter.report_template !== undefined) {
      checkTemplate(reporter.report_template, findings, within(where, key, 'report_template'), 'report_template');
    }
  }
}

/** The reporter for a job of a repository; without refs, that of `*`. upstream: GetSlackReporter */
export function slackReporterFor(section: Readonly<Record<string, SlackReporter>> | undefined, refs: { org: string; repo: string } | undefined): SlackReporter | undefined {
  if (section === undefined) return undefined;
  return refs === undefined ? section['*'] : narrowest(section, refs.org, refs.repo);
}
