import { describe, expect, test } from '@jest/globals';
import { ago, duration, html, link, page } from './index.ts';

describe('html', () => {
  test('escapes what is put in, not what it made itself', () => {
    expect(html`<b title="${'"\'<&>'}">${[html`<i>${'<x>'}</i>`, undefined, null, false, 3]}</b>`.text).toBe('<b title="&quot;&#39;&lt;&amp;&gt;"><i>&lt;x&gt;</i>3</b>');
  });

  test.each([
    ['https://x.example/a', '<a rel="noreferrer" href="https://x.example/a">t</a>'],
    ['/events', '<a rel="noreferrer" href="/events">t</a>'],
    ['//x.example', 't'],
    ['javascript:alert(1)', 't'],
    [undefined, 't'],
  ])('link %s', (href, text) => {
    expect(link(href, 't').text).toBe(text);
  });
});

test('a page stands in the navigation once', () => {
  const own = { name: 'Events', href: '/events' };
  const count = (links: { name: string; href: string }[]): number => page({ title: '<t>', body: html``, own, navigation: { home: '/', links } }).split('>Events<').length - 1;
  expect(count([])).toBe(1);
  expect(count([{ name: 'Jobs', href: '/' }, own])).toBe(1);
  expect(page({ title: '<t>', body: html``, own, navigation: { links: [] } })).toContain('<title>&lt;t&gt; · Prow</title>');
});

test.each([[0, '0s'], [59_999, '59s'], [61_000, '1m 1s'], [3_660_000, '1h 1m'], [90_000_000, '1d 1h']])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('times to come', () => {
  expect(ago(0, 5000).text).toContain('>in 5s<');
  expect(ago(5000, 0).text).toContain('>5s ago<');
});
