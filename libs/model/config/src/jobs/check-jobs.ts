// What upstream refuses of jobs. upstream: ValidateJobConfig and validateJobBase in pkg/config/config.go
import { messageOf } from '@prow/base-errors';
import { compileRegex } from '@prow/base-regex';
import { parseCron } from '@prow/base-cron';
import { parseGoDuration } from '@prow/base-time';
import { branchersIntersect, defaultTriggerFor } from '@prow/model-job-selection';
import type { Brancher, JobBase, Periodic, Postsubmit, Presubmit, ProwJobType, RegexpChangeMatcher, Reporter } from '@prow/model-prowjob';
import { createdByProwLabel, gerritReportLabel, idLabel, isQualifiedName, isValidLabelValue, typeLabel } from '@prow/model-prowjob';
import { nearestNames } from '@prow/base-errors';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';
import type { ComponentsConfig } from '../prow-config.ts';
import { checkRerunAuth } from '../sections/deck.ts';
import { checkDecoration } from './decoration.ts';
import { checkPodSpec } from './check-pod.ts';
import { checkRequires } from './check-requires.ts';
import { sourceOf } from './default-jobs.ts';
import { checkPipelineRunSpec } from './check-tekton.ts';

const namePattern = /^[A-Za-z0-9\-._]+$/;
const jenkinsNamePattern = /^[A-Za-z0-9\-._]([A-Za-z0-9\-._/]*[A-Za-z0-9\-_])?$/;
const reservedLabels = new Set([typeLabel, createdByProwLabel, idLabel]);
const knownAgents = new Set(['kubernetes', 'jenkins', 'tekton-pipeline']);
const nowhere: Source = { path: [] };

const placeOf = (job: JobBase): Source => sourceOf(job) ?? nowhere;

/** Jobs of one repository: those of the configuration and those of the repository itself together. */
export function checkPresubmits(jobs: readonly Presubmit[], components: ComponentsConfig, findings: Findings): void {
  checkTogether(jobs, 'presubmit', findings);
  checkRequires(jobs, 'presubmit', findings, placeOf);
  for (const job of jobs) {
    const place = placeOf(job);
    checkBase(job, 'presubmit', components, findings, place);
    checkTrigger(job, findings, place);
    checkBrancher(job, findings, place);
    checkChangeMatcher(job, job.always_run === true, findings, place);
    checkReporting(job, findings, place);
  }
}

export function checkPostsubmits(jobs: readonly Postsubmit[], components: ComponentsConfig, findings: Findings): void {
  checkTogether(jobs, 'postsubmit', findings);
  checkRequires(jobs, 'postsubmit', findings, placeOf);
  for (const job of jobs) {
    const place = placeOf(job);
    checkBase(job, 'postsubmit', components, findings, place);
    checkBrancher(job, findings, place);
    checkChangeMatcher(job, job.always_run === true, findings, place);
    checkReporting(job, findings, place);
  }
}

export function checkPeriodics(jobs: readonly Periodic[], components: ComponentsConfig, findings: Findings): void {
  const seen = new Set<string>();
  for (const job of jobs) {
    const place = placeOf(job);
    if (seen.has(job.name)) findings.error('PROW_CONFIG_DUPLICATE_JOB', `the periodic ${job.name} is defined twice`, within(place, 'name'));
    seen.add(job.name);
    checkBase(job, 'periodic', components, findings, place);
    checkSchedule(job, findings, place);
    checkRetry(job, findings, within(place, 'retry'));
  }
}

type RepoJob = JobBase & Brancher & Reporter;

