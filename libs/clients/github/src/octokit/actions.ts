import type { Actions } from '../roles/actions.ts';
import type { WorkflowRun } from '../roles/types.ts';
import type { Asker } from '../transport/asker.ts';

export function actions(ask: Asker): Actions {
  const act = async (what: string, { org, repo, runId }: { org: string; repo: string; runId: number }): Promise<void> => {
    await ask.write(`POST /repos/{owner}/{repo}/actions/runs/{run_id}/${what}`, { owner: org, repo, run_id: runId }, { repeatable: true, dryRun: undefined });
  };
  return {
    listWorkflowRuns: ({ org, repo, headSha, ...query }) =>
      ask.list<WorkflowRun>('GET /repos/{owner}/{repo}/actions/runs', { owner: org, repo, ...(headSha === undefined ? {} : { head_sha: headSha }), ...query }, { key: 'workflow_runs' }),
    approveWorkflowRun: (name) => act('approve', name),
    rerunFailedJobs: (name) => act('rerun-failed-jobs', name),
    rerunWorkflow: (name) => act('rerun', name),
  };
}
