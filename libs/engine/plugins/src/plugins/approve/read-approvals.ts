// Who approves, as comments and reviews say. upstream: pkg/plugins/approve/approve.go addApprovers
import { commandLines } from '../../command-regex.ts';

/** Something somebody wrote, or a review's verdict. */
export interface Utterance {
  readonly login: string;
  readonly body: string;
  readonly url: string;
  /** RFC 3339. */
  readonly at: string;
  /** Lower case, of reviews only. */
  readonly reviewState?: string;
}

export interface Approval {
  /** As GitHub spells it. */
  readonly login: string;
  readonly how: 'Approved' | 'LGTM' | 'Author self-approved';
  readonly url: string;
  /** Approved without an issue being named. */
  readonly isNoIssue: boolean;
}

/** By login in lower case. */
export type Approvals = ReadonlyMap<string, Approval>;

export interface ReadingRules {
  readonly author: string;
  readonly authorUrl: string;
  readonly isAuthorApproving: boolean;
  readonly isLgtmApproving: boolean;
  readonly isReviewStateCounting: boolean;
}

/** More in one comment are nobody's wish. */
const maxCommands = 200;

/** Whether a text has one of the plugin's commands. */
export function hasApproveCommand(body: string, { isLgtmApproving }: Pick<ReadingRules, 'isLgtmApproving'>): boolean {
  return commandsIn(body, isLgtmApproving).length > 0;
}

/** In the order in which things were said: each one's latest word counts. */
export function readApprovals(utterances: readonly Utterance[], rules: ReadingRules): Approvals {
  const approvals = new Map<string, Approval>();
  const author = rules.author.toLowerCase();
  const add = (utterance: Pick<Utterance, 'login' | 'url'>, how: Approval['how'], isNoIssue: boolean): void => {
    const key = utterance.login.toLowerCase();
    // An approval that needs no issue is not made worse by a plain one.
    if (approvals.get(key)?.isNoIssue && !isNoIssue) return;
    approvals.set(key, { login: utterance.login, how, url: utterance.url, isNoIssue });
  };
  if (rules.isAuthorApproving) add({ login: rules.author, url: rules.authorUrl }, 'Author self-approved', false);
  for (const utterance of [...utterances].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
    const key = utterance.login.toLowerCase();
    if (rules.isReviewStateCounting && utterance.reviewState === 'approved') add(utterance, 'Approved', false);
    if (rules.isReviewStateCounting && utterance.reviewState === 'changes_requested') approvals.delete(key);
    for (const { name, args } of commandsIn(utterance.body, rules.isLgtmApproving)) {
      if (name === 'remove-approve' || args.includes('cancel')) approvals.delete(key);
      else if (name === 'approve') add(utterance, 'Approved', args === 'no-issue');
      else if (key === author) add(utterance, 'Author self-approved', args === 'no-issue');
      else add(utterance, 'LGTM', args === 'no-issue');
    }
  }
  return approvals;
}

function commandsIn(body: string, isLgtmApproving: boolean): { name: string; args: string }[] {
  const lines = commandLines(body);
  if (lines === '') return [];
  const names = new Set(isLgtmApproving ? ['approve', 'remove-approve', 'lgtm'] : ['approve', 'remove-approve']);
  return lines
    .split('\n')
    .map((line) => /^\/(\S+)[\t ]*([^\r]*)/.exec(line))
    .map((match) => ({ name: (match?.[1] ?? '').toLowerCase(), args: (match?.[2] ?? '').trim().toLowerCase() }))
    .filter(({ name }) => names.has(name))
    .slice(0, maxCommands);
}