// Two jobs of one name, or of one context, must not meet on a branch.
function checkTogether(jobs: readonly RepoJob[], kind: string, findings: Findings): void {
  const byName = new Map<string, RepoJob[]>();
  const byContext = new Map<string, RepoJob[]>();
  for (const job of jobs) {
    const sameName = byName.get(job.name) ?? [];
    if (sameName.some((other) => safelyIntersect(other, job))) {
      findings.error('PROW_CONFIG_DUPLICATE_JOB', `the ${kind} ${job.name} is defined twice for the same branches${firstPlace(sameName[0])}`, within(placeOf(job), 'name'));
    }
    byName.set(job.name, [...sameName, job]);
    const sameContext = byContext.get(job.context ?? '') ?? [];
    const rival = sameContext.find((other) => other.name !== job.name && safelyIntersect(other, job));
    if (rival !== undefined) {
      findings.error('PROW_CONFIG_DUPLICATE_CONTEXT', `${job.name} and ${rival.name} report to the same context ${JSON.stringify(job.context ?? '')}`, within(placeOf(job), 'context'));
    }
    byContext.set(job.context ?? '', [...sameContext, job]);
  }
}

function firstPlace(job: JobBase | undefined): string {
  const file = job === undefined ? undefined : sourceOf(job)?.file;
  return file === undefined ? '' : `; the first is in ${file}`;
}

// A broken expression is reported by itself.
function safelyIntersect(one: Brancher, other: Brancher): boolean {
  try {
    return branchersIntersect(one, other);
  } catch {
    return false;
  }
}

function checkBase(job: JobBase, type: ProwJobType, components: ComponentsConfig, findings: Findings, where: Source): void {
  const pattern = job.agent === 'jenkins' ? jenkinsNamePattern : namePattern;
  if (!pattern.test(job.name)) {
    findings.error('PROW_CONFIG_JOB_NAME', `the ${type}'s name ${JSON.stringify(job.name)} must be of letters, digits, '-', '.' and '_'`, within(where, 'name'));
  }
  if ((job.max_concurrency ?? 0) < 0) {
    findings.error('PROW_CONFIG_RANGE', `max_concurrency is ${job.max_concurrency}, expected 0 or more`, within(where, 'max_concurrency'));
  }
  checkAgent(job, components.pod_namespace, findings, where);
  if (job.spec !== undefined) checkPodSpec(type, job.spec, job.decoration_config, findings, within(where, 'spec'));
  if (job.agent === 'tekton-pipeline') checkPipelineRunSpec(job, type, findings, where);
  checkLabels(job, findings, where);
  const queues = Object.keys(components.plank.job_queue_capacities ?? {});
  if ((job.job_queue_name ?? '') !== '' && !queues.includes(job.job_queue_name ?? '')) {
    findings.error('PROW_CONFIG_UNKNOWN_QUEUE', `there is no queue ${job.job_queue_name} in plank.job_queue_capacities`, within(where, 'job_queue_name'), nearestNames(job.job_queue_name ?? '', queues));
  }
  const containers = job.spec?.containers ?? [];
  if (containers.length === 0) return;
  checkRerunAuth(job.rerun_auth_config, findings, within(where, 'rerun_auth_config'));
  checkCloneUris(job, findings, where);
  if (job.decoration_config === undefined) return;
  checkDecoration(job.decoration_config, findings, within(where, 'decoration_config'));
  for (const [index, container] of containers.entries()) {
    const [first = ''] = [...(container.command ?? []), ...(container.args ?? [])];
    if (first === '') findings.error('PROW_CONFIG_POD', 'a decorated container needs a command or args', within(where, 'spec', 'containers', index));
  }
}

