import type { Status } from '@prow/clients-github';
import type { EventPullRequest, GenericComment } from '@prow/model-github-events';
import { eventGuidLabel, newProwJob, presubmitLabels, presubmitSpec, type Presubmit } from '@prow/model-prowjob';
import { baseTip } from '../../base-tip.ts';
import { derivedUuid } from '../../delivery-uuid.ts';
import { nameOf, type PluginContext, threadOf } from '../../plugin.ts';
import { descriptionWithBase } from '../../status-text.ts';
import { formatReply } from '../../text.ts';
import { jobsOfChange } from '../trigger/select-jobs.ts';
import { pullRefs } from '../trigger/run-jobs.ts';
import { mayOverride, whoMayOverride } from './authorise.ts';
import { readOverride } from './read-commands.ts';

const overriddenBy = 'Overridden by';
/** tide leaves statuses with this alone when the base branch moves. */
const skipRetestMark = '[prow:skip-retest]';

/** `/override`, `/override-sticky` and `/override-cancel`, all in one comment if need be. */
export async function handleOverride(comment: GenericComment, context: PluginContext): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open') return;
  const cancel = readOverride(comment.body, 'cancel');
  if (cancel !== undefined) await cancelOverrides(comment, cancel, context);
  for (const command of ['sticky', 'override'] as const) {
    const asked = readOverride(comment.body, command);
    if (asked !== undefined) await overrideContexts(comment, { ...asked, isSticky: command === 'sticky' }, context);
  }
}

async function overrideContexts(comment: GenericComment, asked: { names: Set<string>; isBare: boolean; isSticky: boolean }, context: PluginContext): Promise<void> {
  const { github, decide, plugins } = context;
  const thread = threadOf(comment);
  const word = asked.isSticky ? '/override-sticky' : '/override';
  const reply = async (reason: string, message: string): Promise<void> => {
    decide(reason, { by: comment.user.login, names: [...asked.names] });
    await github.createComment({ ...thread, body: formatReply(comment, message) });
  };
  if (asked.isBare || asked.names.size === 0) return reply('no context named', `\`${word}\` needs the names of failed contexts, and none was given.`);
  if (!(await mayOverride(comment, context))) return reply('not allowed', `\`${word}\` may be used by ${whoMayOverride(plugins, thread.org, thread.repo)}.`);

  const pullRequest = await context.pullRequest(thread);
  const change = { ...nameOf(comment.repository), pullRequest };
  const [{ statuses }, { presubmits }, protection] = await Promise.all([
    github.getCombinedStatus({ ...nameOf(comment.repository), ref: pullRequest.head.sha }),
    jobsOfChange(change, context),
    github.getBranchProtection({ ...nameOf(comment.repository), branch: pullRequest.base.ref }),
  ]);
  const description = `${overriddenBy} ${comment.user.login}${asked.isSticky ? ` ${skipRetestMark}` : ''}`;
  // A run that was cut short has done part of it already.
  const isDone = (status: Status): boolean => context.attempt > 0 && status.state === 'success' && status.description.startsWith(description);
  const targets = findTargets({ statuses, required: protection?.required_status_checks?.contexts ?? [], presubmits, isDone });
  const unknown = [...asked.names].filter((name) => !targets.some((target) => target.names.has(name))).sort();
  if (unknown.length > 0) return reply('unknown context named', unknownMessage(word, unknown, [...new Set(targets.flatMap(({ names }) => [...names]))].sort()));

  const baseSha = await baseTip(change, context);
  const chosen = targets.filter(({ names }) => [...names].some((name) => asked.names.has(name)));
  for (const target of chosen) await overrideOne(comment, { target, pullRequest, baseSha, description }, context);
  const done = [...new Set(chosen.map((target) => target.context))].sort();
  const more = asked.isSticky ? '\n\nThis holds for the present commit, also when the base branch moves. `/override-cancel` takes it back.' : '';
  await reply('overridden', `These contexts count as passed now, on behalf of ${comment.user.login}: ${done.join(', ')}${more}`);
}

interface Target {
  readonly context: string;
  /** The context's name and that of its job. */
  readonly names: ReadonlySet<string>;
  readonly job: Presubmit | undefined;
  readonly targetUrl: string;
}

