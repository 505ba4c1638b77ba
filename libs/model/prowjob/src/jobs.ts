// Jobs as configured, after defaulting: what the configuration gives to those who make ProwJobs of them.
// upstream: pkg/config/jobs.go
import type { PodSpec } from '@prow/model-kube-types';
import type { DecorationConfig, ProwJobDefault, Refs, ReporterConfig, RerunAuthConfig } from './types.ts';

/** What every kind of job has. Wire names are upstream's; absent means the zero value. */
export interface JobBase {
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  max_concurrency?: number;
  /** `kubernetes` after defaulting unless configured otherwise. */
  agent: string;
  cluster: string;
  namespace?: string;
  error_on_eviction?: boolean;
  spec?: PodSpec;
  pipeline_run_spec?: Record<string, unknown>;
  tekton_pipeline_run_spec?: { v1beta1?: Record<string, unknown> };
  reporter_config?: ReporterConfig;
  rerun_auth_config?: RerunAuthConfig;
  hidden?: boolean;
  prowjob_defaults?: ProwJobDefault;
  job_queue_name?: string;
  // UtilityConfig
  decorate?: boolean;
  path_alias?: string;
  clone_uri?: string;
  skip_submodules?: boolean;
  clone_depth?: number;
  skip_fetch_head?: boolean;
  extra_refs?: Refs[];
  decoration_config?: DecorationConfig;
}

/** On which branches a job runs: regular expressions in Go's syntax, unanchored. */
export interface Brancher {
  branches?: string[];
  skip_branches?: string[];
}

/** Which changed files a job depends on. */
export interface RegexpChangeMatcher {
  run_if_changed?: string;
  skip_if_only_changed?: string;
}

export interface Reporter {
  /** Status context; the job's name after defaulting. */
  context?: string;
  skip_report?: boolean;
}

/** Jobs that must succeed first. Not upstream's; jobs without it behave as upstream's. */
export interface Requiring {
  /** Names of jobs of the same kind and repository. */
  requires?: string[];
}

export interface Presubmit extends JobBase, Brancher, RegexpChangeMatcher, Reporter, Requiring {
  always_run?: boolean;
  optional?: boolean;
  trigger: string;
  rerun_command: string;
  run_before_merge?: boolean;
  jenkins_spec?: { github_branch_source_job?: boolean };
}

export interface Postsubmit extends JobBase, Brancher, RegexpChangeMatcher, Reporter, Requiring {
  /** Undefined: true, unless a change matcher is set. */
  always_run?: boolean;
  jenkins_spec?: { github_branch_source_job?: boolean };
}

export interface Periodic extends JobBase {
  /** Go duration. Exactly one of interval, minimum_interval and cron is set. */
  interval?: string;
  minimum_interval?: string;
  cron?: string;
  tags?: string[];
  retry?: { run_all?: boolean; attempts?: number; interval?: string };
}

/** Whether a presubmit runs by itself on some change, without anyone asking. upstream: TriggersConditionally etc. */
export function runsConditionally(job: RegexpChangeMatcher): boolean {
  return (job.run_if_changed ?? '') !== '' || (job.skip_if_only_changed ?? '') !== '';
}

/** Whether a presubmit runs only when asked for by name. upstream: Presubmit.NeedsExplicitTrigger */
export function needsExplicitTrigger(job: Presubmit): boolean {
  return job.always_run !== true && !runsConditionally(job);
}

/** Whether failing it does not stand in the way of merging. upstream: Presubmit.ContextRequired, inverted */
export function isContextRequired(job: Presubmit): boolean {
  return job.optional !== true && job.skip_report !== true;
}

/** Whether a run's outcome can ever be needed by tide for a change. upstream: Presubmit.CouldRun's counterpart */
export function isRequiredForMerge(job: Presubmit): boolean {
  return isContextRequired(job) || job.run_before_merge === true;
}
