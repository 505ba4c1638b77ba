import { GitHubError } from '@prow/clients-github';
import type { Change } from '../../base-tip.ts';
import type { PluginContext } from '../../plugin.ts';
import { isOkToTest, isRetest, isTestAll } from './commands.ts';

/**
 * GitHub's own workflows, where the configuration asks for it: `/ok-to-test` lets waiting runs of a newcomer start,
 * `/retest` and `/test all` run failed ones again. Runs that GitHub no longer lets be changed are passed over.
 */
export async function runWorkflows(text: string, { org, repo, pullRequest }: Change, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  const approves = isOkToTest(text);
  const reruns = isRetest(text) || isTestAll(text);
  if (!approves && !reruns) return;
  const runs = await github.listWorkflowRuns({ org, repo, headSha: pullRequest.head.sha });
  const failed = new Set(['failure', 'timed_out', 'cancelled']);
  for (const run of runs) {
    try {
      if (approves && (run.conclusion === 'action_required' || run.status === 'action_required')) {
        await github.approveWorkflowRun({ org, repo, runId: run.id });
        decide('workflow run approved', { workflow: run.name, url: run.html_url });
      } else if (reruns && run.conclusion !== null && failed.has(run.conclusion)) {
        await github.rerunFailedJobs({ org, repo, runId: run.id });
        decide('failed jobs of a workflow run again', { workflow: run.name, url: run.html_url });
      }
    } catch (error) {
      if (!(error instanceof GitHubError) || error.transient) throw error;
      decide('GitHub refused to run a workflow', { workflow: run.name, message: error.githubMessage });
    }
  }
}
