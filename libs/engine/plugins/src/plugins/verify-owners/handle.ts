import type { IssueName } from '@prow/clients-github';
import type { EventPullRequest, GenericComment, PullRequestEvent } from '@prow/model-github-events';
import { ownersFilenamesFor, skipsCollaborators } from '@prow/model-plugin-config';
import { baseTip } from '../../base-tip.ts';
import { withoutMark } from '../../comment-mark.ts';
import { labelNames, labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, pullOf, threadOf } from '../../plugin.ts';
import { bareCommand, codeList, formatReply } from '../../text.ts';
import { trustOfUser } from '../../trust.ts';
import { trustRules } from '../../trust-rules.ts';
import { findProblems, type Problem } from './find-problems.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'owners' | 'pullRequest' | 'attempt'>;

const isCheckRequest = bareCommand('verify-owners');
const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);
const untrustedIntro = 'These people are new in OWNERS files and are not trusted here';
const maxCheckedUsers = 50;

export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  if (!ACTIONS.has(event.action)) return;
  await verify(pullOf(event), event.pullRequest, context);
}

export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open' || !isCheckRequest(comment.body)) return;
  await verify(threadOf(comment), await context.pullRequest(threadOf(comment)), context);
}

async function verify(pull: IssueName, pullRequest: EventPullRequest, context: Context): Promise<void> {
  const { github, decide, plugins } = context;
  const { org, repo } = pull;
  const names = ownersFilenamesFor(plugins, org, repo);
  const changed = (await github.listChangedFiles(pull)).filter(({ status }) => status !== 'removed').map(({ filename }) => filename);
  const files = changed.filter((path) => path === names.owners_aliases || path === names.owners || path.endsWith(`/${names.owners}`));
  const labels = await labelsOn(github, pull);
  const label = labelNames.invalidOwners;
  if (files.length === 0 && !labels.has(label)) return;

  const found = files.length === 0 ? { problems: [], newLogins: [] } : await examine(pull, pullRequest, files, names.owners, context);
  const untrusted = await untrustedOf(found.newLogins, pull, context);
  const isInvalid = found.problems.length > 0 || untrusted.length > 0;
  decide(isInvalid ? 'OWNERS are not right' : 'OWNERS are right', { problems: found.problems, untrusted });
  if (found.problems.length > 0) await reviewOnce(pull, pullRequest, found.problems, context);
  await tellUntrusted(pull, untrusted, context);
  if (isInvalid && !labels.has(label)) await github.addLabels({ ...pull, labels: [label] });
  if (!isInvalid && labels.has(label)) await github.removeLabel({ ...pull, label: labels.spelling(label) ?? label });
}

/** Both versions of OWNERS are read from the git copy: no request, however many files. */
async function examine(pull: IssueName, pullRequest: EventPullRequest, files: readonly string[], ownersFile: string, context: Context): Promise<{ problems: Problem[]; newLogins: string[] }> {
  const { org, repo } = pull;
  const baseRef = pullRequest.base.ref;
  const [before, after] = await Promise.all([
    baseTip({ ...pull, pullRequest }, context).then((baseSha) => context.owners.load({ org, repo, baseRef, baseSha })),
    context.owners.load({ org, repo, baseRef, baseSha: pullRequest.head.sha, fetchRef: `refs/pull/${pull.number}/head` }),
  ]);
  const problems = findProblems({ owners: after, files, ownersFile, labelsDenylist: context.plugins.owners.labels_denylist });
  const known = before.everyone();
  return { problems, newLogins: [...after.everyone()].filter((login) => !known.has(login)).sort() };
}

async function untrustedOf(logins: readonly string[], pull: IssueName, { github, plugins }: Context): Promise<string[]> {
  const { org, repo } = pull;
  if (skipsCollaborators(plugins, org, repo)) return [];
  const rules = trustRules(plugins, org, repo);
  const checked = await Promise.all(logins.slice(0, maxCheckedUsers).map(async (login) => ((await trustOfUser(github, { org, repo, login, rules })).isTrusted ? [] : [login])));
  return checked.flat();
}

async function tellUntrusted(pull: IssueName, untrusted: readonly string[], { github }: Context): Promise<void> {
  const text = untrusted.length === 0 ? undefined : `${untrustedIntro}: ${codeList(untrusted)}.\n\nThey need to become members of the organisation or collaborators of the repository before this can be merged.`;
  await pruneComments(github, pull, ({ body }) => body.startsWith(untrustedIntro) && withoutMark(body) !== text);
  if (text === undefined) return;
  const comments = await github.listComments(pull);
  if (!comments.some(({ body }) => withoutMark(body) === text)) await github.createComment({ ...pull, body: text });
}

async function reviewOnce(pull: IssueName, pullRequest: EventPullRequest, problems: readonly Problem[], { github, attempt }: Context): Promise<void> {
  const count = new Set(problems.map(({ path }) => path)).size;
  const body = formatReply({ body: '', user: pullRequest.author, htmlUrl: pullRequest.htmlUrl }, `${count} invalid OWNERS ${count === 1 ? 'file' : 'files'}`);
  if (attempt > 0) {
    const reviews = await github.listReviews(pull);
    const own = await Promise.all(reviews.map(async (review) => review.commit_id === pullRequest.head.sha && review.body === body && github.isBot(review.user.login)));
    if (own.includes(true)) return;
  }
  const comments = problems.map(({ path, message }) => ({ path, body: message, position: 1 }));
  await github.createReview({ ...pull, event: 'COMMENT', body, commitId: pullRequest.head.sha, comments });
}