/** Contexts that are not green, and those the branch requires that are not there. */
function findTargets({ statuses, required, presubmits, isDone }: { statuses: readonly Status[]; required: readonly string[]; presubmits: readonly Presubmit[]; isDone: (status: Status) => boolean }): Target[] {
  const target = (context: string, targetUrl: string, isJobName: boolean): Target => {
    const job = presubmits.find((each) => each.context === context);
    return { context, job, targetUrl, names: new Set(isJobName && job !== undefined ? [context, job.name] : [context]) };
  };
  const open = statuses.filter((status) => status.state !== 'success' || isDone(status));
  const missing = required.filter((context) => !open.some((status) => status.context === context) && !statuses.some((status) => status.context === context && status.state === 'success'));
  return [...open.map((status) => target(status.context, status.target_url, true)), ...missing.map((context) => target(context, '', false))];
}

async function overrideOne(
  comment: GenericComment,
  { target, pullRequest, baseSha, description }: { target: Target; pullRequest: EventPullRequest; baseSha: string; description: string },
  context: PluginContext,
): Promise<void> {
  const { github, prowJobs, config, clock, guid } = context;
  const name = nameOf(comment.repository);
  if (target.job !== undefined) {
    const refs = pullRefs(name, pullRequest, baseSha);
    const prowJob = newProwJob(presubmitSpec(target.job, refs), {
      name: derivedUuid('override', guid, target.job.name, baseSha, pullRequest.head.sha),
      namespace: config.prowjob_namespace,
      labels: presubmitLabels(target.job, { [eventGuidLabel]: guid }),
      annotations: { ...target.job.annotations },
      nowMs: clock.now(),
      state: 'success',
    });
    await prowJobs.create({ ...prowJob, status: { ...prowJob.status, ...(prowJob.status.startTime === undefined ? {} : { completionTime: prowJob.status.startTime }), description, url: comment.htmlUrl } });
  }
  await github.createStatus({
    ...name,
    sha: pullRequest.head.sha,
    state: 'success',
    context: target.context,
    description: descriptionWithBase(description, baseSha),
    ...(target.targetUrl === '' ? {} : { targetUrl: target.targetUrl }),
  });
}

async function cancelOverrides(comment: GenericComment, asked: { names: Set<string>; isBare: boolean }, context: PluginContext): Promise<void> {
  const { github, decide, plugins } = context;
  const thread = threadOf(comment);
  const reply = async (reason: string, message: string): Promise<void> => {
    decide(reason, { by: comment.user.login });
    await github.createComment({ ...thread, body: formatReply(comment, message) });
  };
  if (!(await mayOverride(comment, context))) return reply('not allowed', `\`/override-cancel\` may be used by ${whoMayOverride(plugins, thread.org, thread.repo)}.`);
  const pullRequest = await context.pullRequest(thread);
  const { statuses } = await github.getCombinedStatus({ ...nameOf(comment.repository), ref: pullRequest.head.sha });
  const note = `Override cancelled by ${comment.user.login}`;
  const wasCancelled = (status: Status): boolean => context.attempt > 0 && status.description === note;
  const chosen = statuses.filter((status) => (status.description.includes(overriddenBy) || wasCancelled(status)) && (asked.isBare || asked.names.has(status.context)));
  if (chosen.length === 0) return reply('nothing to cancel', 'There is no override here to cancel.');
  for (const status of chosen) {
    await github.createStatus({ ...nameOf(comment.repository), sha: pullRequest.head.sha, state: 'failure', context: status.context, description: note, ...(status.target_url === '' ? {} : { targetUrl: status.target_url }) });
  }
  await reply('overrides cancelled', `No longer overridden, on behalf of ${comment.user.login}: ${chosen.map((status) => status.context).sort().join(', ')}`);
}

function unknownMessage(word: string, unknown: readonly string[], known: readonly string[]): string {
  const list = (names: readonly string[]): string => (names.length === 0 ? ' - none' : names.slice(0, 100).map((name) => ` - \`${name.replaceAll('`', "'")}\``).join('\n'));
  return `\`${word}\` works on contexts that have failed, by their name or their job's. These are not among them:\n${list(unknown)}\n\nWhat could be overridden:\n${list(known)}\n\nNames with blanks need double quotes.`;
}
