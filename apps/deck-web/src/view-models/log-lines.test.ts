import { describe, expect, test } from '@jest/globals';
import { isTrouble, LineBuffer, maxLineLength, spansOf } from './log-lines.ts';

const esc = '\u001b[';

describe('spans', () => {
  test('colours and weights last until reset', () => {
    expect(spansOf(`a${esc}1;31mb${esc}0mc`)).toEqual([
      { text: 'a', classes: '' },
      { text: 'b', classes: 'bold fg-31' },
      { text: 'c', classes: '' },
    ]);
  });
  test('other control sequences and an unfinished one vanish', () => {
    expect(spansOf(`x${esc}2Ky${esc}12`).map(({ text }) => text)).toEqual(['x', 'y']);
  });
  test('a huge line is cut', () => {
    expect(spansOf('x'.repeat(maxLineLength + 7))[0]?.text).toContain('7 more characters');
  });
});

test.each(['ERROR: no', 'not ok 3 - x', '--- FAIL: TestX', 'E0102 10:11:12.1 x'])('%s tells of trouble', (line) => {
  expect(isTrouble(line)).toBe(true);
});

test('ordinary lines do not', () => {
  expect(isTrouble('ok 1 - all tests passed without failures')).toBe(false);
});

describe('line buffer', () => {
  test('parts join to lines wherever they are cut', () => {
    const buffer = new LineBuffer(10);
    for (const part of ['a', 'b\nc', '\n', '\nd']) buffer.append(part);
    expect(buffer.lines()).toEqual(['ab', 'c', '', 'd']);
  });
  test('keeps the newest lines', () => {
    const buffer = new LineBuffer(2);
    buffer.append('1\n2\n3\n4');
    expect([buffer.lines(), buffer.dropped]).toEqual([['3', '4'], 2]);
  });
  test('progress bars show their last state; Windows line ends are no such thing', () => {
    const buffer = new LineBuffer(5);
    buffer.append('10%\r20%\r100%\nend\r\n');
    expect(buffer.lines()).toEqual(['100%', 'end']);
  });
});
