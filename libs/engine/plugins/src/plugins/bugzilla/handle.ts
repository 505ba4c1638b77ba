// upstream: pkg/plugins/bugzilla
import { compileRegex } from '@prow/base-regex';
import type { Bug } from '@prow/clients-services';
import type { GenericComment, PullRequestEvent } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { pullOf, threadOf } from '../../plugin.ts';
import { formatReply } from '../../text.ts';
import { afterClose, afterMerge } from './after-end.ts';
import { changeToState, checkBug, stateText } from './check-bug.ts';
import { bugOptionsFor } from './options.ts';
import { requestQaReview } from './qa-contact.ts';
import { setBugLabels } from './set-labels.ts';
import { bugLink, type Context, type Subject } from './subject.ts';

const titleBug = compileRegex('(?i)Bug\\s([0-9]{1,9}):');
const command = new CommandRegex('(?mi)^/bugzilla (refresh|assign-qa|cc-qa)\\s*$');
const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'edited', 'closed']);

function bugOf(title: string): number | undefined {
  const match = titleBug.match(title);
  return match === null ? undefined : Number(match[1]);
}

export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  const { pullRequest } = event;
  if (!ACTIONS.has(event.action)) return;
  const bugId = bugOf(pullRequest.title);
  if (event.action === 'edited' && (event.changes.titleFrom === undefined || bugOf(event.changes.titleFrom) === bugId)) return;
  const pull = pullOf(event);
  const options = bugOptionsFor(context.plugins, { org: pull.org, repo: pull.repo, branch: pullRequest.base.ref });
  if (bugId === undefined && (event.action === 'closed' || (event.action !== 'edited' && options.validate_by_default !== true))) return;
  const about = { body: pullRequest.title, user: pullRequest.author, htmlUrl: pullRequest.htmlUrl };
  await handle({ pull, pullRequest, bugId, options }, { about, isAsked: event.action === 'opened', isClosing: event.action === 'closed', wantsQa: false }, context);
}

export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  const match = comment.action === 'created' ? command.match(comment.body) : null;
  if (match === null) return;
  const pull = threadOf(comment);
  if (!comment.isPullRequest) {
    context.decide('not a pull request');
    await context.github.createComment({ ...pull, body: formatReply(comment, 'Bugs are named by pull requests; this is none.') });
    return;
  }
  const pullRequest = await context.pullRequest(pull);
  const options = bugOptionsFor(context.plugins, { org: pull.org, repo: pull.repo, branch: pullRequest.base.ref });
  await handle({ pull, pullRequest, bugId: bugOf(pullRequest.title), options }, { about: comment, isAsked: true, isClosing: false, wantsQa: match[1]?.toLowerCase() !== 'refresh' }, context);
}

interface Occasion {
  readonly about: Parameters<typeof formatReply>[0];
  /** Somebody expects an answer. */
  readonly isAsked: boolean;
  readonly isClosing: boolean;
  readonly wantsQa: boolean;
}

async function handle(named: Omit<Subject, 'bugzilla' | 'reply'>, { about, isAsked, isClosing, wantsQa }: Occasion, context: Context): Promise<void> {
  const { services, decide, github } = context;
  const { bugzilla } = services;
  if (bugzilla === undefined) return decide('Bugzilla is not configured: hook has no --bugzilla-endpoint');
  const reply = async (message: string): Promise<void> => void (await github.createComment({ ...named.pull, body: formatReply(about, message) }));
  const subject: Subject = { ...named, bugzilla, reply };
  const { bugId, options } = subject;
  if (bugId === undefined) {
    decide('no bug is named');
    await setBugLabels(subject, { severity: undefined, validity: undefined }, context);
    return reply('The title of this pull request names no bug: write `Bug XXX:` in it, then `/bugzilla refresh`.');
  }
  const bug = await bugzilla.getBug(bugId);
  if (bug === undefined) {
    decide('there is no such bug', { bug: bugId });
    return reply(`There is no bug ${bugId} in the tracker at ${bugzilla.url}. Name another one in the title, then write \`/bugzilla refresh\`.`);
  }
  const closed = (options.allowed_groups ?? []).length === 0 || !bug.groups.every((group) => options.allowed_groups?.includes(group)) ? bug.groups : [];
  if (closed.length > 0) {
    decide('the bug is in a group that is not allowed here', { bug: bugId });
    return isAsked ? reply(`${bugLink(subject)} is in a group that is not allowed for this repository. Allowed: ${options.allowed_groups?.join(', ') || 'none'}.`) : undefined;
  }
  if (subject.pullRequest.isMerged) return afterMerge(subject, bug, context);
  if (isClosing) return afterClose(subject, bug, context);
  return validate(subject, bug, wantsQa, context);
}

async function validate(subject: Subject, bug: Bug, wantsQa: boolean, context: Context): Promise<void> {
  const { options, bugzilla, pull, reply } = subject;
  const needsDependents = Boolean(options.dependent_bug_states ?? options.dependent_bug_target_releases);
  const dependents = needsDependents ? (await Promise.all(bug.dependsOn.map((id) => bugzilla.getBug(id)))).filter((found): found is Bug => found !== undefined) : [];
  const checks = checkBug(bug, dependents, options);
  const problems = checks.filter(({ isPassed }) => !isPassed);
  const isValid = problems.length === 0;
  context.decide(isValid ? 'the bug is valid' : 'the bug is not valid', { bug: bug.id, problems: problems.map(({ text }) => text) });
  const parts = [`This pull request references ${bugLink(subject)}, which is ${isValid ? 'valid' : 'invalid'}.`];
  if (isValid) {
    const change = options.state_after_validation ? changeToState(bug, options.state_after_validation) : undefined;
    if (change !== undefined) {
      await bugzilla.updateBug(bug.id, change);
      parts.push(`It has been moved to ${stateText(options.state_after_validation ?? {})}.`);
    }
    if (options.add_external_link === true && (await bugzilla.addPullRequest(bug.id, pull))) parts.push('It has a link to this pull request now.');
  }
  const isKept = await setBugLabels(subject, { severity: bug.severity, validity: isValid ? 'valid' : 'invalid' }, context);
  const list = checks.map(({ isPassed, text }) => `* ${isPassed ? '✓' : '✗'} ${text}`).join('\n');
  const details = isValid ? `<details><summary>${checks.length} checks</summary>\n\n${list || 'Nothing is asked of bugs here.'}\n\n</details>` : `${list}\n\nWhen the bug has changed, write \`/bugzilla refresh\`; or name another one in the title.`;
  const kept = isKept ? '\n\nThe label bugzilla/valid-bug stays: a person has put it there.' : '';
  const qa = isValid ? await requestQaReview(bug, wantsQa, context) : undefined;
  await reply([parts.join(' '), details + kept, ...(qa === undefined ? [] : [qa])].join('\n\n'));
}
