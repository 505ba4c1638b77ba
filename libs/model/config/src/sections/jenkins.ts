// Jobs that run on Jenkins. upstream: JenkinsOperator in pkg/config/config.go
import { list, struct, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import { messageOf } from '@prow/base-errors';
import { parseLabelSelector } from '@prow/model-kube-types';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import { checkController, controllerShape, defaultController } from './controller.ts';
import type { Controller } from './controller.ts';

export const jenkinsOperatorsShape = list(struct('JenkinsOperator', { label_selector: text }, [controllerShape]));
export type JenkinsOperator = TypeOf<typeof jenkinsOperatorsShape>[number] & Controller;

export function defaultJenkinsOperators(section: TypeOf<typeof jenkinsOperatorsShape>): JenkinsOperator[] {
  return section.map((operator) => ({ ...operator, ...defaultController(operator) }));
}

export function checkJenkinsOperators(section: TypeOf<typeof jenkinsOperatorsShape>, findings: Findings, where: Source): void {
  for (const [index, operator] of section.entries()) {
    const place = within(where, index);
    checkController(operator, findings, place);
    const selector = operator.label_selector ?? '';
    checkSelector(selector, findings, within(place, 'label_selector'));
    if (section.length > 1 && selector === '') {
      findings.error('PROW_CONFIG_MISSING', 'with several operators, each needs a label_selector', place);
    }
    if (section.length === 1 && selector !== '') {
      findings.error('PROW_CONFIG_EXCLUSIVE', 'a single operator takes all jobs: no label_selector', within(place, 'label_selector'));
    }
  }
}

/** Reports what is no label selector in Kubernetes' syntax. */
export function checkSelector(selector: string, findings: Findings, where: Source): void {
  try {
    parseLabelSelector(selector);
  } catch (error) {
    findings.error('PROW_CONFIG_SELECTOR', messageOf(error), where);
  }
}
