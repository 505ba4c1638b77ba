import type { ProwJob } from '@prow/model-prowjob';

/** What plugins do with ProwJobs. */
export interface ProwJobs {
  /** `created` false: one of that name was there already, which is as good. */
  create(prowJob: ProwJob): Promise<{ created: boolean }>;
  /** Presubmit jobs of a pull request that are not complete. */
  listRunning(query: { org: string; repo: string; number: number }): Promise<ProwJob[]>;
  /** Presubmit jobs of a pull request, complete ones, too. */
  listOfPull(query: { org: string; repo: string; number: number }): Promise<ProwJob[]>;
  /** Asks the controller to stop a job; false when the job changed or went away meanwhile. */
  abort(prowJob: ProwJob, description: string): Promise<boolean>;
}
