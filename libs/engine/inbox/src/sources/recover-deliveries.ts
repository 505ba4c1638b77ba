import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { HookDelivery, HookOwner, Hooks } from '@prow/clients-github';
import type { Inbox } from '../inbox.ts';
import { describeDelivery } from '../receive/webhook.ts';

export interface RecoveryOptions {
  readonly inbox: Pick<Inbox, 'accept' | 'has' | 'checkpoints'>;
  readonly github: Pick<Hooks, 'listHooks' | 'listDeliveries' | 'getDelivery'>;
  /** Whose webhooks: `{}` is the App's own. Asked at every pass, for the configuration may change. */
  readonly owners: () => readonly HookOwner[];
  /** Only hooks that call this path are looked at. */
  readonly webhookPath: string;
  /**
   * `missed`: deliveries that GitHub could not hand over. `all`: also those somebody took, for programs that GitHub
   * cannot reach.
   */
  readonly take: 'missed' | 'all';
  readonly clock: Clock;
  readonly log: Logger;
}

/** Before the first pass, this far is looked back; and a bit further than the last pass, for clocks differ. */
const firstLookBackMs = 3_600_000;
const overlapMs = 300_000;
/** GitHub keeps deliveries for three days. */
const maxLookBackMs = 3 * 86_400_000;

/** One pass over GitHub's own list of deliveries; takes in those that did not arrive here. @returns how many */
export async function recoverDeliveries(options: RecoveryOptions): Promise<number> {
  let count = 0;
  for (const owner of options.owners()) {
    try {
      for (const hook of await hooksOf(owner, options)) count += await recoverHook({ ...owner, ...hook }, options);
    } catch (error) {
      options.log.warn('deliveries cannot be looked through', { owner, reason: messageOf(error) });
    }
  }
  return count;
}

async function hooksOf(owner: HookOwner, { github, webhookPath }: RecoveryOptions): Promise<{ hookId?: number }[]> {
  const { org, repo } = owner;
  if (org === undefined) return [{}];
  const hooks = await github.listHooks({ org, ...(repo === undefined ? {} : { repo }) });
  return hooks.filter(({ active, config }) => active && pathOf(config.url) === webhookPath).map(({ id }) => ({ hookId: id }));
}

async function recoverHook(hook: HookOwner & { hookId?: number }, options: RecoveryOptions): Promise<number> {
  const { inbox, github, clock, log, take } = options;
  const key = `deliveries/${hook.org ?? 'app'}/${hook.repo ?? ''}/${hook.hookId ?? ''}`;
  const startedAt = clock.now();
  const last = Number(inbox.checkpoints.checkpoint(key) ?? startedAt - firstLookBackMs);
  const since = new Date(Math.max(last - overlapMs, startedAt - maxLookBackMs)).toISOString();
  const deliveries = await github.listDeliveries({ ...hook, since });
  let count = 0;
  for (const delivery of missed(deliveries, take)) {
    if (inbox.has(delivery.guid)) continue;
    const { request } = await github.getDelivery({ ...hook, deliveryId: delivery.id });
    if (request.payload === null) continue;
    const headers = Object.fromEntries(Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    const { isDuplicate } = await inbox.accept(
      describeDelivery({ eventType: delivery.event, guid: delivery.guid, body: Buffer.from(JSON.stringify(request.payload)), payload: request.payload, headers, source: take === 'all' ? 'poll' : 'recovery' }),
    );
    if (isDuplicate) continue;
    count += 1;
    log.info('missed delivery taken in', { guid: delivery.guid, eventType: delivery.event, deliveredAt: delivery.delivered_at });
  }
  // Only now: a pass that failed half way is made again.
  await inbox.checkpoints.setCheckpoint(key, String(startedAt));
  return count;
}

/** One per GUID, oldest first; of those that must have failed, only where no attempt succeeded. */
function missed(deliveries: readonly HookDelivery[], take: RecoveryOptions['take']): HookDelivery[] {
  const succeeded = new Set(deliveries.filter(({ status_code }) => status_code >= 200 && status_code < 300).map(({ guid }) => guid));
  const byGuid = new Map<string, HookDelivery>();
  for (const delivery of deliveries) if (take === 'all' || !succeeded.has(delivery.guid)) byGuid.set(delivery.guid, delivery);
  return [...byGuid.values()].sort((a, b) => (a.delivered_at < b.delivered_at ? -1 : 1));
}

function pathOf(url: string | undefined): string | undefined {
  try {
    return url === undefined ? undefined : new URL(url).pathname;
  } catch {
    return undefined;
  }
}
