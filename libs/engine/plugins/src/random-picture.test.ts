import { expect, test } from '@jest/globals';
import { pictureMarkdown, textAt } from './random-picture.ts';

test('only plain addresses become pictures', () => {
  expect(pictureMarkdown('cat', 'https://x/a.png')).toBe('![cat](https://x/a.png)');
  for (const url of [undefined, '', 'javascript:alert(1)', 'https://x/a) [y](z', 'https://x/"><b']) expect(pictureMarkdown('cat', url)).toBeUndefined();
});

test('answers of unexpected shape are no text', () => {
  expect(textAt([{ url: 'u' }], 0, 'url')).toBe('u');
  for (const answer of [null, [], [{}], [{ url: 3 }], 'x']) expect(textAt(answer, 0, 'url')).toBeUndefined();
});
