// One leader among several: a Lease that is renewed while it leads. upstream: client-go/tools/leaderelection
import { formatMicroTime } from '@prow/model-kube-types';
import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';
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
  /**
   * Runs while this candidate leads; its signal is aborted when leadership is lost. To be asked before each write:
   * `isHeld`, which looks at the clock, for a process that was frozen wakes before its timers.
   */
  lead: (signal: AbortSignal, isHeld: () => boolean) => Promise<void>;
  /** A lease not renewed for so long may be taken. Default 10 s: with looking and beginning, a takeover stays below 20 s on a slow day. */
  leaseDurationMs?: number;
  /** A leader that could not renew for so long stops leading. Default 6 s, less than `leaseDurationMs` by more than a write may take. */
  renewDeadlineMs?: number;
  /** Between renewals. Default 2 s. */
  renewMs?: number;
  /** Between looks of those who wait, and between attempts of a leader that could not renew. Default 1 s. */
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
    if (await within(options.clock, candidate.renewDeadlineMs, candidate.tryToHold())) await candidate.leadWhileHeld();
    else await pause(options.clock, candidate.retryMs, options.signal);
  }
}

// A call that hangs must not keep a candidate from asking again. What it does later is seen by the next look.
function within(clock: Clock, ms: number, attempt: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve(false));
    void attempt.then((isHeld) => {
      timer.cancel();
      resolve(isHeld);
    });
  });
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch(() => undefined);
}

class Candidate {
  private readonly options: LeaderOptions;
  private readonly leases: ResourceApi<Lease>;
  private readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
  /** What the lease looked like when it last changed, and for how long since, by our own clock: others' clocks may be wrong. */
  private observed = '';
  private unchangedMs = 0;
  private lookedAtMs = 0;
  /** When the last renewal that succeeded was asked for: nobody can have seen it earlier. */
  private heldAtMs = 0;

  constructor(options: LeaderOptions) {
    this.options = options;
    this.leases = options.kube.resource<Lease>(leaseType, options.namespace);
    this.leaseDurationMs = options.leaseDurationMs ?? 10_000;
    this.renewDeadlineMs = options.renewDeadlineMs ?? 6_000;
    this.retryMs = options.retryMs ?? 1_000;
  }

  async tryToHold(): Promise<boolean> {
    const { clock, name, identity, log } = this.options;
    try {
      const lease = await this.leases.find(name);
      const askedAtMs = clock.now();
      const now = formatMicroTime(askedAtMs);
      if (lease === undefined) {
        await this.leases.create({ metadata: { name }, spec: this.spec({ acquireTime: now, renewTime: now, leaseTransitions: 0 }) });
        this.heldAtMs = askedAtMs;
        return true;
      }
      const { spec = {} } = lease;
      const isOurs = spec.holderIdentity === identity;
      if (!isOurs && spec.holderIdentity && !this.isExpired(lease)) return false;
      const acquireTime = isOurs ? (spec.acquireTime ?? now) : now;
      const leaseTransitions = (spec.leaseTransitions ?? 0) + (isOurs ? 0 : 1);
      await this.leases.update({ ...lease, spec: { ...spec, ...this.spec({ acquireTime, renewTime: now, leaseTransitions }) } });
      this.heldAtMs = askedAtMs;
      return true;
    } catch (error) {
      if (!hasReason(error, 'Conflict') && !hasReason(error, 'AlreadyExists')) log.warn('the leader lease could not be had', { lease: name, error });
      return false;
    }
  }

  async leadWhileHeld(): Promise<void> {
    const { log, lead, signal, name } = this.options;
    const leading = new AbortController();
    const stop = (): void => leading.abort(new Error('leadership ended'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    log.info('leading', { lease: name });
    const work = lead(leading.signal, () => !leading.signal.aborted && this.mayStillHold()).finally(stop);
    work.catch(() => undefined);
    await this.renewUntil(leading);
    signal.removeEventListener('abort', stop);
    await work;
    await this.release();
  }

  /** Renews the lease until the leading is over, or ends it when the lease is lost. */
  private async renewUntil(leading: AbortController): Promise<void> {
    const { clock, log, name, renewMs = 2_000 } = this.options;
    const ended = new Promise<false>((resolve) => {
      if (leading.signal.aborted) resolve(false);
      else leading.signal.addEventListener('abort', () => resolve(false), { once: true });
    });
    const lose = (): void => {
      if (leading.signal.aborted) return;
      log.error('leadership lost', { lease: name });
      leading.abort(new Error('leadership lost'));
    };
    // A timer beside the clock: a renewal may hang for longer than the lease lives, and a clock may be set back.
    const armed = (): Timer => clock.after(this.renewDeadlineMs - Math.max(0, clock.now() - this.heldAtMs), lose);
    let deadline = armed();
    for (let waitMs = renewMs; !leading.signal.aborted; ) {
      await pause(clock, waitMs, leading.signal);
      const isRenewed = !leading.signal.aborted && (await Promise.race([this.tryToHold(), ended]));
      if (leading.signal.aborted) break;
      if (isRenewed) {
        deadline.cancel();
        deadline = armed();
      } else if (!this.mayStillHold() || (await Promise.race([this.isHeldByOther(), ended]))) lose();
      waitMs = isRenewed ? renewMs : this.retryMs;
    }
    deadline.cancel();
  }

  private mayStillHold(): boolean {
    return this.options.clock.now() - this.heldAtMs < this.renewDeadlineMs;
  }

  /** A lease that nobody renewed for its whole duration, watched by our own clock; one jump of that ends nobody's lease. */
  private isExpired({ spec = {}, metadata }: Lease): boolean {
    const nowMs = this.options.clock.now();
    const seen = `${metadata.resourceVersion}`;
    if (seen === this.observed) this.unchangedMs += Math.min(Math.max(0, nowMs - this.lookedAtMs), this.leaseDurationMs / 2);
    else {
      this.observed = seen;
      this.unchangedMs = 0;
    }
    this.lookedAtMs = nowMs;
    return this.unchangedMs > (spec.leaseDurationSeconds ?? this.leaseDurationMs / 1000) * 1000;
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
