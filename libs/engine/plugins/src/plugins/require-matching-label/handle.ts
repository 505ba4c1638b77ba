import { compileRegex } from '@prow/base-regex';
import type { IssueName } from '@prow/clients-github';
import type { GenericComment, IssueEvent, PullRequestEvent } from '@prow/model-github-events';
import { gracePeriodMs, type PluginConfig, type RequireMatchingLabel } from '@prow/model-plugin-config';
import { labelsOn } from '../../labels.ts';
import { RunLater } from '../../later.ts';
import { pruneComments } from '../../own-comments.ts';
import { nameOf, type PluginContext, pullOf, threadOf } from '../../plugin.ts';
import { bareCommand } from '../../text.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'attempt' | 'pullRequest' | 'areOthersPending'>;

/** Other plugins, which may be setting labels, are waited for this often, and so many times. */
const othersWaitMs = 250;
const maxWaits = 40;

const isCheckRequest = bareCommand('check-required-labels');
const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'labeled', 'unlabeled', 'transferred']);

interface Thread extends IssueName {
  /** Undefined for issues. */
  readonly branch: string | undefined;
}

export async function handleIssue(event: IssueEvent, context: Context): Promise<void> {
  if (event.issue.isPullRequest) return;
  await check({ ...nameOf(event.repository), number: event.issue.number, branch: undefined }, event, context);
}

export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  await check({ ...pullOf(event), branch: event.pullRequest.base.ref }, event, context);
}

/** `/check-required-labels` looks at everything again. */
export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || comment.issueState !== 'open' || !isCheckRequest(comment.body)) return;
  const branch = comment.isPullRequest ? (await context.pullRequest(threadOf(comment))).base.ref : undefined;
  const thread = { ...threadOf(comment), branch };
  for (const rule of rulesFor(context.plugins, thread)) await apply(rule, thread, context);
}

async function check(thread: Thread, { action, label }: { action: string; label: string | undefined }, context: Context): Promise<void> {
  if (!ACTIONS.has(action)) return;
  const isLabelEvent = action === 'labeled' || action === 'unlabeled';
  const rules = rulesFor(context.plugins, thread).filter((rule) => !isLabelEvent || (label !== undefined && compileRegex(rule.regexp ?? '').test(label)));
  if (rules.length === 0) return;
  // Labels that commands in the description ask for come a moment later.
  if (!isLabelEvent && context.attempt === 0) throw new RunLater(Math.max(...rules.map(gracePeriodMs)));
  if (!isLabelEvent && context.attempt < maxWaits && context.areOthersPending()) throw new RunLater(othersWaitMs);
  for (const rule of rules) await apply(rule, thread, context);
}

function rulesFor({ require_matching_label: rules }: PluginConfig, { org, repo, branch }: Thread): RequireMatchingLabel[] {
  return (rules ?? []).filter((rule) => {
    const isKind = branch === undefined ? rule.issues : rule.prs;
    return isKind && rule.org === org && (!rule.repo || rule.repo === repo) && (branch === undefined || !rule.branch || rule.branch === branch);
  });
}

/** The label for "missing" is there exactly while no label matches. */
async function apply(rule: RequireMatchingLabel, thread: Thread, { github, decide }: Context): Promise<void> {
  const { org, repo, number } = thread;
  const name = { org, repo, number };
  const missing = rule.missing_label ?? '';
  const comment = rule.missing_comment ?? '';
  const pattern = compileRegex(rule.regexp ?? '');
  const labels = await labelsOn(github, name);
  const hasMatch = [...labels].some((label) => label.toLowerCase() !== missing.toLowerCase() && pattern.test(label));
  if (hasMatch && labels.has(missing)) {
    decide('a required label has come', { missing });
    if (comment !== '') await pruneComments(github, name, ({ body }) => body.includes(comment));
    await github.removeLabel({ ...name, label: labels.spelling(missing) ?? missing });
  } else if (!hasMatch && !labels.has(missing)) {
    decide('a required label is missing', { missing, regexp: rule.regexp });
    if (comment !== '') await github.createComment({ ...name, body: comment });
    await github.addLabels({ ...name, labels: [missing] });
  }
}
