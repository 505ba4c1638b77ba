import { compileRegex } from '@prow/base-regex';
import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { formatReply } from '../../text.ts';
import { trustOfUser } from '../../trust.ts';
import { trustRules } from '../../trust-rules.ts';

const command = new CommandRegex('(?mi)^/retitle\\s*(.*)$');
/** GitHub closes issues that a merge commit's title names after one of these words. */
const closesIssue = compileRegex('(?i)((close|closes|closed|fix|fixes|fixed|resolve|resolves|resolved)[\\s:]+(\\w+/\\w+)?#\\d+)');
const maxTitleChars = 256;

/** A trusted user gives an issue or pull request another title. */
export async function handleRetitle(comment: GenericComment, context: Pick<PluginContext, 'github' | 'decide' | 'plugins'>): Promise<void> {
  const { github, decide, plugins } = context;
  if (comment.action !== 'created') return;
  if (comment.issueState === 'closed' && !plugins.retitle?.allow_closed_issues) return;
  const match = command.match(comment.body);
  if (match === null) return;
  const thread = threadOf(comment);
  const refuse = async (reason: string): Promise<void> => {
    decide('title not changed', { reason });
    await github.createComment({ ...thread, body: formatReply(comment, reason) });
  };
  const { org, repo } = comment.repository;
  const trust = await trustOfUser(github, { org, repo, login: comment.user.login, rules: trustRules(plugins, org, repo) });
  if (!trust.isTrusted) return refuse('Titles are changed for trusted users only: members of the organisation and collaborators of the repository.');
  const title = (match[1] ?? '').trim();
  if (title === '') return refuse('A title cannot be empty.');
  if (title.length > maxTitleChars) return refuse(`A title has at most ${maxTitleChars} characters, this one has ${title.length}.`);
  if (closesIssue.test(title)) return refuse('A title must not close an issue: merging would act on it.');
  if (title === comment.issueTitle) return;
  decide('title changed', { by: comment.user.login, trust: trust.reason });
  if (comment.isPullRequest) await github.updatePullRequest({ ...thread, title });
  else await github.updateIssue({ ...thread, title });
}
