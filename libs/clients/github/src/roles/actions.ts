import type { RepositoryName, WorkflowRun } from './types.ts';

/** GitHub's own workflows, as far as comments may start them. */
export interface Actions {
  listWorkflowRuns(
    query: RepositoryName & { headSha?: string; branch?: string; event?: string; status?: string },
  ): Promise<WorkflowRun[]>;
  /** Lets a first-time contributor's run start. */
  approveWorkflowRun(name: RepositoryName & { runId: number }): Promise<void>;
  rerunFailedJobs(name: RepositoryName & { runId: number }): Promise<void>;
  rerunWorkflow(name: RepositoryName & { runId: number }): Promise<void>;
}
