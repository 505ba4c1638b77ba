// One leader among several: a Lease that is renewed while it leads. upstream: client-go/tools/leaderelection
import { formatMicroTime } from '@prow/model-kube-types';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { messageOf } from '@prow/base-errors';
import type { KubeClient, KubeResource, ResourceApi } from './api.ts';
import { hasReason } from './kube-error.ts';

export interface LeaderOptions {
  kube: KubeClient;
  namespace: string;
  /** The Lease's name, the same for all candidates. */
  name: string;
  /** Different for each candidate. */
  identity: string;
  clock: Clock;
  log: Logger;
  /** Ends the candidacy; a held lease is given up. */
  signal: AbortSignal;
  /** Runs while this candidate leads; its signal is aborted when leadership is lost. */
  lead: (signal: AbortSignal) => Promise<void>;
  /** A lease not renewed for so long may be taken. Default 15 s. */
  leaseDurationMs?: number;
  /** A leader that could not renew for so long stops leading. Default 10 s, less than `leaseDurationMs`. */
  renewDeadlineMs?: number;
  /** Between attempts. Default 2 s. */
  retryMs?: number;
}

interface Lease extends KubeResource {
  spec?: { holderIdentity?: string; leaseDurationSeconds?: number; acquireTime?: string; renewTime?: string; leaseTransitions?: number };
}

const leaseType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true } as const;

/** Resolves when `signal` is aborted and `lead` has ended; rejects when `lead` rejects. */
export async function runAsLeader(options: LeaderOptions): Promise<void> {
  const candidate = new Candidate(options);
  while (!options.signal.aborted) {
    if (await candidate.tryToHold()) await candidate.leadWhileHeld();
    else await pause(options, options.retryMs ?? 2_000);
  }
}

async function pause({ clock, signal }: LeaderOptions, ms: number): Promise<void> {
  await clock.sleep(ms, signal).catch(() => undefined);
}

class Candidate {
  private readonly options: LeaderOptions;
  private readonly leases: ResourceApi<Lease>;
  private readonly leaseDurationMs: number;
  /** What the lease looked like when it last changed, and when, by our own clock: others' clocks may be wrong. */
  private observed = '';
  private observedAt = 0;

  constructor(options: LeaderOptions) {
    this.options = options;
    this.leases = options.kube.resource<Lease>(leaseType, options.namespace);
    this.leaseDurationMs = options.leaseDurationMs ?? 15_000;
  }

  async tryToHold(): Promise<boolean> {
    const { clock, name, identity, log } = this.options;
    try {
      const lease = await this.leases.find(name);
      const now = formatMicroTime(clock.now());
      if (lease === undefined) {
        await this.leases.create({ metadata: { name }, spec: this.spec({ acquireTime: now, renewTime: now, leaseTransitions: 0 }) });
        return true;
      }
      const { spec = {} } = lease;
      const isOurs = spec.holderIdentity === identity;
      if (!isOurs && spec.holderIdentity && !this.isExpired(lease)) return false;
      const acquireTime = isOurs ? (spec.acquireTime ?? now) : now;
      const leaseTransitions = (spec.leaseTransitions ?? 0) + (isOurs ? 0 : 1);
      await this.leases.update({ ...lease, spec: { ...spec, ...this.spec({ acquireTime, renewTime: now, leaseTransitions }) } });
      return true;
    } catch (error) {
      if (!hasReason(error, 'Conflict') && !hasReason(error, 'AlreadyExists')) log.warn('the leader lease could not be had', { lease: name, error });
      return false;
    }
  }

  async leadWhileHeld(): Promise<void> {
    const { clock, log, lead, signal, name } = this.options;
    const leading = new AbortController();
    const stop = (): void => leading.abort(new Error('leadership ended'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    log.info('leading', { lease: name });
    let isOver = false;
    const work = lead(leading.signal).finally(() => {
      isOver = true;
    });
    work.catch(() => undefined);
    let renewedAt = clock.now();
    while (!leading.signal.aborted && !isOver) {
      await pause(this.options, this.options.retryMs ?? 2_000);
      if (signal.aborted || isOver) break;
      if (await this.tryToHold()) renewedAt = clock.now();
      else if (clock.now() - renewedAt > (this.options.renewDeadlineMs ?? 10_000) || (await this.isHeldByOther())) {
        log.error('leadership lost', { lease: name });
        stop();
      }
    }
    stop();
    signal.removeEventListener('abort', stop);
    await work;
    await this.release();
  }

  /** A lease that nobody renewed for its whole duration, watched by our own clock. */
  private isExpired({ spec = {}, metadata }: Lease): boolean {
    const { clock } = this.options;
    const seen = `${metadata.resourceVersion}`;
    if (seen !== this.observed) {
      this.observed = seen;
      this.observedAt = clock.now();
    }
    return clock.now() - this.observedAt > (spec.leaseDurationSeconds ?? this.leaseDurationMs / 1000) * 1000;
  }

  private async isHeldByOther(): Promise<boolean> {
    try {
      const holder = (await this.leases.find(this.options.name))?.spec?.holderIdentity;
      return holder !== undefined && holder !== '' && holder !== this.options.identity;
    } catch {
      return false;
    }
  }

  private async release(): Promise<void> {
    const { name, identity, log } = this.options;
    try {
      const lease = await this.leases.find(name);
      if (lease?.spec?.holderIdentity !== identity) return;
      await this.leases.update({ ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 } });
    } catch (error) {
      log.debug('the leader lease was not given up', { lease: name, why: messageOf(error) });
    }
  }

  private spec(times: { acquireTime: string; renewTime: string; leaseTransitions: number }): NonNullable<Lease['spec']> {
    return { holderIdentity: this.options.identity, leaseDurationSeconds: Math.max(1, Math.round(this.leaseDurationMs / 1000)), ...times };
  }
}
