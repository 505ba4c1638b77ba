// What becomes of the bug when its pull request is merged or closed.
import type { Bug } from '@prow/clients-services';
import { changeToState, isInState, stateText } from './check-bug.ts';
import { bugLink, type Context, type Subject } from './subject.ts';

/** The bug moves on once all pull requests linked to it are merged. */
export async function afterMerge(subject: Subject, bug: Bug, { github, decide, plugins }: Context): Promise<void> {
  const { options, bugzilla, pull, reply } = subject;
  const target = options.state_after_merge;
  if (!target) return;
  const expected = [...(options.valid_states ?? []), ...(options.state_after_validation ? [options.state_after_validation] : [])];
  const change = changeToState(bug, target);
  if (change === undefined) return decide('the bug is there already', { bug: bug.id, state: stateText(target) });
  if (expected.length > 0 && !expected.some((state) => isInState(bug, state))) {
    decide('the bug is in a state that nobody expects', { bug: bug.id, state: stateText(bug) });
    return reply(`${bugLink(subject)} is in the state ${stateText(bug)}, which is not expected, and stays there instead of moving to ${stateText(target)}.`);
  }
  const open: string[] = [];
  for (const { id } of await bugzilla.listExternalBugs(bug.id)) {
    const other = pullOfLink(id);
    // Links to repositories that are none of ours say nothing.
    if (other === undefined || isSame(other, pull) || !isOurs(other, plugins)) continue;
    if (!(await github.getPullRequest(other)).merged) open.push(`${other.org}/${other.repo}#${other.number}`);
  }
  if (open.length > 0) {
    decide('other pull requests of the bug are not merged', { bug: bug.id, open });
    return reply(`${bugLink(subject)} stays as it is until these are merged, or no longer linked: ${open.join(', ')}. Then write \`/bugzilla refresh\`.`);
  }
  decide('the bug moves on', { bug: bug.id, state: stateText(target) });
  await bugzilla.updateBug(bug.id, change);
  await reply(`Everything linked to ${bugLink(subject)} is merged. It has been moved to ${stateText(target)}.`);
}

/** The bug loses its link; without any other it goes back. */
export async function afterClose(subject: Subject, bug: Bug, { decide }: Context): Promise<void> {
  const { options, bugzilla, pull, reply } = subject;
  if (options.add_external_link !== true) return;
  const isRemoved = await bugzilla.removePullRequest(bug.id, pull);
  const change = options.state_after_close && bug.status !== 'CLOSED' ? changeToState(bug, options.state_after_close) : undefined;
  const isLast = change !== undefined && (await bugzilla.listExternalBugs(bug.id)).every(({ id }) => isSame(pullOfLink(id), pull));
  if (change !== undefined && isLast) await bugzilla.updateBug(bug.id, change);
  decide('closed without a merge', { bug: bug.id, isRemoved, isMovedBack: isLast });
  if (isRemoved || isLast) await reply(`${bugLink(subject)} has no link to this pull request any more.${isLast ? ` It has been moved to ${stateText(options.state_after_close ?? {})}.` : ''}`);
}

function pullOfLink(id: string): Subject['pull'] | undefined {
  const [, org, repo, number] = /^([\w.-]+)\/([\w.-]+)\/pull\/(\d{1,9})/.exec(id) ?? [];
  return org === undefined || repo === undefined || number === undefined ? undefined : { org, repo, number: Number(number) };
}

function isSame(a: Subject['pull'] | undefined, b: Subject['pull']): boolean {
  return a !== undefined && a.org === b.org && a.repo === b.repo && a.number === b.number;
}

function isOurs({ org, repo }: Subject['pull'], { plugins }: Context['plugins']): boolean {
  return Object.hasOwn(plugins, org) || Object.hasOwn(plugins, `${org}/${repo}`);
}
