import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '@prow/base-time';
import { FailureLimiter } from './failure-limiter.ts';

describe('failed attempts', () => {
  test('an address may fail so often, then waits, and is forgiven with time', async () => {
    const clock = new VirtualClock();
    const limiter = new FailureLimiter(clock, { burst: 2, perSecond: 0.5 });
    limiter.failed('10.0.0.1');
    expect(limiter.waitSeconds('10.0.0.1')).toBe(0);
    limiter.failed('10.0.0.1');
    expect(limiter.waitSeconds('10.0.0.1')).toBe(2);
    expect(limiter.waitSeconds('10.0.0.2')).toBe(0);
    await clock.advance(2000);
    expect(limiter.waitSeconds('10.0.0.1')).toBe(0);
  });

  test('a /64 of IPv6 is one address, and a mapped IPv4 address is that address', () => {
    const limiter = new FailureLimiter(new VirtualClock(), { burst: 1 });
    limiter.failed('2001:db8:0:1::5');
    expect(limiter.waitSeconds('2001:db8:0:1:ffff::9')).toBeGreaterThan(0);
    expect(limiter.waitSeconds('2001:db8:0:2::5')).toBe(0);
    limiter.failed('::ffff:10.0.0.1');
    expect(limiter.waitSeconds('10.0.0.1')).toBeGreaterThan(0);
  });

  test('all addresses together have a limit, too', () => {
    const limiter = new FailureLimiter(new VirtualClock(), { totalBurst: 100, totalPerSecond: 10 });
    for (let index = 0; index < 100; index += 1) limiter.failed(`10.0.${index}.1`);
    expect(limiter.waitSeconds('10.9.9.9')).toBe(1);
  });
});
