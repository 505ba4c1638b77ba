import { expect, test } from '@jest/globals';
import { messageOf } from '@prow/base-errors';
import { describeWithGolden, readGoldenLines } from '@prow/testing-harness';
import { parseCron } from './parse-cron.ts';

interface CronLine {
  expr: string;
  error?: string;
  next?: Record<string, string[]>;
}

/** The four next times from each start, or the error, in the golden's own notation. */
function answer({ expr, next = {} }: CronLine): CronLine {
  try {
    const schedule = parseCron(expr);
    const times = Object.keys(next).map((start) => {
      const found: string[] = [];
      for (let at = schedule.nextAfter(Date.parse(start)); found.length < 4; ) {
        if (at === null) return [start, [...found, 'never']];
        found.push(new Date(at).toISOString().replace('.000Z', 'Z'));
        at = schedule.nextAfter(at);
      }
      return [start, found];
    });
    return { expr, next: Object.fromEntries(times) as Record<string, string[]> };
  } catch (error) {
    return { expr, error: messageOf(error) };
  }
}

describeWithGolden('go/cron.jsonl', 'robfig cron v3', () => {
  test('every expression gives the same times, or the same error', () => {
    const lines = readGoldenLines<CronLine>('go/cron.jsonl');
    expect(lines.length).toBeGreaterThan(500);
    expect(lines.map(answer)).toEqual(lines);
  });
});
