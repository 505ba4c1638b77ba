import { expect, test } from '@jest/globals';
import { isConfigMapKey, isDns1123Label, isDns1123Subdomain, isEnvVarName, isLabelValue, isQualifiedName } from './names.ts';
import { formatMicroTime, formatTime, parseTime, tryParseTime } from './time.ts';

test('times go there and back', () => {
  expect(formatTime(Date.UTC(2026, 0, 2, 3, 4, 5, 999))).toBe('2026-01-02T03:04:05Z');
  expect(formatMicroTime(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe('2026-01-02T03:04:05.678000Z');
  expect(parseTime('2026-01-02T03:04:05Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  expect(parseTime('2026-01-02T03:04:05.123456+02:30')).toBe(Date.UTC(2026, 0, 2, 0, 34, 5, 123));
  expect(parseTime('0001-01-01T00:00:00Z')).toBe(new Date('0001-01-01T00:00:00Z').getTime());
});

test.each(['', 'yesterday', '2026-02-30T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01', '2026-01-01T00:00:00', '2026-13-01T00:00:00Z'])('%j is no time', (text) => {
  expect(() => parseTime(text)).toThrow('RFC 3339');
  expect(tryParseTime(text)).toBeUndefined();
});

test('names', () => {
  expect([isDns1123Label('a-1'), isDns1123Label('-a'), isDns1123Label('A'), isDns1123Label('a'.repeat(64))]).toEqual([true, false, false, false]);
  expect([isDns1123Subdomain('a.b-c.d'), isDns1123Subdomain('a..b'), isDns1123Subdomain('')]).toEqual([true, false, false]);
  expect([isQualifiedName('prow.k8s.io/job'), isQualifiedName('Job_1'), isQualifiedName('/x'), isQualifiedName('a/b/c')]).toEqual([true, true, false, false]);
  expect([isLabelValue(''), isLabelValue('a.b_c'), isLabelValue('release/1'), isLabelValue('a-')]).toEqual([true, true, false, false]);
  expect([isEnvVarName('A_1'), isEnvVarName('1A'), isConfigMapKey('..a'), isConfigMapKey('a.yaml')]).toEqual([true, false, false, true]);
});
