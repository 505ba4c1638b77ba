import type { IssueName } from '@prow/clients-github';
import type { GenericComment } from '@prow/model-github-events';
import { CommandRegex } from '../../command-regex.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { formatReply } from '../../text.ts';

const assignCommand = new CommandRegex('(?mi)^/(un)?assign(( @?[-\\w]+?)*)\\s*$');
const reviewCommand = new CommandRegex('(?mi)^/(un)?cc(( +@?[-/\\w]+?)*)\\s*$');
/** More names than this in one comment are nobody's wish. */
const maxNames = 100;

interface Wishes {
  add: string[];
  remove: string[];
}

/** `/assign` and `/cc`, and their opposites: many names in one comment make one request each. */
export async function handleAssign(comment: GenericComment, context: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  if (comment.action !== 'created') return;
  const assignees = readWishes(assignCommand, comment);
  if (assignees !== undefined) await changeAssignees(comment, assignees, context);
  const reviewers = comment.isPullRequest ? readWishes(reviewCommand, comment) : undefined;
  if (reviewers !== undefined) await changeReviewers(comment, reviewers, context);
}

/** Names of all commands of a kind; without a name, the commenter is meant. The last word about a name counts. */
function readWishes(command: CommandRegex, comment: GenericComment): Wishes | undefined {
  const wishes = new Map<string, boolean>();
  for (const match of command.matchAll(comment.body, 1000)) {
    const isAdd = (match.groups[1] ?? '') === '';
    const names = (match.groups[2] ?? '').split(/\s+/).filter((name) => name !== '');
    for (const name of names.length === 0 ? [comment.user.login] : names) {
      const login = name.replace(/^@/, '');
      if (wishes.size < maxNames) wishes.set(login, isAdd);
    }
  }
  if (wishes.size === 0) return undefined;
  const of = (isAdd: boolean): string[] => [...wishes].filter(([, wish]) => wish === isAdd).map(([login]) => login);
  return { add: of(true), remove: of(false) };
}

async function changeAssignees(comment: GenericComment, { add, remove }: Wishes, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  const thread = threadOf(comment);
  decide('assignees asked for', { add, remove });
  const present = new Set(comment.assignees.map(({ login }) => login.toLowerCase()));
  if (remove.length > 0) await github.unassign({ ...thread, logins: remove });
  const missing = add.filter((login) => !present.has(login.toLowerCase()) || remove.length > 0);
  if (missing.length === 0) return;
  const { refused } = await github.assign({ ...thread, logins: missing });
  if (refused.length === 0) return;
  await reply(comment, thread, github, `GitHub refused to assign: ${refused.join(', ')}.\n\nOnly members of the organisation, collaborators of the repository, and people who have commented here can be assigned, ten at most.`);
}

async function changeReviewers(comment: GenericComment, { add, remove }: Wishes, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  const thread = threadOf(comment);
  decide('reviews asked for', { add, remove });
  if (remove.length > 0) await github.unrequestReviewers({ ...thread, ...byKind(remove) });
  // GitHub refuses the author, and would refuse the others along with it.
  const author = comment.issueAuthor.login.toLowerCase();
  const others = add.filter((name) => name.toLowerCase() !== author);
  const authorAsked = others.length < add.length ? [comment.issueAuthor.login] : [];
  const { refused } = others.length === 0 ? { refused: [] } : await github.requestReviewers({ ...thread, ...byKind(others) });
  const all = [...authorAsked, ...refused];
  if (all.length === 0) return;
  await reply(comment, thread, github, `GitHub refused to request a review from: ${all.join(', ')}.\n\nOnly members of the organisation and collaborators of the repository can be asked, and never the author.`);
}

/** `org/team` names a team, anything else a person. */
function byKind(names: readonly string[]): { logins: string[]; teams: string[] } {
  return {
    logins: names.filter((name) => !name.includes('/')),
    teams: names.filter((name) => name.includes('/')).map((name) => name.slice(name.indexOf('/') + 1)),
  };
}

async function reply(comment: GenericComment, thread: IssueName, github: PluginContext['github'], message: string): Promise<void> {
  await github.createComment({ ...thread, body: formatReply(comment, message) });
}
