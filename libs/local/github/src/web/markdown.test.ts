import { expect, test } from '@jest/globals';
import { renderMarkdown } from './markdown.ts';

const render = (text: string): string => renderMarkdown(text).text.trim();

test.each([
  ['*<a href="https://x.example/#a" title="Approved">bob</a>*', '<p><em><a rel="nofollow noreferrer" href="https://x.example/#a">bob</a></em></p>'],
  ['<a href="javascript:alert(1)" onclick="x()">a</a>', '<p><a>a</a></p>'],
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['a <img src=x onerror=alert(1)> b', '<p>a &lt;img src=x onerror=alert(1)&gt; b</p>'],
  ['a<!-- META={"approvers":[]} -->b', '<p>ab</p>'],
  ['<!-- META={"approvers":[]} -->', ''],
  ['`<b>x</b>`', '<p><code>&lt;b&gt;x&lt;/b&gt;</code></p>'],
  ['```\n<details>\n```', '<pre><code>&lt;details&gt;\n</code></pre>'],
  ['x</div></details> y', '<p>x y</p>'],
  ['<b>bold', '<p><b>bold</p>\n</b>'],
  ['x <kbd>Ctrl</kbd><br/>y &amp; z', '<p>x <kbd>Ctrl</kbd><br>y &amp; z</p>'],
  ['[a](javascript:alert(1))', '<p>[a](javascript:alert(1))</p>'],
])('%j', (text, html) => {
  expect(render(text)).toBe(html);
});

test('what folds, folds, and holds Markdown', () => {
  expect(render('<details open>\n<summary>More</summary>\n\n- **a**\n\n</details>\n\nafter')).toBe('<details open>\n<summary>More</summary>\n<ul>\n<li><strong>a</strong></li>\n</ul>\n</details>\n<p>after</p>');
});

test('long nonsense takes no time', () => {
  expect(render('<a '.repeat(20_000)).length).toBeGreaterThan(0);
  expect(render(`<a ${'x="" '.repeat(10_000)}`).length).toBeGreaterThan(0);
  expect(render('<!--'.repeat(15_000)).length).toBeGreaterThanOrEqual(0);
});
