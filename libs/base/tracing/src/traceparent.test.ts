import { expect, test } from '@jest/globals';
import { formatTraceparent, isTraceparent, parseTraceparent, traceparentOf } from './traceparent.ts';

test('what is written is read; anything else counts as absent', () => {
  const context = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', isSampled: true };
  expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
  expect(parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00')).toMatchObject({ isSampled: false });
  for (const bad of [undefined, '', 'x', '00-00000000000000000000000000000000-00f067aa0ba902b7-01', '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01\n']) {
    expect(isTraceparent(bad)).toBe(false);
  }
});

test('a UUID is its own trace; every program names the same spans', () => {
  const guid = '72D3162E-cc78-11e3-81ab-4c9367dc0958';
  expect(traceparentOf(guid)).toMatch(/^00-72d3162ecc7811e381ab4c9367dc0958-[0-9a-f]{16}-01$/);
  expect(traceparentOf('guid-1')).toBe(traceparentOf('guid-1'));
  expect(traceparentOf('guid-1')).not.toBe(traceparentOf('guid-2'));
});
