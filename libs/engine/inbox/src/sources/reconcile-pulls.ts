import { createHash } from 'node:crypto';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { PullRequest, PullRequests } from '@prow/clients-github';
import type { Inbox } from '../inbox.ts';
import { describeDelivery } from '../receive/webhook.ts';

export interface ReconcileOptions {
  readonly inbox: Pick<Inbox, 'accept' | 'list' | 'body' | 'checkpoints'>;
  readonly github: Pick<PullRequests, 'listPullRequests'>;
  readonly repositories: () => Promise<readonly { org: string; repo: string }[]>;
  readonly log: Logger;
}

/** Number → head, as the last pass left them. */
type Heads = Record<string, string>;
const maxDeliveriesRead = 20;

/**
 * One slow pass over open pull requests: where a head has come that no delivery told of, an event is made up that
 * tells it. Lists are conditional requests, so an unchanged repository costs next to nothing. The first pass over a
 * repository only notes what is there. @returns how many events were made up
 */
export async function reconcilePulls(options: ReconcileOptions): Promise<number> {
  let count = 0;
  for (const name of await options.repositories()) {
    try {
      count += await reconcileRepository(name, options);
    } catch (error) {
      options.log.warn('open pull requests cannot be looked through', { ...name, reason: messageOf(error) });
    }
  }
  return count;
}

async function reconcileRepository(name: { org: string; repo: string }, options: ReconcileOptions): Promise<number> {
  const { inbox, github, log } = options;
  const key = `heads/${name.org}/${name.repo}`;
  const noted = inbox.checkpoints.checkpoint(key);
  const before = noted === undefined ? undefined : (JSON.parse(noted) as Heads);
  const pulls = await github.listPullRequests({ ...name, state: 'open' });
  let count = 0;
  for (const pull of before === undefined ? [] : pulls) {
    const known = Object.hasOwn(before ?? {}, String(pull.number)) ? before?.[String(pull.number)] : undefined;
    if (known === pull.head.sha || wasTold(name, pull, inbox)) continue;
    const action = known === undefined && inbox.list({ repository: `${name.org}/${name.repo}`, number: pull.number, limit: 1 }).length === 0 ? 'opened' : 'synchronize';
    const payload = { action, number: pull.number, pull_request: pull, repository: pull.base.repo, sender: pull.user, ...(known === undefined ? {} : { before: known }), after: pull.head.sha };
    const guid = reconcileGuid(name, pull);
    const body = Buffer.from(JSON.stringify(payload));
    const { isDuplicate } = await inbox.accept(describeDelivery({ eventType: 'pull_request', guid, body, payload, headers: {}, source: 'poll' }));
    if (isDuplicate) continue;
    count += 1;
    log.warn('an event never came and is made up for', { ...name, number: pull.number, action, head: pull.head.sha });
  }
  const heads: Heads = Object.fromEntries(pulls.map((pull) => [String(pull.number), pull.head.sha]));
  const text = JSON.stringify(heads);
  if (text !== noted) await inbox.checkpoints.setCheckpoint(key, text);
  return count;
}

/** Whether a delivery told of the head a pull request has now. */
function wasTold({ org, repo }: { org: string; repo: string }, pull: PullRequest, inbox: ReconcileOptions['inbox']): boolean {
  const deliveries = inbox.list({ repository: `${org}/${repo}`, number: pull.number, eventType: 'pull_request', limit: maxDeliveriesRead });
  return deliveries.some(({ guid }) => inbox.body(guid)?.includes(pull.head.sha) ?? false);
}

/** The same for the same head, so that a pass cut short makes nothing up twice. */
function reconcileGuid({ org, repo }: { org: string; repo: string }, pull: PullRequest): string {
  return `reconcile-${createHash('sha256').update(`${org}/${repo}#${pull.number}@${pull.head.sha}`).digest('hex').slice(0, 32)}`;
}
