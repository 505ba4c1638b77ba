import { compileRegex } from '@prow/base-regex';
import type { Commit } from '@prow/clients-github';
import type { PullRequestEvent } from '@prow/model-github-events';
import { entryFor } from '@prow/model-plugin-config';
import { labelNames, labelsOn } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import { type PluginContext, pullOf } from '../../plugin.ts';

const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize', 'edited']);
const closesIssue = compileRegex('(?i)((close|closes|closed|fix|fixes|fixed|resolve|resolves|resolved)[\\s:]+(\\w+/\\w+)?#\\d+)');
const isFixup = compileRegex('(?mi)^(fixup!|squash!|amend!)');
const commitIntro = 'Some commit messages cannot stay as they are';
const titleIntro = 'The title of this pull request closes an issue';
const maxShown = 50;

/** What does not belong into commit messages and titles holds a pull request back. */
export async function handleCommitMessages(event: PullRequestEvent, { github, decide, plugins }: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  if (!ACTIONS.has(event.action)) return;
  if (event.action === 'edited' && event.changes.titleFrom === undefined) return;
  const pull = pullOf(event);
  const checks = entryFor(plugins.invalid_commit_msg, pull.org, pull.repo)?.checks ?? [];
  const isOn = (name: string): boolean => !checks.some((check) => check.name === name && check.disabled);
  const commits = await github.listPullRequestCommits(pull);
  const bad = commits.filter(({ commit, parents }) => parents.length < 2 && ((isOn('issueClosingKeywords') && closesIssue.test(commit.message)) || (isOn('fixupPrefix') && isFixup.test(commit.message))));
  const isTitleBad = isOn('issueClosingKeywords') && closesIssue.test(event.pullRequest.title);
  const label = labelNames.invalidCommitMessage;
  const present = await labelsOn(github, pull);
  const isBad = bad.length > 0 || isTitleBad;
  decide(isBad ? 'messages that cannot stay' : 'messages are fine', { commits: bad.map(({ sha }) => sha), isTitleBad });
  if (!isBad && !present.has(label)) return;
  await pruneComments(github, pull, ({ body }) => body.startsWith(commitIntro) || body.startsWith(titleIntro));
  if (isTitleBad) await github.createComment({ ...pull, body: `${titleIntro}: merging it may close the issue of another repository. Please name issues in the description instead.` });
  if (bad.length > 0) await github.createComment({ ...pull, body: commitMessage(bad) });
  if (isBad && !present.has(label)) await github.addLabels({ ...pull, labels: [label] });
  if (!isBad) await github.removeLabel({ ...pull, label: present.spelling(label) ?? label });
}

function commitMessage(commits: readonly Commit[]): string {
  const list = commits.slice(0, maxShown).map(({ sha, html_url, commit }) => `- [${sha.slice(0, 7)}](${html_url}) \`${(commit.message.split('\n')[0] ?? '').replaceAll('`', "'").slice(0, 100)}\``);
  return `${commitIntro}: words that close issues belong into the description, and commits made to be squashed are to be squashed.\n\n${list.join('\n')}`;
}
