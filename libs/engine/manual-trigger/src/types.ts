import type { ProwJob } from '@prow/model-prowjob';

/** What `POST /manual-trigger` takes. */
export interface TriggerRequest {
  org: string;
  repo: string;
  base_ref: string;
  prowtype: 'presubmit' | 'postsubmit' | 'periodic' | 'batch';
  prowjob: string;
  user: string;
  base_sha?: string;
  /** Numbers of pull requests: one for a presubmit, two or more for a batch. */
  pulls?: number[];
  dry_run?: boolean;
}

export interface Triggered {
  prowJob: ProwJob;
  /** False: the same request had made it before, or it was a dry run. */
  created: boolean;
}