function checkAgent(job: JobBase, podNamespace: string, findings: Findings, where: Source): void {
  const { agent } = job;
  const pipeline = job.pipeline_run_spec !== undefined || job.tekton_pipeline_run_spec?.v1beta1 !== undefined;
  const at = (key: string, message: string): void => findings.error('PROW_CONFIG_AGENT', message, within(where, key));
  if (!knownAgents.has(agent)) {
    findings.warning('PROW_CONFIG_UNKNOWN_AGENT', `the agent ${agent} is unknown here and its jobs are not checked`, within(where, 'agent'), nearestNames(agent, knownAgents));
  } else if (job.spec !== undefined && agent !== 'kubernetes') at('spec', `a spec needs agent: kubernetes, found ${agent}`);
  else if (agent === 'kubernetes' && job.spec === undefined) findings.error('PROW_CONFIG_AGENT', `the job ${job.name} needs a spec`, where);
  else if (pipeline && agent !== 'tekton-pipeline') at('pipeline_run_spec', `a pipeline_run_spec needs agent: tekton-pipeline, found ${agent}`);
  else if (agent === 'tekton-pipeline' && !pipeline) findings.error('PROW_CONFIG_AGENT', `the job ${job.name} needs a pipeline_run_spec`, where);
  else if (job.decoration_config !== undefined && agent !== 'kubernetes') at('decoration_config', `decoration needs agent: kubernetes, found ${agent}`);
  else if (job.error_on_eviction === true && agent !== 'kubernetes') at('error_on_eviction', `error_on_eviction needs agent: kubernetes, found ${agent}`);
  else if (job.namespace !== podNamespace && agent !== 'tekton-pipeline') at('namespace', `an own namespace needs agent: tekton-pipeline; the others use pod_namespace, ${podNamespace}`);
}

function checkLabels(job: JobBase, findings: Findings, where: Source): void {
  for (const [key, value] of Object.entries(job.labels ?? {})) {
    const place = within(where, 'labels', key);
    if (reservedLabels.has(key)) findings.error('PROW_CONFIG_RESERVED', `the label ${key} is set by Prow`, place);
    else if (!isQualifiedName(key)) findings.error('PROW_CONFIG_LABEL', `${JSON.stringify(key)} is not a label's name`, place);
    else if (!isValidLabelValue(value)) {
      findings.error('PROW_CONFIG_LABEL', `the label ${key} has the value ${JSON.stringify(value)}: expected at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends`, place);
    }
  }
  for (const key of Object.keys(job.annotations ?? {})) {
    if (!isQualifiedName(key)) findings.error('PROW_CONFIG_LABEL', `${JSON.stringify(key)} is not an annotation's name`, within(where, 'annotations', key));
  }
}

