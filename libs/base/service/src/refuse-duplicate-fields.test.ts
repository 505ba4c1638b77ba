import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { refuseDuplicateFields } from './refuse-duplicate-fields.ts';

const check = (text: string, encoding = 'utf-8') => (): void => refuseDuplicateFields({} as IncomingMessage, {} as ServerResponse, Buffer.from(text), encoding);

test.each([
  ['{"a":1,"a":1}', 'a'],
  ['{"a":1,"b":{"c":[{"d":1,"d":2}]}}', 'd'],
  [String.raw`{"a":1,"\u0061":2}`, 'a'],
  [String.raw`{"a\"":1,"b":"}","a\"":2}`, 'a"'],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
])('%s has a field twice', (text, field) => {
  expect(check(text)).toThrow(expect.objectContaining({ code: 'PROW_SERVICE_BODY_DUPLICATE', httpStatus: 400, details: { field } }));
});

test.each(['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', String.raw`{"a":"\",\"a\":1"}`, '["a","a"]', '', '}]{"', '{"a":1,'])('%s has none', (text) => {
  expect(check(text)).not.toThrow();
});

test('another charset, in which names could hide, is refused', () => {
  expect(check('{}', 'utf-16')).toThrow(expect.objectContaining({ code: 'PROW_SERVICE_BODY_ENCODING', httpStatus: 415 }));
});

test('a megabyte of quotes that never ends is read once', () => {
  expect(check(`{"${String.raw`\"`.repeat(500_000)}`)).not.toThrow();
});
