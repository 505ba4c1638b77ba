import type { Jira } from '@prow/clients-services';
import type { GenericComment } from '@prow/model-github-events';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { issueNames, linkIssueNames } from './link-issues.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'services'>;

/** Names of Jira's issues become links, and the issues get a link back. */
export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action === 'deleted') return;
  const { decide, plugins, services } = context;
  const disabled = (plugins.jira?.disabled_jira_projects ?? []).map((key) => key.toLowerCase());
  const candidates = [...new Set([...issueNames(comment.body), ...issueNames(comment.issueTitle)])].filter((name) => !disabled.some((key) => name.toLowerCase().startsWith(key)));
  if (candidates.length === 0) return;
  if (services.jira === undefined) return decide('Jira is not configured: hook has no --jira-endpoint', { names: candidates });
  const names = await existing(candidates, services.jira);
  if (names.length === 0) return;
  decide('issues of Jira are named', { names });
  for (const name of names) await linkBack(name, comment, services.jira, context);
  await linkInText(comment, names, services.jira, context);
}

/** Most words with a dash and a number are no issue: their project does not exist. */
async function existing(candidates: readonly string[], jira: Jira): Promise<string[]> {
  const projects = await jira.projectKeys();
  const names: string[] = [];
  for (const name of candidates) {
    if (projects.has(name.slice(0, name.lastIndexOf('-')).toUpperCase()) && (await jira.hasIssue(name))) names.push(name);
  }
  return names;
}

async function linkBack(name: string, comment: GenericComment, jira: Jira, { decide }: Context): Promise<void> {
  const url = comment.htmlUrl.split('#', 1)[0] ?? '';
  const title = `${comment.repository.fullName}#${comment.number}: ${comment.issueTitle}`;
  const present = (await jira.listRemoteLinks(name)).find((link) => link.url === url);
  if (present?.title === title) return;
  if (present === undefined) await jira.addRemoteLink(name, { url, title });
  else await jira.updateRemoteLink(name, { ...present, title });
  decide(present === undefined ? 'linked from Jira' : 'link in Jira renamed', { issue: name });
}

/** Of a review or its comment there is no text to change: the description is looked at instead, as upstream does. */
async function linkInText(comment: GenericComment, names: readonly string[], jira: Jira, { github }: Context): Promise<void> {
  const thread = threadOf(comment);
  if (comment.commentId !== undefined) {
    const linked = linkIssueNames(comment.body, names, jira.url);
    if (linked !== comment.body) await github.editComment({ org: thread.org, repo: thread.repo, commentId: comment.commentId, body: linked });
    return;
  }
  if (linkIssueNames(comment.body, names, jira.url) === comment.body) return;
  const body = (await github.getIssue(thread)).body ?? '';
  const linked = linkIssueNames(body, names, jira.url);
  if (linked === body) return;
  if (comment.isPullRequest) await github.updatePullRequest({ ...thread, body: linked });
  else await github.updateIssue({ ...thread, body: linked });
}
