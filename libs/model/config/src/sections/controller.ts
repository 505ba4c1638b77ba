// What plank and the Jenkins operators share. upstream: Controller in pkg/config/config.go
import { doc, integer, map, struct, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { checkTemplate } from './checks.ts';

export const controllerShape = struct('Controller', {
  job_url_template: doc("Go template of a ProwJob: the link of its status, where no job_url_prefix_config applies", text),
  report_template: doc("Deprecated: report_templates['*']", text),
  report_templates: doc('Go templates of the report comment, by org/repo, org or *', map(text)),
  max_concurrency: doc('ProwJobs running at the same time; 0 sets no bound', integer),
  max_goroutines: integer,
});

export type Controller = TypeOf<typeof controllerShape> & { max_goroutines: number };

export function defaultController(section: TypeOf<typeof controllerShape>): Controller {
  const reports = section.report_template === undefined ? section.report_templates : { '*': section.report_template };
  return { ...section, ...(reports === undefined ? {} : { report_templates: reports }), max_goroutines: section.max_goroutines ?? 20 };
}

export function checkController(section: TypeOf<typeof controllerShape>, findings: Findings, where: Source): void {
  if (section.job_url_template !== undefined) {
    checkTemplate(section.job_url_template, findings, within(where, 'job_url_template'), 'job_url_template');
  }
  if (section.report_template !== undefined && Object.keys(section.report_templates ?? {}).length > 0) {
    findings.error('PROW_CONFIG_EXCLUSIVE', 'report_template and report_templates exclude one another', within(where, 'report_template'));
  }
  for (const [key, template] of Object.entries(section.report_templates ?? (section.report_template === undefined ? {} : { '*': section.report_template }))) {
    checkTemplate(template, findings, within(where, 'report_templates', key), `report template of ${key}`);
  }
  if ((section.max_concurrency ?? 0) < 0) {
    findings.error('PROW_CONFIG_RANGE', `max_concurrency is ${section.max_concurrency}, expected 0 or more`, within(where, 'max_concurrency'));
  }
  if ((section.max_goroutines ?? 1) <= 0) {
    findings.error('PROW_CONFIG_RANGE', `max_goroutines is ${section.max_goroutines}, expected 1 or more`, within(where, 'max_goroutines'));
  }
}
