import { isInRepoConfigEnabled, presubmitsFor } from '@prow/model-config';
import type { GenericComment } from '@prow/model-github-events';
import { commandFilter, commentFilter, needsContexts, type PresubmitFilter, runsAgainstBranch, testAllFilter } from '@prow/model-job-selection';
import { triggerFor } from '@prow/model-plugin-config';
import type { Presubmit } from '@prow/model-prowjob';
import type { Change } from '../../base-tip.ts';
import { commandLines } from '../../command-regex.ts';
import { labelNames, type LabelSet, labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { nameOf, type PluginContext, threadOf } from '../../plugin.ts';
import { dropFences, formatReply } from '../../text.ts';
import { trustOfPull, trustOfUser } from '../../trust.ts';
import { trustRules } from '../../trust-rules.ts';
import * as commands from './commands.ts';
import { helpMessage, isHelpMessage, untrustedMessage } from './messages.ts';
import { runPresubmits } from './run-jobs.ts';
import { jobsOfChange, refsOf, selectFor } from './select-jobs.ts';
import { runWorkflows } from './workflows.ts';

/** `/test`, `/retest`, `/ok-to-test` and jobs' own triggers. upstream: pkg/plugins/trigger/generic-comment.go */
export async function handleComment(comment: GenericComment, context: PluginContext): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open') return;
  const text = textThatCounts(comment, context);
  if (text === '' || (await context.github.isBot(comment.user.login))) return;
  const isOwn = commands.hasOwnCommand(text);
  // Jobs' triggers can be any words, but each has its slash; where none matches, nothing is asked of GitHub.
  const change = await changeIfAsked(comment, text, isOwn, context);
  if (change === undefined) return;
  const labels = await labelsOn(context.github, threadOf(comment));
  if (!(await isAllowed(comment, change, labels, context))) return;
  if (await handleOkToTest(comment, text, labels, context)) return;
  await runAsked(comment, text, change, context);
}

/** Commands, or anything at all where a job's trigger is not a command. */
export function wantsComment(comment: GenericComment, { config }: Pick<PluginContext, 'config'>): boolean {
  return comment.action === 'created' && comment.isPullRequest && textThatCounts(comment, { config }) !== '';
}

/** What is not shown in a fence, cut down to its command lines unless some job's trigger may look elsewhere. */
function textThatCounts(comment: GenericComment, { config }: Pick<PluginContext, 'config'>): string {
  const text = dropFences(comment.body);
  const { org, repo, fullName } = comment.repository;
  if (isInRepoConfigEnabled(config, org, repo)) return text;
  return areTriggersCommands(config, fullName) ? commandLines(text) : text;
}

const triggersByConfig = new WeakMap<PluginContext['config'], Map<string, boolean>>();

/** Whether every trigger of a repository's jobs begins a line with a slash. Asked for each comment, so found out once. */
function areTriggersCommands(config: PluginContext['config'], fullName: string): boolean {
  const known = triggersByConfig.get(config) ?? new Map<string, boolean>();
  triggersByConfig.set(config, known);
  const found = known.get(fullName) ?? presubmitsFor(config, fullName).every(({ trigger }) => trigger.startsWith('(?m)^/'));
  known.set(fullName, found);
  return found;
}

interface Asked extends Change {
  readonly presubmits: readonly Presubmit[];
}

async function changeIfAsked(comment: GenericComment, text: string, isOwn: boolean, context: PluginContext): Promise<Asked | undefined> {
  const name = nameOf(comment.repository);
  const pullRequest = comment.pullRequest ?? (await lateRead(comment, text, isOwn, context));
  if (pullRequest === undefined) return undefined;
  const change: Change = { ...name, pullRequest };
  const { presubmits } = await jobsOfChange(change, context);
  const filter = commandFilter(text);
  if (!isOwn && !presubmits.some((job) => filter.decide(job).selected)) return undefined;
  return { ...change, presubmits };
}

/** Asks GitHub for the pull request only when something in the comment may concern this plugin. */
async function lateRead(comment: GenericComment, text: string, isOwn: boolean, context: PluginContext): Promise<Asked['pullRequest'] | undefined> {
  if (!isOwn) {
    const known = await context.jobs({ ...nameOf(comment.repository), baseSha: async () => '', headShas: [], refs: [], isStaticOnly: true });
    const filter = commandFilter(text);
    const mayBeInRepo = isInRepoConfigEnabled(context.config, comment.repository.org, comment.repository.repo) && /^\/\S/m.test(text);
    if (!mayBeInRepo && !known.presubmits.some((job) => filter.decide(job).selected)) return undefined;
  }
  return context.pullRequest(threadOf(comment));
}

