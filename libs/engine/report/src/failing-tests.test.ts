import { expect, test } from '@jest/globals';
import { failingTests } from './failing-tests.ts';

test('names what failed, with its message and place', () => {
  const xml = `<?xml version="1.0"?><testsuites><testsuite name="s"><testcase name="ok" classname="a"/>
    <testcase name="a &gt; b" classname="pkg" file="pkg/a_test.go" line="12"><failure message="want 1 &amp; got 2">trace</failure></testcase>
    <testcase name='quoted "x"'><error><![CDATA[it <died>]]></error></testcase>
    <testcase name="fine"><system-out>&lt;failure&gt;</system-out></testcase></testsuite></testsuites>`;
  expect(failingTests(xml)).toEqual([
    { name: 'pkg › a > b', message: 'want 1 & got 2', file: 'pkg/a_test.go', line: 12 },
    { name: 'quoted "x"', message: 'it <died>' },
  ]);
});

test('whatever it is given, it comes back', () => {
  for (const text of ['', '<', '<testcase', '<testcase name="', '<testcase name="x"><failure', '<![CDATA[', '<testcase name="&#99999999;"><failure/>', '<a '.repeat(1000)]) {
    expect(Array.isArray(failingTests(text))).toBe(true);
  }
  const many = '<testcase name="t"><failure/></testcase>'.repeat(10_000);
  expect(failingTests(many).length).toBe(200);
});
