// Build ids: one for each pod, growing with time. upstream: pkg/pjutil/tot.go, pkg/pjutil/pjutil.go GetBuildID
import { ProwError } from '@prow/base-errors';
import { retry, type Clock } from '@prow/base-time';

export interface BuildIds {
  /** A new id, a decimal number no build had before. */
  next(job: string, signal?: AbortSignal): Promise<string>;
}

const epochMs = 1_288_834_974_657n;
const nodeBits = 10n;
const sequenceBits = 12n;
const node = 1n;
const maxSequence = (1n << sequenceBits) - 1n;

/** Ids like upstream's snowflakes: milliseconds, node 1, sequence. Grows strictly, also when the clock jumps back. */
export class SnowflakeBuildIds implements BuildIds {
  readonly #clock: Clock;
  #lastMs = 0n;
  #sequence = 0n;

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  next(): Promise<string> {
    const nowMs = BigInt(Math.floor(this.#clock.now())) - epochMs;
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#sequence = 0n;
    } else if (this.#sequence < maxSequence) this.#sequence += 1n;
    else {
      this.#lastMs += 1n;
      this.#sequence = 0n;
    }
    return Promise.resolve(((this.#lastMs << (nodeBits + sequenceBits)) | (node << sequenceBits) | this.#sequence).toString());
  }
}

const attempts = 10;
const backoff = { baseMs: 100, factor: 2, maxMs: 5000 };
const timeoutMs = 10_000;

/** Ids from a tot server: `GET <url>/vend/<job>`. */
export class TotBuildIds implements BuildIds {
  readonly #url: string;
  readonly #clock: Clock;

  constructor({ url, clock }: { url: string; clock: Clock }) {
    this.#url = url.replace(/\/+$/, '');
    this.#clock = clock;
  }

  next(job: string, signal?: AbortSignal): Promise<string> {
    return retry(() => this.#vend(job, signal), { attempts, backoff, clock: this.#clock, isRetryable: () => signal?.aborted !== true, ...(signal === undefined ? {} : { signal }) });
  }

  async #vend(job: string, signal: AbortSignal | undefined): Promise<string> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${this.#url}/vend/${encodeURIComponent(job)}`, { signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) });
    const text = (await response.text()).trim();
    if (!response.ok || !/^\d{1,30}$/.test(text)) {
      throw new ProwError('PROW_PLANK_TOT', `tot gave no build id for job ${job}: HTTP ${response.status}, ${JSON.stringify(text.slice(0, 100))}`, { transient: true });
    }
    return text;
  }
}
