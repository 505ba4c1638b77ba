import { describe, expect, test } from '@jest/globals';
import { Censor } from './censor.ts';
import { Matcher } from './matcher.ts';

/** What the censor should give, found the slow way. */
function plain(text: Buffer, secrets: readonly Buffer[]): Buffer {
  const result = Buffer.from(text);
  for (const secret of secrets) for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) result.fill('X', at, at + secret.length);
  return result;
}

/** Numbers that are the same in every run. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

function censorInPieces(text: Buffer, matcher: Matcher, cut: () => number): Buffer {
  const censor = new Censor(matcher);
  const shown: Buffer[] = [];
  for (let at = 0; at < text.length; ) {
    const size = cut();
    shown.push(Buffer.from(censor.push(text.subarray(at, at + size))));
    at += size;
  }
  return Buffer.concat([...shown, censor.end()]);
}

describe('Censor', () => {
  test('hides secrets wherever chunks are cut', () => {
    const next = sequence(7);
    for (let round = 0; round < 300; round += 1) {
      const letters = 2 + next(3);
      const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => 97 + next(letters)));
      const secrets = Array.from({ length: 1 + next(6) }, () => bytes(1 + next(9)));
      const text = bytes(next(400));
      const shown = censorInPieces(text, new Matcher(secrets), () => 1 + next(20));
      expect([round, shown.toString()]).toEqual([round, plain(text, secrets).toString()]);
    }
  });

  test('leaves what follows a secret readable, also where two overlap', () => {
    const matcher = new Matcher([Buffer.from('abcd'), Buffer.from('cdef')]);
    expect(censorInPieces(Buffer.from('1abcdef2abcd3'), matcher, () => 3).toString()).toBe('1XXXXXX2XXXX3');
  });

  test('secrets of bytes that are no text', () => {
    const secret = Buffer.from([0, 255, 128, 0]);
    expect(censorInPieces(Buffer.concat([Buffer.from('a'), secret, Buffer.from('b')]), new Matcher([secret]), () => 1).toString()).toBe('aXXXXb');
  });

  test('without secrets, bytes pass as they are', () => {
    const matcher = new Matcher([]);
    expect(matcher.isEmpty).toBe(true);
    expect(censorInPieces(Buffer.from('abc'), matcher, () => 2).toString()).toBe('abc');
  });

  test('a secret longer than many chunks', () => {
    const secret = Buffer.from('0123456789'.repeat(1000));
    const text = Buffer.concat([Buffer.from('<'), secret, Buffer.from('>')]);
    expect(censorInPieces(text, new Matcher([secret]), () => 37).toString()).toBe(`<${'X'.repeat(secret.length)}>`);
  });
});