// upstream: UtilityConfig.Validate, which looks at extra_refs only where the job itself has a clone_uri.
function checkCloneUris(job: JobBase, findings: Findings, where: Source): void {
  if ((job.clone_uri ?? '') === '') return;
  const uris = [
    { uri: job.clone_uri ?? '', place: within(where, 'clone_uri') },
    ...(job.extra_refs ?? []).map((refs, index) => ({ uri: refs.clone_uri ?? '', place: within(where, 'extra_refs', index, 'clone_uri') })),
  ];
  for (const { uri, place } of uris) {
    const bare = uri.slice(uri.indexOf('@') + 1);
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(bare)?.[1]?.toLowerCase() ?? '';
    if (/^:|^[^/?#]*[^A-Za-z0-9+.\-/?#:][^/?#]*:(?!\/)/.test(bare) && scheme === '') {
      findings.error('PROW_CONFIG_URL', `${JSON.stringify(uri)} is not an address to clone from`, place);
    } else if (job.decoration_config?.oauth_token_secret !== undefined && scheme !== 'http' && scheme !== 'https') {
      findings.error('PROW_CONFIG_URL', `with oauth_token_secret, ${JSON.stringify(uri)} must begin with https:// or http://`, place);
    }
  }
}

function checkTrigger(job: Presubmit, findings: Findings, where: Source): void {
  const { trigger, rerun_command: rerun } = job;
  // The default trigger is right whenever the name is, and compiling thousands of them is not for free.
  if (trigger === defaultTriggerFor(job.name) && namePattern.test(job.name)) return;
  if ((trigger === '') !== (rerun === '')) {
    findings.error('PROW_CONFIG_TRIGGER', 'trigger and rerun_command go together', within(where, trigger === '' ? 'rerun_command' : 'trigger'));
  }
  try {
    if (!compileRegex(trigger).test(rerun)) {
      findings.error('PROW_CONFIG_TRIGGER', `rerun_command ${JSON.stringify(rerun)} does not match trigger ${JSON.stringify(trigger)}`, within(where, 'rerun_command'));
    }
  } catch (error) {
    findings.error('PROW_CONFIG_REGEX', `trigger: ${messageOf(error)}`, within(where, 'trigger'));
  }
}

function checkBrancher(job: Brancher, findings: Findings, where: Source): void {
  for (const key of ['branches', 'skip_branches'] as const) {
    const sources = job[key] ?? [];
    if (sources.length === 0) continue;
    try {
      compileRegex(sources.join('|'));
    } catch (error) {
      // Point at the one that is broken by itself, if there is one.
      const culprit = sources.findIndex((source) => !compiles(source));
      findings.error('PROW_CONFIG_REGEX', `${key}: ${messageOf(error)}`, culprit === -1 ? within(where, key) : within(where, key, culprit));
    }
  }
}

function compiles(source: string): boolean {
  try {
    compileRegex(source);
    return true;
  } catch {
    return false;
  }
}

function checkChangeMatcher(job: RegexpChangeMatcher, alwaysRun: boolean, findings: Findings, where: Source): void {
  const keys = (['run_if_changed', 'skip_if_only_changed'] as const).filter((key) => (job[key] ?? '') !== '');
  for (const key of keys) {
    if (alwaysRun) findings.error('PROW_CONFIG_EXCLUSIVE', `always_run: true and ${key} exclude one another`, within(where, key));
    try {
      compileRegex(job[key] ?? '');
    } catch (error) {
      findings.error('PROW_CONFIG_REGEX', `${key}: ${messageOf(error)}`, within(where, key));
    }
  }
  if (keys.length === 2) findings.error('PROW_CONFIG_EXCLUSIVE', 'run_if_changed and skip_if_only_changed exclude one another', within(where, 'skip_if_only_changed'));
}

function checkReporting(job: JobBase & Reporter, findings: Findings, where: Source): void {
  if (job.skip_report !== true && (job.context ?? '') === '') {
    findings.error('PROW_CONFIG_MISSING', 'a job that reports needs a context', where);
  }
  if (job.skip_report === true && (job.labels?.[gerritReportLabel] ?? '') !== '') {
    findings.error('PROW_CONFIG_EXCLUSIVE', `skip_report and the label ${gerritReportLabel} exclude one another`, within(where, 'labels', gerritReportLabel));
  }
}

const maxRetryAttempts = 10;

function checkRetry({ retry }: Periodic, findings: Findings, where: Source): void {
  const attempts = retry?.attempts ?? 0;
  if (attempts < 0 || attempts > maxRetryAttempts) findings.error('PROW_CONFIG_RANGE', `retry.attempts is ${attempts}, expected 0 to ${maxRetryAttempts}`, within(where, 'attempts'));
  if ((retry?.interval ?? '') === '') return;
  try {
    parseGoDuration(retry?.interval ?? '');
  } catch (error) {
    findings.error('PROW_CONFIG_DURATION', `retry.interval ${JSON.stringify(retry?.interval)}: ${messageOf(error)}`, within(where, 'interval'));
  }
}

function checkSchedule(job: Periodic, findings: Findings, where: Source): void {
  const set = (['cron', 'interval', 'minimum_interval'] as const).filter((key) => (job[key] ?? '') !== '');
  if (set.length > 1) findings.error('PROW_CONFIG_EXCLUSIVE', `${set.join(' and ')} exclude one another`, within(where, set[1] ?? ''));
  if (set.length === 0) findings.error('PROW_CONFIG_MISSING', `the periodic ${job.name} needs one of cron, interval and minimum_interval`, where);
  if (set.length !== 1) return;
  for (const key of set) {
    try {
      if (key === 'cron') parseCron(job.cron ?? '');
      else parseGoDuration(job[key] ?? '');
    } catch (error) {
      findings.error(key === 'cron' ? 'PROW_CONFIG_CRON' : 'PROW_CONFIG_DURATION', `${key} ${JSON.stringify(job[key])}: ${messageOf(error)}`, within(where, key));
    }
  }
}
