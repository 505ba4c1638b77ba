import { expect, test } from '@jest/globals';
import { messageOf } from '@prow/base-errors';
import { describeWithGolden, readGoldenLines } from '@prow/testing-harness';
import { compileRegex } from './compile-regex.ts';

interface RegexLine {
  re: string;
  s: string;
  match?: boolean;
  find?: string[] | null;
  error?: string;
}

function answer({ re, s }: RegexLine): RegexLine {
  try {
    const regex = compileRegex(re);
    return { re, s, match: regex.test(s), find: regex.match(s)?.map((group) => group ?? '') ?? null };
  } catch (error) {
    return { re, s, error: messageOf(error) };
  }
}

describeWithGolden('go/regex.jsonl', "Go's regexp", () => {
  test('every expression matches the same, or fails with the same text', () => {
    const lines = readGoldenLines<RegexLine>('go/regex.jsonl');
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.map(answer)).toEqual(lines);
  });
});
