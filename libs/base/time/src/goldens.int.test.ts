import { expect, test } from '@jest/globals';
import { messageOf } from '@prow/base-errors';
import { describeWithGolden, readGoldenLines } from '@prow/testing-harness';
import { formatGoDuration, parseGoDuration } from './go-duration.ts';

interface DurationLine {
  in: string;
  ns?: string;
  string?: string;
  error?: string;
}

function answer({ in: text }: DurationLine): DurationLine {
  try {
    const ns = parseGoDuration(text);
    return { in: text, ns: String(ns), string: formatGoDuration(ns) };
  } catch (error) {
    return { in: text, error: messageOf(error) };
  }
}

describeWithGolden('go/duration.jsonl', "Go's durations", () => {
  test('every text gives the same nanoseconds and the same notation, or the same error', () => {
    const lines = readGoldenLines<DurationLine>('go/duration.jsonl');
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.map(answer)).toEqual(lines);
  });
});
