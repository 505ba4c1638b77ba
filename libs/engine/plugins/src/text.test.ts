import { expect, test } from '@jest/globals';
import { dropFences, dropHtmlComments, formatReply } from './text.ts';

test.each([
  ['a\n```\n/x\n```\nb', 'a\nb'],
  ['```js\r\n/x\r\n```\r\nb', 'b'],
  ['````\n```\n/x\n````\nb', 'b'],
  ['~~~\n/x\n```\n/y', ''],
  ['``` a ``` b\n/x', '``` a ``` b\n/x'],
  ['    ```\n/x', '    ```\n/x'],
  ['/x', '/x'],
])('fences of %j', (text, rest) => expect(dropFences(text)).toBe(rest));

test.each([
  ['a<!-- b\nc -->d', 'ad'],
  ['<!-->', '<!-->'],
  ['<!-- open /x', '<!-- open /x'],
  ['<!--1--><!--2-->x', 'x'],
])('HTML comments of %j', (text, rest) => expect(dropHtmlComments(text)).toBe(rest));

test('a reply mentions, says, and quotes, within bounds', () => {
  const reply = formatReply({ body: 'one\r\ntwo', user: { login: 'me' }, htmlUrl: 'https://x' }, 'Done.');
  expect(reply).toMatch(/^@me: Done\.\n/);
  expect(reply).toContain('>one\n>two\n');
  expect(formatReply({ body: 'x\n'.repeat(60_000), user: { login: 'me' }, htmlUrl: '' }, '').length).toBeLessThan(6000);
});
