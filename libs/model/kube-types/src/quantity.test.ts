import { describe, expect, test } from '@jest/globals';
import { addQuantities, compareQuantities, formatQuantity, parseQuantity, quantityMilliValue, quantityValue } from './quantity.ts';

describe('quantities', () => {
  // Canonical forms as the API server prints them.
  test.each([
    ['0', '0'], ['0Mi', '0'], ['1', '1'], ['+2', '2'], ['-3', '-3'], ['500m', '500m'], ['0.5', '500m'], ['1500m', '1500m'],
    ['1.5', '1500m'], ['1000m', '1'], ['1000', '1k'], ['1000k', '1M'], ['100k', '100k'], ['1Ki', '1Ki'], ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'], ['0.5Ki', '512'], ['1023', '1023'], ['2e3', '2e3'], ['2E3', '2e3'], ['1e1', '10'], ['100e-3', '100e-3'],
    ['1E', '1E'], ['1Ei', '1Ei'], ['.5', '500m'], ['5.', '5'], ['1n', '1n'], ['0.1n', '1n'], ['-0.1n', '-1n'], ['1u', '1u'],
    ['999999999999999999999', '9223372036854775807'], ['1e999999999', '9223372036854775807e0'.replace('e0', '')],
  ])('%s → %s', (text, canonical) => {
    expect(formatQuantity(parseQuantity(text))).toBe(canonical);
  });

  test.each(['', '.', '-', '1 Gi', 'Gi', '1gi', '1KI', '1e', '1.2.3', '0x10', '1'.repeat(200), '1e1.5', '--1', '1kk'])('refuses %j', (text) => {
    expect(() => parseQuantity(text)).toThrow(expect.objectContaining({ code: 'PROW_KUBE_TYPES_QUANTITY' }));
  });

  test('compares across formats, rounds up', () => {
    expect(compareQuantities('1Gi', '1G')).toBeGreaterThan(0);
    expect(compareQuantities('1000m', '1')).toBe(0);
    expect(quantityMilliValue('0.1')).toBe(100);
    expect(quantityMilliValue('1u')).toBe(1);
    expect(quantityValue('100m')).toBe(1);
    expect(quantityValue('1.5Gi')).toBe(1610612736);
    expect(formatQuantity(addQuantities('100m', '1'))).toBe('1100m');
  });
});
