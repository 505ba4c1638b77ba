import type { PullRequestEvent } from '@prow/model-github-events';
import { type PluginContext, pullOf } from '../../plugin.ts';
import { findFreeze, type Freeze } from './find-freeze.ts';

const ACTIONS: ReadonlySet<string> = new Set(['opened', 'reopened']);
const phases = 'https://github.com/kubernetes/sig-release/blob/master/releases/release_phases.md';

/** Tells authors of pull requests to Kubernetes' master what a freeze means for them. */
export async function handlePullRequest(event: PullRequestEvent, { github, decide, config }: Pick<PluginContext, 'github' | 'decide' | 'config'>): Promise<void> {
  const pull = pullOf(event);
  if (!ACTIONS.has(event.action) || pull.org !== 'kubernetes' || pull.repo !== 'kubernetes' || event.pullRequest.base.ref !== 'master') return;
  const freeze = await findFreeze(pull, { github, config });
  if (freeze === undefined) return decide('there is no release branch');
  const { branch, tag, isCodeFreeze, isTestFreeze } = freeze;
  decide(isCodeFreeze || isTestFreeze ? 'told about the freeze' : 'no freeze', { branch, tag, isCodeFreeze, isTestFreeze });
  const text = notice(freeze);
  if (text !== '') await github.createComment({ ...pull, body: text });
}

function notice({ branch, tag, isCodeFreeze, isTestFreeze }: Freeze): string {
  const code = [
    `[Code Freeze](${phases}#code-freeze) for ${tag} is in force.`,
    '',
    '**Do not add the milestone without approval.** To get this change into the release:',
    '1. Have it reviewed and approved as always (`/lgtm`, `/approve`).',
    `2. Ask \`@sig-release-leads\` in [#sig-release](https://kubernetes.slack.com/archives/C2C40FMNF) whether it may have the milestone of \`${branch}\`.`,
    '',
    '/cc @kubernetes/release-team-leads @kubernetes/release-managers',
  ];
  const test = [
    `[Test Freeze](${phases}#test-freeze) for \`${branch}\` is in force: whatever is merged here is brought to that branch, and so into ${tag}, by the job [ci-fast-forward](https://testgrid.k8s.io/sig-release-releng-blocking#git-repo-kubernetes-fast-forward), every 6 hours.`,
  ];
  return [...(isCodeFreeze ? [code.join('\n')] : []), ...(isTestFreeze ? [test.join('\n')] : [])].join('\n\n---\n\n');
}
