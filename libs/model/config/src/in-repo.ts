// Jobs described in the repository they test, defaulted and checked as the central ones are.
// upstream: DefaultAndValidateProwYAML in pkg/config/inrepoconfig.go
import { decode } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import type { Postsubmit, Presubmit } from '@prow/model-prowjob';
import { Findings, fromShapeFinding, within } from './finding.ts';
import type { Finding, Source } from './finding.ts';
import { checkPostsubmits, checkPresubmits } from './jobs/check-jobs.ts';
import { JobDefaulter, sourceOf } from './jobs/default-jobs.ts';
import type { ProwConfig } from './prow-config.ts';
import { isClusterAllowedInRepo, postsubmitsFor, presubmitsFor } from './queries.ts';
import { inRepoFile } from './shapes/job.ts';
import type { DecodedFile } from './assemble.ts';

export type InRepoFile = TypeOf<typeof inRepoFile>;

export interface InRepoJobs {
  /** The repository's own; the central ones are not among them. */
  readonly presubmits: readonly Presubmit[];
  readonly postsubmits: readonly Postsubmit[];
  /** With errors, none of the jobs may be used. */
  readonly findings: readonly Finding[];
}

/** Reads a parsed YAML value as `.prow.yaml`. */
export function decodeInRepoFile(value: unknown, file: string): { value: InRepoFile; findings: Finding[] } {
  const result = decode(inRepoFile, value ?? {});
  return { value: (result.value ?? {}) as InRepoFile, findings: result.findings.map((finding) => fromShapeFinding(finding, file)) };
}

export function assembleInRepoJobs(config: ProwConfig, name: { org: string; repo: string }, files: readonly DecodedFile<InRepoFile>[]): InRepoJobs {
  const repo = `${name.org}/${name.repo}`;
  const findings = new Findings();
  const defaulter = new JobDefaulter({
    components: config,
    presets: [...config.presets, ...files.flatMap(({ value }) => value.presets ?? [])],
    decorateAllJobs: config.decorate_all_jobs === true,
  });
  const place = (file: string, key: string, index: number): Source => ({ file, path: [key, index] });
  const presubmits = files.flatMap(({ file, value }) => (value.presubmits ?? []).map((job, index) => defaulter.presubmit(job, repo, place(file, 'presubmits', index), findings)));
  const postsubmits = files.flatMap(({ file, value }) => (value.postsubmits ?? []).map((job, index) => defaulter.postsubmit(job, repo, place(file, 'postsubmits', index), findings)));
  checkPresubmits([...presubmitsFor(config, repo), ...presubmits], config, findings);
  checkPostsubmits([...postsubmitsFor(config, repo), ...postsubmits], config, findings);
  for (const job of [...presubmits, ...postsubmits]) {
    if (!isClusterAllowedInRepo(config, job.cluster, name.org, name.repo)) {
      findings.error('PROW_CONFIG_CLUSTER_NOT_ALLOWED', `the cluster ${job.cluster} may not be used by jobs described in ${repo}`, within(sourceOf(job) ?? { path: [] }, 'cluster'));
    }
  }
  return { presubmits, postsubmits, findings: findings.items };
}
