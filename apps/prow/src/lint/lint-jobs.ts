// Jobs that cannot do what they look like they do.
import { nearestNames } from '@prow/base-errors';
import { compileRegex } from '@prow/base-regex';
import { sourceOf } from '@prow/model-config';
import type { Findings, ProwConfig, Source } from '@prow/model-config';
import { hasChangeMatcher } from '@prow/model-job-selection';
import type { JobBase, Presubmit } from '@prow/model-prowjob';

const maxNameBytes = 63;
const at = (job: JobBase, ...steps: readonly (string | number)[]): Source => {
  const source = sourceOf(job) ?? { path: [] };
  return { ...source, path: [...source.path, ...steps] };
};

export function lintJobs(config: ProwConfig, findings: Findings): void {
  for (const [repo, jobs] of Object.entries(config.presubmits)) {
    for (const job of jobs) {
      lintJob(job, 'presubmit', repo, findings);
      lintPresubmit(job, findings);
      lintBranches(job, findings);
    }
  }
  for (const [repo, jobs] of Object.entries(config.postsubmits)) {
    for (const job of jobs) {
      lintJob(job, 'postsubmit', repo, findings);
      lintBranches(job, findings);
    }
  }
  for (const job of config.periodics) {
    lintJob(job, 'periodic', undefined, findings);
    for (const key of ['clone_depth', 'clone_uri', 'path_alias'] as const) {
      if (job[key] !== undefined) findings.warning('PROW_CHECK_NO_EFFECT', `${key} has no effect on a periodic; it goes to extra_refs`, at(job, key));
    }
  }
  lintClusters(config, findings);
}

function lintJob(job: JobBase, kind: string, repo: string | undefined, findings: Findings): void {
  // upstream: validateJobRequirements' name length; the label prow.k8s.io/job is cut there.
  if (job.name.length > maxNameBytes) {
    findings.warning('PROW_CHECK_NAME_LENGTH', `the ${kind}'s name has ${job.name.length} characters, expected at most ${maxNameBytes}: labels would hold only its beginning`, at(job, 'name'));
  }
  const repeated = new Set<string>();
  const seen = new Set(repo === undefined ? [] : [repo]);
  for (const [index, refs] of (job.extra_refs ?? []).entries()) {
    const name = `${refs.org ?? ''}/${refs.repo ?? ''}`;
    if (seen.has(name) && !repeated.has(name)) {
      findings.warning('PROW_CHECK_REPEATED_REF', `${name} is cloned twice${repo === name ? ': it is the tested repository' : ''}`, at(job, 'extra_refs', index));
      repeated.add(name);
    }
    seen.add(name);
  }
  if (job.agent === 'kubernetes' && job.decorate !== true) {
    findings.warning('PROW_CHECK_NOT_DECORATED', `${job.name} is not decorated: nothing clones its code or keeps its log`, at(job, 'decorate'));
  }
  if (job.decorate !== true && job.decoration_config !== undefined) {
    findings.warning('PROW_CHECK_NO_EFFECT', 'decoration_config has no effect without decorate: true', at(job, 'decoration_config'));
  }
}

function lintPresubmit(job: Presubmit, findings: Findings): void {
  if (job.run_before_merge === true && job.always_run === true) {
    findings.warning('PROW_CHECK_NO_EFFECT', 'run_before_merge has no effect with always_run: true', at(job, 'run_before_merge'));
  }
}

// An expression that can match no branch name at all: anchors in the wrong place, a blank at the end.
function lintBranches(job: JobBase & { branches?: string[]; skip_branches?: string[]; run_if_changed?: string; skip_if_only_changed?: string }, findings: Findings): void {
  for (const key of ['branches', 'skip_branches'] as const) {
    for (const [index, source] of (job[key] ?? []).entries()) {
      const problem = cannotMatch(source, 'branch');
      if (problem !== undefined) findings.warning('PROW_CHECK_REGEX_MATCHES_NOTHING', `${JSON.stringify(source)} matches hardly a branch: ${problem}`, at(job, key, index));
    }
  }
  if (!hasChangeMatcher(job)) return;
  for (const key of ['run_if_changed', 'skip_if_only_changed'] as const) {
    const source = job[key];
    const problem = source === undefined ? undefined : cannotMatch(source, 'file');
    if (problem !== undefined) findings.warning('PROW_CHECK_REGEX_MATCHES_NOTHING', `${JSON.stringify(source)} matches hardly a file: ${problem}`, at(job, key));
  }
}

function cannotMatch(source: string, what: 'branch' | 'file'): string | undefined {
  try {
    compileRegex(source);
  } catch {
    return undefined;
  }
  // Alternatives are looked at together only where none has an end of its own.
  if (/[|()\\]/.test(source)) return undefined;
  if (/.\^/.test(source.replace(/\[[^\]]*\]/g, '')) && !source.includes('(?m')) return '^ after other characters';
  if (/\$[^)|]/.test(source.replace(/\[[^\]]*\]/g, ''))) return '$ before other characters';
  if (/^\^?\//.test(source)) return `names of ${what === 'file' ? 'files' : 'branches'} do not begin with /${source.startsWith('^') ? '' : ', so only what lies deeper matches'}`;
  if (what === 'branch' && /\s/.test(source)) return 'branches hold no blanks';
  return undefined;
}

// A cluster nobody else uses and that looks like another one is a slip; without kubeconfig, no more can be told.
function lintClusters(config: ProwConfig, findings: Findings): void {
  const uses = new Map<string, JobBase[]>();
  const all: JobBase[] = [...Object.values(config.presubmits).flat(), ...Object.values(config.postsubmits).flat(), ...config.periodics];
  for (const job of all) uses.set(job.cluster, [...(uses.get(job.cluster) ?? []), job]);
  const named = new Set([
    'default',
    ...(config.plank.default_decoration_config_entries ?? []).map((entry) => entry.cluster ?? ''),
    ...(config.prowjob_default_entries ?? []).map((entry) => entry.cluster ?? ''),
    ...Object.values(config.in_repo_config.allowed_clusters).flat(),
    ...Object.entries(config.scheduler?.failover?.mappings ?? {}).flat(),
  ]);
  const established = [...uses].filter(([cluster, jobs]) => jobs.length > 2 || named.has(cluster)).map(([cluster]) => cluster);
  for (const [cluster, jobs] of uses) {
    if (named.has(cluster) || established.includes(cluster)) continue;
    const near = nearestNames(cluster, [...established, ...named].filter((name) => name !== '' && name !== '*'));
    if (near.length === 0) continue;
    for (const job of jobs) findings.warning('PROW_CHECK_UNKNOWN_CLUSTER', `the cluster ${cluster} is used nowhere else; did you mean ${near.join(' or ')}?`, at(job, 'cluster'), near);
  }
  for (const job of all) {
    if (config.disabled_clusters?.includes(job.cluster) === true) findings.warning('PROW_CHECK_UNKNOWN_CLUSTER', `the cluster ${job.cluster} is one of disabled_clusters`, at(job, 'cluster'));
  }
}
