import type { ProwJob } from '@prow/model-prowjob';

/** What `POST /manual-trigger` takes. */
export interface TriggerRequest {
  org: string;
  repo: string;
  base_ref: string;
  prowtype: 'presubmit' | 'postsubmit' | 'periodic' | 'batch';
  prowjob: string;
  user: string;
  /** Default: where base_ref is now. */
  base_sha?: string;
  /** Numbers of pull requests: one for a presubmit, two or more for a batch. */
  pulls?: number[];
  /** Added to each container of the job, where the allow-list has the name. */
  env?: Record<string, string>;
  /** Added to the ProwJob and its pod, where the allow-list has the key. */
  labels?: Record<string, string>;
  /** As labels. */
  annotations?: Record<string, string>;
  dry_run?: boolean;
}

/** Who sent it. */
export interface Caller {
  /** `kubernetes/system:serviceaccount:ci:cimaster`: what keys of idempotency are apart by. */
  id: string;
  /** Written on the ProwJob besides the user it is for. Undefined: nobody was asked. */
  name: string | undefined;
}

export interface Triggered {
  prowJob: ProwJob;
  /** False: the same request had made it before, or it was a dry run. */
  created: boolean;
}
