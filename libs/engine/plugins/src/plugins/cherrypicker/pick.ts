import type { IssueName } from '@prow/clients-github';
import type { EventPullRequest } from '@prow/model-github-events';
import type { PluginContext } from '../../plugin.ts';
import { noteIn } from '../release-note/note.ts';

export interface Wish {
  readonly branch: string;
  readonly by: string;
  /** Branches to go on to from there. */
  readonly onward: readonly string[];
}

type Context = Pick<PluginContext, 'github' | 'git'>;
type Outcome = { kind: 'opened' | 'exists' | 'conflict' | 'no-branch'; message: string };

/** Puts the change onto another branch, as a pull request from the bot's own fork. */
export async function pickTo(pull: IssueName, pullRequest: EventPullRequest, wish: Wish, { github, git }: Context): Promise<Outcome> {
  const { org, repo, number } = pull;
  const tip = await github.getRef({ org, repo, ref: `heads/${wish.branch}` });
  if (tip === undefined) return { kind: 'no-branch', message: `there is no branch \`${wish.branch}\` to pick to.` };
  const bot = await github.botUser();
  const newBranch = `cherry-pick-${number}-to-${wish.branch}`;
  const [earlier] = await github.listPullRequests({ org, repo, state: 'all', head: `${bot}:${newBranch}`, base: wish.branch });
  if (earlier !== undefined && earlier.state === 'open') return { kind: 'exists', message: `#${earlier.number} picks this to \`${wish.branch}\` already.` };

  const repository = await git.repository({ org, repo });
  await repository.ensureCommits([tip], { refs: [`refs/heads/${wish.branch}`] });
  const worktree = await repository.worktree({ sha: tip });
  try {
    if (!(await worktree.applyMailbox(await github.getPullRequestPatch(pull)))) {
      return { kind: 'conflict', message: `#${number} does not apply to \`${wish.branch}\`: it has to be picked by hand.` };
    }
    const fork = await github.ensureFork({ org, repo });
    await worktree.push({ branch: newBranch, force: true, to: { org: fork.owner.login, repo: fork.name } });
  } finally {
    await worktree.dispose();
  }
  const opened = await github.createPullRequest({
    org,
    repo,
    title: `[${wish.branch}] ${pullRequest.title.replace(/^\[[^\]]*\] /, '')}`,
    body: bodyFor(number, pullRequest, wish),
    head: `${bot}:${newBranch}`,
    base: wish.branch,
    maintainerCanModify: true,
  });
  return { kind: 'opened', message: `#${opened.number} picks this to \`${wish.branch}\`.` };
}

/** Commands in the new description pass on what goes with the change. */
function bodyFor(number: number, { body, labels }: EventPullRequest, { by, onward }: Wish): string {
  const parts = [`This is an automated cherry-pick of #${number}`, `/assign ${by}`];
  for (const label of labels.filter((each) => each.startsWith('kind/'))) parts.push(`/kind ${label.slice('kind/'.length)}`);
  const note = noteIn(body);
  if (note !== '') parts.push(`\`\`\`release-note\n${note}\n\`\`\``);
  if (onward.length > 0) parts.push(`/cherrypick ${onward.join(' ')}`);
  return parts.join('\n\n');
}
