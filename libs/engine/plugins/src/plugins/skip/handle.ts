import type { GenericComment } from '@prow/model-github-events';
import { commentFilter, needsContexts, runsAgainstBranch, selectPresubmits } from '@prow/model-job-selection';
import { triggerFor } from '@prow/model-plugin-config';
import { isContextRequired } from '@prow/model-prowjob';
import { changedPaths } from '../../changed-paths.ts';
import { nameOf, type PluginContext, threadOf } from '../../plugin.ts';
import { bareCommand } from '../../text.ts';
import { jobsOfChange } from '../trigger/select-jobs.ts';

const isSkip = bareCommand('skip');

type Context = Pick<PluginContext, 'github' | 'jobs' | 'decide' | 'plugins' | 'pullRequest'>;

/** `/skip` turns contexts green that nobody requires, unless the same comment starts their jobs. */
export async function handleSkip(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open' || !isSkip(comment.body)) return;
  const { github, decide, plugins } = context;
  const thread = threadOf(comment);
  const name = nameOf(comment.repository);
  const pullRequest = await context.pullRequest(thread);
  const [{ presubmits }, { statuses }] = await Promise.all([
    jobsOfChange({ ...name, pullRequest }, context),
    github.getCombinedStatus({ ...name, ref: pullRequest.head.sha }),
  ]);
  const failed = new Set(statuses.filter(({ state }) => state === 'failure' || state === 'error').map((status) => status.context));
  const filter = commentFilter(comment.body, {
    honorOkToTest: !triggerFor(plugins, name.org, name.repo).ignore_ok_to_test,
    ...(needsContexts(comment.body) ? { failedContexts: failed, allContexts: new Set(statuses.map((status) => status.context)) } : {}),
  });
  const started = await selectPresubmits({ presubmits, branch: pullRequest.base.ref, files: () => changedPaths(github, thread), filter });
  const startedContexts = new Set(started.toRun.map((job) => job.context));
  const requiredContexts = new Set(presubmits.filter((job) => isContextRequired(job) && runsAgainstBranch(job, pullRequest.base.ref)).map((job) => job.context));
  const skippable = new Set(presubmits.filter((job) => !isContextRequired(job)).map((job) => job.context));
  for (const status of statuses) {
    if (status.state === 'success' || !skippable.has(status.context) || startedContexts.has(status.context) || requiredContexts.has(status.context)) continue;
    decide('context skipped', { context: status.context });
    await github.createStatus({ ...name, sha: pullRequest.head.sha, state: 'success', context: status.context, description: 'Skipped' });
  }
}
