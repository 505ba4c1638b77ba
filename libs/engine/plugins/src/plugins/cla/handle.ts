import type { IssueName } from '@prow/clients-github';
import { type GenericComment, pullRequestFromApi, type StatusEvent } from '@prow/model-github-events';
import { labelsOn } from '../../labels.ts';
import { nameOf, type PluginContext, threadOf } from '../../plugin.ts';
import { bareCommand } from '../../text.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'pullRequest'>;

const isCheckRequest = bareCommand('check-cla');
/** Set by the service that knows who has signed. */
const contextName = 'EasyCLA';
const yesLabel = 'cncf-cla: yes';
const noLabel = 'cncf-cla: no';

/** The service's status on a head decides the labels of the pull requests with that head. */
export async function handleStatus(event: StatusEvent, context: Context): Promise<void> {
  if (event.context !== contextName || (event.state !== 'success' && event.state !== 'failure' && event.state !== 'error')) return;
  const name = nameOf(event.repository);
  const pulls = (await context.github.listPullRequestsOfCommit({ ...name, sha: event.sha })).map(pullRequestFromApi);
  for (const pull of pulls) {
    if (pull.state === 'open' && pull.head.sha === event.sha) await setLabels({ ...name, number: pull.number }, event.state === 'success', context);
  }
}

export async function handleComment(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created' || !comment.isPullRequest || comment.issueState !== 'open' || !isCheckRequest(comment.body)) return;
  const pullRequest = await context.pullRequest(threadOf(comment));
  const { statuses } = await context.github.getCombinedStatus({ ...nameOf(comment.repository), ref: pullRequest.head.sha });
  const status = statuses.find((each) => each.context === contextName);
  if (status === undefined || status.state === 'pending') return context.decide('the service has not answered yet');
  await setLabels(threadOf(comment), status.state === 'success', context);
}

async function setLabels(pull: IssueName, isSigned: boolean, { github, decide }: Context): Promise<void> {
  const labels = await labelsOn(github, pull);
  const [wanted, unwanted] = isSigned ? [yesLabel, noLabel] : [noLabel, yesLabel];
  decide(isSigned ? 'the agreement is signed' : 'the agreement is not signed', { number: pull.number });
  if (labels.has(unwanted)) await github.removeLabel({ ...pull, label: unwanted });
  if (!labels.has(wanted)) await github.addLabels({ ...pull, labels: [wanted] });
}
