import { compileRegex } from '@prow/base-regex';
import type { Commit, IssueName } from '@prow/clients-github';
import type { EventPullRequest, GenericComment, PullRequestEvent } from '@prow/model-github-events';
import { type Dco, dcoFor } from '@prow/model-plugin-config';
import { labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, pullOf, threadOf } from '../../plugin.ts';
import { bareCommand } from '../../text.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'pullRequest'>;

const isCheckRequest = bareCommand('check-dco');
const signOff = compileRegex('(?mi)^signed-off-by:');
const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);
const contextName = 'dco';
const yesLabel = 'dco-signoff: yes';
const noLabel = 'dco-signoff: no';
const intro = 'This pull request has commits without a sign-off under the Developer Certificate of Origin';
const maxShownCommits = 100;

export async function handlePullRequest(event: PullRequestEvent, context: Context): Promise<void> {
  if (!ACTIONS.has(event.action) || event.pullRequest.state !== 'open') return;
  await check(pullOf(event), event.pullRequest, context);
}

export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open' || !isCheckRequest(comment.body)) return;
  await check(threadOf(comment), await context.pullRequest(threadOf(comment)), context);
}

/** Status, labels and comment say whether every commit is signed off; merges need not be. */
async function check(pull: IssueName, pullRequest: EventPullRequest, context: Context): Promise<void> {
  const { github, decide, plugins } = context;
  const { org, repo } = pull;
  const settings = dcoFor(plugins, org, repo);
  const commits = await github.listPullRequestCommits(pull);
  const unsigned: Commit[] = [];
  for (const commit of commits) {
    if (commit.parents.length > 1 || signOff.test(commit.commit.message)) continue;
    if (!(await isExempt(commit, { org, repo, settings }, context))) unsigned.push(commit);
  }
  const isSigned = unsigned.length === 0;
  decide(isSigned ? 'every commit is signed off' : 'commits without a sign-off', { commits: unsigned.map(({ sha }) => sha) });
  const labels = await labelsOn(github, pull);
  const [wanted, unwanted] = isSigned ? [yesLabel, noLabel] : [noLabel, yesLabel];
  const { statuses } = await github.getCombinedStatus({ org, repo, ref: pullRequest.head.sha });
  const state = isSigned ? 'success' : 'failure';
  if (statuses.find((status) => status.context === contextName)?.state !== state) {
    await github.createStatus({ org, repo, sha: pullRequest.head.sha, state, context: contextName, description: isSigned ? 'All commits have Signed-off-by' : 'Commits in PR missing Signed-off-by', targetUrl: contributingUrl(pull, settings) });
  }
  await pruneComments(github, pull, ({ body }) => body.includes(intro));
  if (!isSigned) await github.createComment({ ...pull, body: message(unsigned, contributingUrl(pull, settings)) });
  if (labels.has(unwanted)) await github.removeLabel({ ...pull, label: unwanted });
  if (!labels.has(wanted)) await github.addLabels({ ...pull, labels: [wanted] });
}

/** Where configured, people who are known need not sign. */
async function isExempt(commit: Commit, { org, repo, settings }: { org: string; repo: string; settings: Dco }, { github }: Context): Promise<boolean> {
  const login = commit.author?.login;
  if (login === undefined || !commit.commit) return false;
  if (login.endsWith('[bot]') && (settings.trusted_apps ?? []).includes(login.slice(0, -'[bot]'.length))) return true;
  if (settings.skip_dco_check_for_members) {
    if (await github.isMember({ org, login })) return true;
    if (settings.trusted_org && (await github.isMember({ org: settings.trusted_org, login }))) return true;
  }
  return settings.skip_dco_check_for_collaborators === true && (await github.isCollaborator({ org, repo, login }));
}

function contributingUrl({ org, repo }: IssueName, settings: Dco): string {
  const where = settings.contributing_repo || `${org}/${repo}`;
  return `https://github.com/${where}/blob/${settings.contributing_branch || 'master'}/${settings.contributing_path || 'CONTRIBUTING.md'}`;
}

function message(unsigned: readonly Commit[], url: string): string {
  const lines = unsigned.slice(0, maxShownCommits).map(({ sha, html_url, commit }) => `- [${sha.slice(0, 7)}](${html_url}) \`${(commit.message.split('\n')[0] ?? '').replaceAll('`', "'").slice(0, 100)}\``);
  const more = unsigned.length > maxShownCommits ? [`- and ${unsigned.length - maxShownCommits} more`] : [];
  return [
    `${intro}. [How to contribute](${url}) tells why it is needed.`,
    '',
    'To sign off, amend each commit with `git commit --amend --signoff` (several at once: `git rebase --signoff`) and push again.',
    '',
    ...lines,
    ...more,
  ].join('\n');
}
