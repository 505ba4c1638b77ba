import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parseHmacTokens, tokensFor, tokensThatSigned } from './hmac-secrets.ts';

const file = '"*":\n- value: global\n  created_at: 2020-01-01T00:00:00Z\norg:\n- value: old\n- value: new\norg/repo:\n- value: own\n';

describe('the secret file', () => {
  test('a mapping, or one token', () => {
    expect([...parseHmacTokens(file)]).toEqual([['*', ['global']], ['org', ['old', 'new']], ['org/repo', ['own']]]);
    expect([...parseHmacTokens('s3cret\n')]).toEqual([['*', ['s3cret']]]);
    expect([...parseHmacTokens('[not closed')]).toEqual([['*', ['[not closed']]]);
  });

  test.each([
    ['', 'is empty'],
    ['org: token', 'org: expected a list'],
    ['org:\n- x: y', 'org[0].value: expected a token'],
    ['org:\n- value: ""', 'org[0].value: expected a token'],
  ])('%j is refused, without telling a secret', (text, message) => expect(() => parseHmacTokens(text)).toThrow(message));

  test('only the most specific level counts', () => {
    const tokens = parseHmacTokens(file);
    expect(tokensFor(tokens, { org: 'org', repo: 'repo' })).toEqual(['own']);
    expect(tokensFor(tokens, { org: 'org', repo: 'other' })).toEqual(['old', 'new']);
    expect(tokensFor(tokens, { org: 'else', repo: 'x' })).toEqual(['global']);
    expect(tokensFor(tokens, undefined)).toEqual(['global']);
    expect(tokensFor(new Map(), { org: 'x' })).toEqual([]);
  });

  test('who signed is found before the body is looked into', () => {
    const body = Buffer.from('not even JSON');
    const signature = `sha256=${createHmac('sha256', 'new').update(body).digest('hex')}`;
    expect([...tokensThatSigned(parseHmacTokens(file), body, signature)]).toEqual(['new']);
    for (const wrong of ['', 'sha256=', 'sha1=abc', `${signature}0`, signature.replace(/.$/, 'z')]) expect(tokensThatSigned(parseHmacTokens(file), body, wrong).size).toBe(0);
  });
});
