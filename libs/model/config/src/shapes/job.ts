// Shapes of jobs and presets: the files of the jobs tree, and the in-repository ones. upstream: pkg/config/jobs.go
import { always, anything, bool, doc, integer, list, map, pointer, struct, suggestedText, text, typed } from '@prow/base-schema';
import type { StructShape } from '@prow/base-schema';
import type { EnvVar, Toleration, Volume, VolumeMount } from '@prow/model-kube-types';
import type { Periodic, Postsubmit, Presubmit } from '@prow/model-prowjob';
import { envVar, podSpec, toleration, volume, volumeMount } from './pod.ts';
import { decorationConfig, jenkinsSpec, pipelineRunSpec, prowJobDefault, refs, reporterConfig, rerunAuthConfig, tektonPipelineRunSpec } from './prowjob.ts';

/** Given to every job whose labels include all of its own. */
export interface Preset {
  labels?: Record<string, string>;
  env?: EnvVar[];
  volumes?: Volume[];
  volumeMounts?: VolumeMount[];
  tolerations?: Toleration[];
}

export const preset = typed<Preset>(struct('Preset', {
  labels: always(doc('A job gets the preset when it has all of these; without any, every job does', map(text))),
  env: always(list(envVar)),
  volumes: always(list(volume)),
  volumeMounts: always(list(volumeMount)),
  tolerations: list(toleration),
}));

const utilityConfig = struct('UtilityConfig', {
  decorate: pointer(doc('Clone the code and keep log and artifacts by the pod utilities', bool)),
  path_alias: text,
  clone_uri: text,
  skip_submodules: bool,
  clone_depth: integer,
  skip_fetch_head: bool,
  extra_refs: doc('More repositories to clone', list(refs)),
  decoration_config: pointer(decorationConfig),
});

const jobBase = struct('JobBase', {
  name: always(doc('Letters, digits, `-`, `.` and `_`; unique among the jobs that run on a branch', text)),
  labels: map(text),
  max_concurrency: doc('Runs at the same time at most; 0 sets no bound', integer),
  agent: suggestedText('kubernetes', 'jenkins', 'tekton-pipeline'),
  cluster: doc('Alias of the build cluster: a kubeconfig context', text),
  namespace: pointer(text),
  error_on_eviction: doc('An evicted pod is an error rather than started anew', bool),
  spec: pointer(podSpec),
  pipeline_run_spec: pointer(pipelineRunSpec),
  tekton_pipeline_run_spec: pointer(tektonPipelineRunSpec),
  annotations: map(text),
  reporter_config: pointer(reporterConfig),
  rerun_auth_config: pointer(rerunAuthConfig),
  hidden: doc('Shown only by a deck that shows hidden jobs', bool),
  prowjob_defaults: pointer(prowJobDefault),
  job_queue_name: doc('One of plank.job_queue_capacities', text),
}, [utilityConfig]);

const brancher = struct('Brancher', {
  skip_branches: doc('Regular expressions; wins over branches', list(text)),
  branches: doc('Regular expressions, unanchored; none: all branches', list(text)),
});
const regexpChangeMatcher = struct('RegexpChangeMatcher', {
  run_if_changed: doc('Run by itself when some changed file matches this regular expression', text),
  skip_if_only_changed: doc('Run by itself unless all changed files match this regular expression', text),
});
const reporter = struct('Reporter', {
  context: doc("Name of the commit status; default: the job's", text),
  skip_report: doc('Write no commit status', bool),
});

const requires = doc('Jobs of the same kind and repository that must succeed first for the same commits; not upstream\'s', list(text));

export const presubmit: StructShape<Presubmit> = typed<Presubmit>(struct('Presubmit', {
  always_run: always(doc('Run for every change', bool)),
  optional: doc('May fail without keeping the change from merging', bool),
  trigger: doc('Regular expression of comments that start it; goes with rerun_command', text),
  rerun_command: doc('What to comment to start it; must match trigger', text),
  run_before_merge: doc('Run by tide before it merges', bool),
  requires,
  jenkins_spec: pointer(jenkinsSpec),
}, [jobBase, brancher, regexpChangeMatcher, reporter]));

export const postsubmit: StructShape<Postsubmit> = typed<Postsubmit>(struct('Postsubmit', {
  always_run: pointer(doc('Run for every push; the default without a change matcher', bool)),
  requires,
  jenkins_spec: pointer(jenkinsSpec),
}, [jobBase, regexpChangeMatcher, brancher, reporter]));

export const periodic: StructShape<Periodic> = typed<Periodic>(struct('Periodic', {
  interval: doc('Go duration from the start of the last run. Exactly one of interval, minimum_interval and cron', text),
  minimum_interval: doc('Go duration from the end of the last run', text),
  cron: doc('Cron expression, UTC', text),
  tags: list(text),
  retry: pointer(struct('PeriodicRetry', { run_all: bool, attempts: doc('At most 10', integer), interval: doc('Go duration', text) })),
}, [jobBase]));

/** A file of the jobs tree. */
export const jobFile = struct('JobFile', {
  presets: list(preset),
  presubmits: doc('By org/repo', map(list(presubmit))),
  postsubmits: doc('By org/repo', map(list(postsubmit))),
  periodics: list(periodic),
  decorate_all_jobs: doc('Counts in config.yaml only', bool),
  prow_ignored: doc('Anything; for YAML anchors', anything()),
});

/** `.prow.yaml` and the files of `.prow/`. upstream: ProwYAML in pkg/config/inrepoconfig.go */
export const inRepoFile = struct('InRepoFile', {
  presets: always(list(preset)),
  presubmits: always(list(presubmit)),
  postsubmits: always(list(postsubmit)),
  prow_ignored: doc('Anything; for YAML anchors', anything()),
});
