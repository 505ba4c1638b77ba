import { describe, expect, test } from '@jest/globals';
import { statusDescription } from './status-description.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';

describe('statusDescription', () => {
  test('pads to where GitHub stops showing', () => {
    expect(statusDescription('Pod can not be created.', sha)).toBe(`Pod can not be created.${'\u2001'.repeat(17)} BaseSHA:${sha}`);
    expect(statusDescription('Job pending.', sha)).toBe(`Job pending.${'\u2001'.repeat(20)} BaseSHA:${sha}`);
  });

  test('fits exactly: neither padding nor cut', () => {
    expect(statusDescription('x'.repeat(91), sha)).toBe(`${'x'.repeat(91)} BaseSHA:${sha}`);
  });

  // As upstream 20240619 told GitHub: an em space has three bytes, and what does not fit goes off the text.
  test.each([[90, 41, 1], [89, 41, 1], [86, 40, 2]])('a text of %i bytes is cut to make room for its padding', (length, half, spaces) => {
    const description = statusDescription('x'.repeat(length), sha);
    expect(description).toBe(`${'x'.repeat(half)} ... ${'x'.repeat(half)}${'\u2001'.repeat(spaces)} BaseSHA:${sha}`);
    expect(Buffer.byteLength(description)).toBeLessThanOrEqual(140);
  });

  test('cuts in the middle', () => {
    const description = statusDescription(`${'a'.repeat(60)}${'b'.repeat(60)}`, sha);
    expect(description).toBe(`${'a'.repeat(43)} ... ${'b'.repeat(43)} BaseSHA:${sha}`);
  });

  test('each byte of a cut character becomes a replacement character', () => {
    expect(statusDescription('é'.repeat(100), '')).toBe(`${'é'.repeat(33)}\ufffd ... \ufffd${'é'.repeat(33)}`);
    expect(statusDescription('日'.repeat(60), '')).toBe(`${'日'.repeat(22)}\ufffd ... \ufffd${'日'.repeat(22)}`);
    expect(statusDescription(`a${'日'.repeat(60)}a`, '')).toBe(`a${'日'.repeat(22)} ... ${'日'.repeat(22)}a`);
    expect(statusDescription(`ab${'日'.repeat(60)}ab`, '')).toBe(`ab${'日'.repeat(21)}\ufffd\ufffd ... \ufffd\ufffd${'日'.repeat(21)}ab`);
  });
});
