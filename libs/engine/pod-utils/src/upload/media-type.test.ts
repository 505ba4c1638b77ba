import { expect, test } from '@jest/globals';
import { isCompressed, mediaTypeOf, sniffType } from './media-type.ts';

test.each([
  ['build-log.txt', { name: 'build-log.txt', contentType: 'text/plain; charset=utf-8' }],
  ['a/build-log.txt.gz', { name: 'a/build-log.txt', contentType: 'text/plain; charset=utf-8', contentEncoding: 'gzip' }],
  ['a.tar.gz', { name: 'a.tar', contentType: 'application/x-tar', contentEncoding: 'gzip' }],
  ['core.gz', { name: 'core', contentType: 'application/gzip' }],
  ['.gz', { name: '.gz', contentType: 'application/gzip' }],
  ['a/.gzip', { name: 'a/.gzip', contentType: 'application/gzip' }],
  ['plain', { name: 'plain' }],
  ['x.toString', { name: 'x.toString' }],
  ['junit.XML', { name: 'junit.XML', contentType: 'text/xml; charset=utf-8' }],
])('%s', (name, expected) => {
  expect(mediaTypeOf(name)).toEqual(expected);
});

test('the configuration adds types', () => {
  expect(mediaTypeOf('a.trace', { trace: 'application/x-trace' }).contentType).toBe('application/x-trace');
  expect(mediaTypeOf('a.txt', { '.txt': 'text/special' }).contentType).toBe('text/special');
});

test('what to compress', () => {
  expect(isCompressed('a.txt', ['txt'])).toBe(true);
  expect(isCompressed('a.txt', ['.txt'])).toBe(true);
  expect(isCompressed('a.log', ['txt'])).toBe(false);
  expect(isCompressed('a', ['*'])).toBe(true);
  expect(isCompressed('a.zip', ['*'])).toBe(false);
});

test('a look at the bytes', () => {
  expect(sniffType(Buffer.from('text\n\x1b[31mred'))).toBe('text/plain; charset=utf-8');
  expect(sniffType(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]))).toBe('application/octet-stream');
});
