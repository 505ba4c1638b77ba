// The part of a ProwJob that decides where its artifacts lie. Structural, so that a ProwJobSpec and the JOB_SPEC that
// the utilities read both fit.

export type JobType = 'presubmit' | 'postsubmit' | 'periodic' | 'batch';

/** `pulls` holds at least one entry for presubmit and batch. upstream: pkg/apis/prowjobs/v1/types.go, Refs */
export interface LayoutRefs {
  org: string;
  repo: string;
  pulls?: readonly { number: number }[] | null;
}

/** A ProwJobSpec, or a JOB_SPEC. */
export interface LayoutJob {
  type: string;
  job: string;
  refs?: LayoutRefs | null;
}

/** upstream: pkg/apis/prowjobs/v1/types.go, GCSConfiguration */
export interface LayoutConfiguration {
  /** `name`, `gs://name`, `s3://name` or `file:///folder`, with an optional path behind. */
  bucket?: string;
  /** Goes before the base path; not before alias and latest-build paths, as upstream. */
  path_prefix?: string;
  path_strategy?: string;
  default_org?: string;
  default_repo?: string;
}