async function isAllowed(comment: GenericComment, change: Change, labels: LabelSet, context: PluginContext): Promise<boolean> {
  const { github, decide, plugins } = context;
  const { org, repo } = change;
  const rules = trustRules(plugins, org, repo);
  const user = await trustOfUser(github, { org, repo, login: comment.user.login, rules });
  if (user.isTrusted) {
    decide('commenter is trusted', { by: comment.user.login, reason: user.reason });
    return true;
  }
  const settings = triggerFor(plugins, org, repo);
  const pull = await trustOfPull(github, { org, repo, login: change.pullRequest.author.login, rules, labels });
  const takesTrustAway = commands.isOkToTestCancel(dropFences(comment.body)) && !settings.ignore_ok_to_test;
  if (pull.isTrusted && !takesTrustAway) {
    decide('pull request is trusted', { reason: pull.reason });
    return true;
  }
  decide('neither commenter nor pull request is trusted', { by: comment.user.login, reason: user.reason });
  await github.createComment({ ...threadOf(comment), body: formatReply(comment, untrustedMessage(settings, org)) });
  return false;
}

/** Moves the labels; true when the comment took trust away, after which nothing runs. */
async function handleOkToTest(comment: GenericComment, text: string, labels: LabelSet, context: PluginContext): Promise<boolean> {
  const { github, decide, plugins } = context;
  const thread = threadOf(comment);
  if (triggerFor(plugins, thread.org, thread.repo).ignore_ok_to_test) return false;
  if (commands.isOkToTestCancel(text)) {
    decide('no longer ok to test', { by: comment.user.login });
    if (!labels.has(labelNames.needsOkToTest)) await github.addLabels({ ...thread, labels: [labelNames.needsOkToTest] });
    if (labels.has(labelNames.okToTest)) await github.removeLabel({ ...thread, label: labelNames.okToTest });
    return true;
  }
  const isOk = commands.isOkToTest(text);
  if (isOk && !labels.has(labelNames.okToTest)) {
    decide('ok to test', { by: comment.user.login });
    await github.addLabels({ ...thread, labels: [labelNames.okToTest] });
  }
  if ((isOk || labels.has(labelNames.okToTest)) && labels.has(labelNames.needsOkToTest)) {
    await github.removeLabel({ ...thread, label: labelNames.needsOkToTest });
  }
  return false;
}

async function runAsked(comment: GenericComment, text: string, change: Asked, context: PluginContext): Promise<void> {
  const { github, plugins } = context;
  const thread = threadOf(comment);
  const settings = triggerFor(plugins, thread.org, thread.repo);
  const selection = await selectFor(change, change.presubmits, await filterFor(text, change, !settings.ignore_ok_to_test, context), context);
  const helpReason = whyHelp(text, selection.toRun.length);
  if (helpReason !== undefined) {
    const all = await selectFor(change, change.presubmits, testAllFilter, context);
    context.decide('answered with help', { reason: helpReason === '' ? 'asked for' : helpReason });
    const offered = change.presubmits.filter((job) => runsAgainstBranch(job, change.pullRequest.base.ref));
    await github.createComment({ ...thread, body: formatReply(comment, helpMessage(helpReason, offered, all.toRun)) });
    return;
  }
  if (commands.isTestOrRetest(text)) await pruneComments(github, thread, ({ body }) => isHelpMessage(body));
  if (settings.trigger_github_workflows) await runWorkflows(text, change, context);
  if (change.pullRequest.isMergeable === false) {
    context.decide('the change does not merge, so nothing runs');
    return;
  }
  const isRetest = commands.isRetest(text) || commands.isRetestRequired(text);
  const refs = selection.toRun.length === 0 ? { org: change.org, repo: change.repo } : await refsOf(change, context);
  await runPresubmits(selection, refs, context, { presubmits: change.presubmits, isRetest });
}

/** Statuses are asked for only by commands that go by them. */
async function filterFor(text: string, { org, repo, pullRequest }: Change, honorOkToTest: boolean, { github }: PluginContext): Promise<PresubmitFilter> {
  if (!needsContexts(text)) return commentFilter(text, { honorOkToTest });
  const { statuses } = await github.getCombinedStatus({ org, repo, ref: pullRequest.head.sha });
  return commentFilter(text, {
    honorOkToTest,
    failedContexts: new Set(statuses.filter(({ state }) => state === 'error' || state === 'failure').map(({ context }) => context)),
    allContexts: new Set(statuses.map(({ context }) => context)),
  });
}

/** Why the comment is answered with the list of jobs; undefined when it is not. */
function whyHelp(text: string, jobCount: number): string | undefined {
  if (commands.isHelpRequest(text)) return '';
  if (commands.isBareTest(text)) return '`/test` needs the name of a job, or `all`.';
  if (commands.isRetestWithName(text)) return '`/retest` takes no names: it runs again what failed. To run one job, use `/test`.';
  if (jobCount === 0 && commands.isTestWithName(text)) {
    return commands.isTestAll(text) ? '`/test all` found no job that runs for this change.' : '`/test` found no job of that name for this branch.';
  }
  return undefined;
}
