import { parseTemplate } from '@prow/base-template';
import { prowJobForTemplate } from '@prow/model-prowjob';
import type { ProwJob } from '@prow/model-prowjob';

/** plank's job_url_template on a ProwJob; '' where there is none. */
export function executeJobUrlTemplate(template: string, prowJob: ProwJob): string {
  return template === '' ? '' : parseTemplate(template, { name: 'JobURL' }).execute(prowJobForTemplate(prowJob));
}
