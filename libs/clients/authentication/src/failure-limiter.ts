// How often one address may be wrong.
import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Clock } from '@prow/base-time';

const maxAddresses = 10_000;

export interface FailureLimits {
  /** Failed attempts an address may make at once. Default 20. */
  burst?: number;
  /** Failed attempts it regains per second. Default 0.5. */
  perSecond?: number;
  /** Of all addresses together, at once and per second. Default 500 and 50. */
  totalBurst?: number;
  totalPerSecond?: number;
}

class Bucket {
  left: number;
  at: number;

  constructor(left: number, at: number) {
    this.left = left;
    this.at = at;
  }

  refill(now: number, burst: number, perSecond: number): void {
    this.left = Math.min(burst, this.left + (Math.max(0, now - this.at) / 1000) * perSecond);
    this.at = now;
  }
}

/** Two token buckets a failed attempt draws from: its address's and everybody's. Holds at most 10,000 addresses. */
export class FailureLimiter {
  readonly #limits: Required<FailureLimits>;
  readonly #clock: Clock;
  readonly #addresses = new LRUCache<string, Bucket>({ max: maxAddresses });
  readonly #total: Bucket;

  constructor(clock: Clock, { burst = 20, perSecond = 0.5, totalBurst = 500, totalPerSecond = 50 }: FailureLimits = {}) {
    this.#limits = { burst, perSecond, totalBurst, totalPerSecond };
    this.#clock = clock;
    this.#total = new Bucket(totalBurst, clock.now());
  }

  /** Seconds to wait before this address may try again; 0: now. */
  waitSeconds(address: string): number {
    const { burst, perSecond, totalBurst, totalPerSecond } = this.#limits;
    const now = this.#clock.now();
    this.#total.refill(now, totalBurst, totalPerSecond);
    const own = this.#addresses.get(keyOf(address));
    own?.refill(now, burst, perSecond);
    const wait = (bucket: Bucket | undefined, rate: number): number => (bucket === undefined || bucket.left >= 1 ? 0 : Math.ceil((1 - bucket.left) / rate));
    return Math.max(wait(own, perSecond), wait(this.#total, totalPerSecond));
  }

  failed(address: string): void {
    const { burst } = this.#limits;
    const key = keyOf(address);
    let own = this.#addresses.get(key);
    if (own === undefined) {
      own = new Bucket(burst, this.#clock.now());
      this.#addresses.set(key, own);
    }
    own.left = Math.max(0, own.left - 1);
    this.#total.left = Math.max(0, this.#total.left - 1);
  }
}

/** One person has a whole /64 of IPv6. */
function keyOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const all = tail === undefined ? front : [...front, ...Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0'), ...back];
  return all.slice(0, 4).join(':');
}
