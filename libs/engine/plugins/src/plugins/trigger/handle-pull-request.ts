import type { PullRequestEvent } from '@prow/model-github-events';
import { testAllFilter } from '@prow/model-job-selection';
import { triggerFor } from '@prow/model-plugin-config';
import type { Change } from '../../base-tip.ts';
import { labelNames, LabelSet, setLabel } from '../../labels.ts';
import { nameOf, type PluginContext, pullOf } from '../../plugin.ts';
import { trustOfPull, trustOfUser } from '../../trust.ts';
import { trustRules } from '../../trust-rules.ts';
import { draftMessage, welcomeMessage } from './messages.ts';
import { abortRunning, runPresubmits } from './run-jobs.ts';
import { jobsOfChange, refsOf, selectFor } from './select-jobs.ts';

/** What happens to a pull request decides which jobs start and stop. upstream: pkg/plugins/trigger/pull-request.go */
export async function handlePullRequest(event: PullRequestEvent, context: PluginContext): Promise<void> {
  const change: Change = { ...nameOf(event.repository), pullRequest: event.pullRequest };
  switch (event.action) {
    case 'opened':
      return handleOpened(event, change, context);
    case 'reopened':
    case 'ready_for_review':
      return runIfTrusted(event, change, context);
    case 'edited':
      if (event.changes.baseRefFrom !== undefined || event.changes.baseShaFrom !== undefined) await runIfTrusted(event, change, context);
      return undefined;
    case 'synchronize':
      return handleSynchronize(event, change, context);
    case 'labeled':
      return handleLabeled(event, change, context);
    case 'closed':
    case 'converted_to_draft':
      return abortRunning(pullOf(event), context);
    default:
      return undefined;
  }
}

async function handleOpened(event: PullRequestEvent, change: Change, context: PluginContext): Promise<void> {
  const { github, decide, plugins } = context;
  const { org, repo, pullRequest } = change;
  if (!(await hasPresubmits(change, context))) return;
  const rules = trustRules(plugins, org, repo);
  const trust = await trustOfUser(github, { org, repo, login: pullRequest.author.login, rules });
  decide(trust.isTrusted ? 'author is trusted' : 'author is not trusted', { author: pullRequest.author.login, reason: trust.reason });
  if (trust.isTrusted) {
    if (pullRequest.isDraft) await github.createComment({ ...pullOf(event), body: draftMessage() });
    else await runAll(change, context);
    return;
  }
  const settings = triggerFor(plugins, org, repo);
  await github.createComment({ ...pullOf(event), body: welcomeMessage({ org, author: pullRequest.author.login, settings }) });
  if (!settings.ignore_ok_to_test && !new LabelSet(pullRequest.labels).has(labelNames.okToTest)) {
    await github.addLabels({ ...pullOf(event), labels: [labelNames.needsOkToTest] });
  }
}

async function handleSynchronize(event: PullRequestEvent, change: Change, context: PluginContext): Promise<void> {
  if (!(await hasPresubmits(change, context))) return;
  // Handled a second time, it finds its own jobs running.
  await abortRunning(pullOf(event), context, { exceptGuid: context.guid });
  await runIfTrusted(event, change, context);
}

async function runIfTrusted(event: PullRequestEvent, change: Change, context: PluginContext): Promise<void> {
  const { github, decide, plugins } = context;
  const { org, repo, pullRequest } = change;
  if (!(await hasPresubmits(change, context))) return;
  const labels = new LabelSet(pullRequest.labels);
  const trust = await trustOfPull(github, { org, repo, login: pullRequest.author.login, rules: trustRules(plugins, org, repo), labels });
  decide(trust.isTrusted ? 'pull request is trusted' : 'pull request is not trusted', { reason: trust.reason });
  if (!trust.isTrusted) return;
  if (labels.has(labelNames.needsOkToTest)) await setLabel(github, pullOf(event), labelNames.needsOkToTest, false);
  await runUnlessDraft(change, context);
}

async function handleLabeled(event: PullRequestEvent, change: Change, context: PluginContext): Promise<void> {
  const { github, decide, plugins } = context;
  const { org, repo, pullRequest } = change;
  const label = event.label?.toLowerCase();
  if (label === labelNames.lgtm) {
    if (!(await hasPresubmits(change, context))) return;
    // Untrusted until now: a reviewer has read it, so it may run.
    const trust = await trustOfPull(github, { org, repo, login: pullRequest.author.login, rules: trustRules(plugins, org, repo), labels: new LabelSet(pullRequest.labels) });
    if (trust.isTrusted) return;
    decide('a reviewer has looked at an untrusted change', { label });
    await runUnlessDraft(change, context);
  } else if (label === labelNames.okToTest) {
    // When the bot adds it, the command that asked for it runs the jobs.
    if (event.sender !== undefined && (await github.isBot(event.sender.login))) return;
    if (!(await hasPresubmits(change, context))) return;
    decide('label says it is ok to test', { by: event.sender?.login });
    await runUnlessDraft(change, context);
  }
}

async function runUnlessDraft(change: Change, context: PluginContext): Promise<void> {
  if (change.pullRequest.isDraft) context.decide('drafts run no jobs by themselves');
  else await runAll(change, context);
}

async function runAll(change: Change, context: PluginContext): Promise<void> {
  if (change.pullRequest.isMergeable === false) {
    context.decide('the change does not merge, so nothing runs');
    return;
  }
  const { presubmits } = await jobsOfChange(change, context);
  const selection = await selectFor(change, presubmits, testAllFilter, context);
  if (selection.toRun.length === 0) {
    await runPresubmits(selection, { org: change.org, repo: change.repo }, context, { presubmits });
    return;
  }
  await runPresubmits(selection, await refsOf(change, context), context, { presubmits });
}

async function hasPresubmits(change: Change, context: PluginContext): Promise<boolean> {
  const { presubmits } = await jobsOfChange(change, context);
  if (presubmits.length === 0) context.decide('the repository has no presubmits');
  return presubmits.length > 0;
}
