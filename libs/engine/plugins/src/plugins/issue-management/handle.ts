import { GitHubError } from '@prow/clients-github';
import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { codeList, formatReply } from '../../text.ts';
import { changeFixes, formatReference, parseReference } from './issue-refs.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'owners' | 'pullRequest'>;

const linkCommand = new CommandRegex('(?mi)^/(un)?link-issue[ \\t]+(.+?)\\s*$');
const transferCommand = new CommandRegex('(?mi)^/transfer(?:-issue)?(?: +(.*))?$');
const pinCommand = new CommandRegex('(?mi)^/(un)?pin-issue\\s*$');
const maxCommands = 20;
const maxReferences = 30;

/** Links issues to pull requests, moves issues to other repositories, pins them. */
export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created') return;
  const links = linkCommand.matchAll(comment.body, maxCommands);
  if (links.length > 0) await handleLinks(comment, links.map(({ groups }) => ({ isRemoval: groups[1] !== undefined, references: (groups[2] ?? '').split(/\s+/) })), context);
  const pin = pinCommand.match(comment.body);
  if (pin !== null) await handlePin(comment, pin[1] === undefined, context);
  const transfer = transferCommand.match(comment.body);
  if (transfer !== null) await handleTransfer(comment, (transfer[1] ?? '').trim(), context);
}

async function refuse(comment: GenericComment, reason: string, { github, decide }: Context): Promise<void> {
  decide('not done', { reason });
  await github.createComment({ ...threadOf(comment), body: formatReply(comment, reason) });
}

async function handleLinks(comment: GenericComment, commands: readonly { isRemoval: boolean; references: readonly string[] }[], context: Context): Promise<void> {
  const { github, decide } = context;
  const thread = threadOf(comment);
  if (!comment.isPullRequest) return refuse(comment, 'Issues are linked to pull requests; this is none.', context);
  if (!(await github.isMember({ org: thread.org, login: comment.user.login }))) return refuse(comment, `Only members of ${thread.org} may link issues.`, context);
  const add: string[] = [];
  const remove: string[] = [];
  const problems: string[] = [];
  for (const { isRemoval, references } of commands) {
    for (const text of references.slice(0, maxReferences)) {
      const found = await resolveReference(text, thread, context);
      if ('problem' in found) problems.push(found.problem);
      else (isRemoval ? remove : add).push(found.reference);
    }
  }
  const body = (await github.getIssue(thread)).body ?? '';
  const changed = changeFixes(body, { add, remove });
  if (changed !== body) {
    decide('issues linked', { add, remove });
    await github.updatePullRequest({ ...thread, body: changed });
  }
  if (problems.length > 0) await refuse(comment, ['Some references were left out:', '', ...problems.map((problem) => `* ${problem}`)].join('\n'), context);
}

async function resolveReference(text: string, here: { org: string; repo: string }, { github }: Context): Promise<{ reference: string } | { problem: string }> {
  const issue = parseReference(text, here);
  if (issue === undefined) return { problem: `${codeList([text])} is no reference: expected a number, or org/repo#number.` };
  const found = await orUndefined(github.getIssue(issue));
  if (found === undefined) return { problem: `${codeList([text])} does not exist, or cannot be seen.` };
  if (found.pull_request !== undefined && found.pull_request !== null) return { problem: `${codeList([text])} is a pull request.` };
  return { reference: formatReference(issue, here) };
}

async function handlePin(comment: GenericComment, isPin: boolean, context: Context): Promise<void> {
  const { github, decide, owners } = context;
  const thread = threadOf(comment);
  if (comment.isPullRequest) return refuse(comment, 'Only issues can be pinned.', context);
  const branch = comment.repository.defaultBranch;
  const baseSha = await github.getRef({ org: thread.org, repo: thread.repo, ref: `heads/${branch}` });
  const approvers = baseSha === undefined ? new Set<string>() : (await owners.load({ org: thread.org, repo: thread.repo, baseRef: branch, baseSha })).topLevelApprovers();
  if (!approvers.has(comment.user.login.toLowerCase())) return refuse(comment, 'Only approvers of the OWNERS file at the top of the repository may pin issues.', context);
  const issueNodeId = (await github.getIssue(thread)).node_id ?? '';
  decide(isPin ? 'issue pinned' : 'issue unpinned', { by: comment.user.login });
  try {
    if (isPin) await github.pinIssue({ org: thread.org, issueNodeId });
    else await github.unpinIssue({ org: thread.org, issueNodeId });
  } catch (error) {
    if (!(error instanceof GitHubError) || error.transient) throw error;
    return refuse(comment, `GitHub refused: ${error.githubMessage}`, context);
  }
  await github.createComment({ ...thread, body: formatReply(comment, isPin ? 'This issue is pinned now.' : 'This issue is no longer pinned.') });
}

async function handleTransfer(comment: GenericComment, destination: string, context: Context): Promise<void> {
  const { github, decide } = context;
  const thread = threadOf(comment);
  const { org } = thread;
  if (comment.isPullRequest) return;
  if (!(await github.isMember({ org, login: comment.user.login }))) return refuse(comment, `Only members of ${org} may transfer issues.`, context);
  const name = destination.startsWith(`${org}/`) ? destination.slice(org.length + 1) : destination;
  const repositoryNodeId = /^[\w.-]+$/.test(name) ? await nodeIdOf({ org, repo: name }, context) : undefined;
  if (repositoryNodeId === undefined) return refuse(comment, `There is no repository ${codeList([name])} in ${org}: write \`/transfer NAME\`.`, context);
  const issueNodeId = (await github.getIssue(thread)).node_id ?? '';
  decide('issue transferred', { to: `${org}/${name}`, by: comment.user.login });
  await github.transferIssue({ org, issueNodeId, repositoryNodeId });
}

async function nodeIdOf({ org, repo }: { org: string; repo: string }, { github }: Context): Promise<string | undefined> {
  const query = 'query($org: String!, $repo: String!) { repository(owner: $org, name: $repo) { id } }';
  return (await orUndefined(github.graphql<{ repository: { id: string } | null }>({ query, variables: { org, repo }, org })))?.repository?.id;
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GitHubError && (error.isNotFound || error.status === 410 || error.isForbidden)) return undefined;
    throw error;
  }
}
