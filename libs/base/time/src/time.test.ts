import { describe, expect, test } from '@jest/globals';
import { backoffMs, durationMs, formatDurationMs, formatGoDuration, parseGoDuration, retry, systemClock, VirtualClock } from './index.ts';

describe('Go durations', () => {
  test.each([
    ['1h30m', 5_400_000_000_000n],
    ['-1.5s', -1_500_000_000n],
    ['0', 0n],
    ['+0', 0n],
    ['1μs', 1_000n],
    ['.5s', 500_000_000n],
    ['1.000000000000000000000000001s', 1_000_000_000n],
    ['-9223372036854775808ns', -(2n ** 63n)],
  ])('%s', (text, ns) => {
    expect(parseGoDuration(text)).toBe(ns);
  });

  test.each(['', '-', '1', '1x', '.s', '1h ', '9223372036854775808ns', '3000000h', '99999999999999999999h', 'x'.repeat(10_000), `${'1h'.repeat(200)}`])('refuses %p', (text) => {
    expect(() => parseGoDuration(text)).toThrow(expect.objectContaining({ code: 'PROW_TIME_DURATION', httpStatus: 400 }));
  });

  test('there and back', () => {
    for (const text of ['1h0m0s', '2562047h47m16.854775807s', '1m0.5s', '100ms', '1.5µs', '3ns', '-24h0m0s', '0s']) {
      expect(formatGoDuration(parseGoDuration(text))).toBe(text);
    }
    expect(durationMs('1.5s')).toBe(1500);
    expect(formatDurationMs(90_500)).toBe('1m30.5s');
  });
});

describe('VirtualClock', () => {
  test('calls in order of their time, with promises running between', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b@${clock.now()}`));
    clock.after(10, () => {
      seen.push(`a@${clock.now()}`);
      void Promise.resolve().then(() => clock.after(5, () => seen.push(`nested@${clock.now()}`)));
    });
    const cancelled = clock.after(15, () => seen.push('never'));
    cancelled.cancel();
    await clock.advance(19);
    expect(seen).toEqual(['a@10', 'nested@15']);
    await clock.advance(1);
    expect(seen).toEqual(['a@10', 'nested@15', 'b@20']);
    expect(clock.now()).toBe(20);
    expect(clock.pendingCount).toBe(0);
  });

  test('sleep ends early with the reason of its signal', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(1000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(clock.pendingCount).toBe(0);
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('enough');
  });

  test('something that re-arms itself without end is found out', async () => {
    const clock = new VirtualClock();
    const again = (): void => void clock.after(0, again);
    again();
    await expect(clock.advance(1)).rejects.toMatchObject({ code: 'PROW_TIME_RUNAWAY' });
  });
});

test('the system clock waits longer than Node timers can', () => {
  let called = false;
  const timer = systemClock.after(2 ** 40, () => {
    called = true;
  });
  timer.cancel();
  expect(called).toBe(false);
});

describe('backoff and retry', () => {
  test('grows to its limit', () => {
    const backoff = { baseMs: 100, maxMs: 1000 };
    expect([0, 1, 2, 3, 4, 2000].map((attempt) => backoffMs(attempt, backoff))).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(backoffMs(1, { ...backoff, jitter: 0.5, random: () => 1 })).toBe(100);
    expect(backoffMs(1, { ...backoff, jitter: 0.5, random: () => 0 })).toBe(200);
  });

  test('tries again after transient failures, waiting in between', async () => {
    const clock = new VirtualClock(0);
    const at: number[] = [];
    const result = retry(
      async () => {
        at.push(clock.now());
        if (at.length < 3) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
        return 'ok';
      },
      { attempts: 5, backoff: { baseMs: 10, maxMs: 100 }, clock },
    );
    await clock.runAll();
    expect(await result).toBe('ok');
    expect(at).toEqual([0, 10, 30]);
  });

  test('gives up at once on a lasting failure, and after the last attempt', async () => {
    let calls = 0;
    const options = { attempts: 3, backoff: { baseMs: 0, maxMs: 0 } };
    await expect(retry(async () => { calls += 1; throw new Error('lasting'); }, options)).rejects.toThrow('lasting');
    expect(calls).toBe(1);
    await expect(retry(async () => { calls += 1; throw new Error('x'); }, { ...options, isRetryable: () => true })).rejects.toThrow('x');
    expect(calls).toBe(4);
  });
});
