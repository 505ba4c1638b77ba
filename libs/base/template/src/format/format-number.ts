/** Go's strconv.FormatFloat for 64 bits. @param precision -1: as many digits as needed to read the same value back */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (verb === 'f') return sign + fixed(size, precision);
  if (verb === 'e') return sign + goExponent(precision < 0 ? shortestExponential(size) : exponential(size, precision));
  return sign + general(size, precision);
}

function general(size: number, precision: number): string {
  const isShortest = precision < 0;
  const digits = Math.max(1, precision);
  const scientific = isShortest ? shortestExponential(size) : exponential(size, digits - 1);
  const [mantissa = '', exponentText = '0'] = scientific.split('e');
  const exponent = size === 0 ? 0 : Number(exponentText);
  const significant = mantissa.replace('.', '').replace(/0+$/, '').length || 1;
  // The threshold above which the exponent is shown.
  let limit = isShortest ? 6 : digits;
  if (!isShortest && limit > significant && significant >= exponent + 1) limit = significant;
  if (exponent < -4 || exponent >= limit) return goExponent(`${trimFraction(mantissa)}e${exponentText}`);
  return isShortest ? fixed(size, -1) : trimFraction(fixed(size, Math.max(0, digits - 1 - exponent)));
}

function trimFraction(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function shortestExponential(size: number): string {
  return size.toExponential();
}

function exponential(size: number, precision: number): string {
  return roundedHalfToEven(size.toExponential(Math.min(100, precision)), () => size.toExponential(Math.min(100, precision + 30)));
}

function fixed(size: number, precision: number): string {
  if (precision < 0) {
    const [mantissa = '', exponentText = '0'] = size.toExponential().split('e');
    const exponent = Number(exponentText);
    const digits = mantissa.replace('.', '');
    if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
    if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
    return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  }
  const places = Math.min(100, precision);
  if (size >= 1e21) return BigInt(size).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
  return roundedHalfToEven(size.toFixed(places), () => size.toFixed(Math.min(100, places + 30))) + '0'.repeat(precision - places);
}

/** JavaScript rounds an exact half up, Go to the even digit. */
function roundedHalfToEven(rounded: string, longer: () => string): string {
  const lastDigit = /(\d)(?=\D*$)(?!.*\d.*e)/.exec(rounded.split('e')[0] ?? '')?.[1];
  if (lastDigit === undefined || Number(lastDigit) % 2 === 0) return rounded;
  const [mantissa = '', exponent] = rounded.split('e');
  const [longMantissa = '', longExponent] = longer().split('e');
  if (exponent !== longExponent) return rounded;
  const places = mantissa.length + (mantissa.includes('.') ? 0 : 1);
  if (!/^50*$/.test(longMantissa.slice(places))) return rounded;
  const even = mantissa.slice(0, -1) + String(Number(lastDigit) - 1);
  return exponent === undefined ? even : `${even}e${exponent}`;
}

/** At least two digits in the exponent. */
function goExponent(text: string): string {
  return text.replace(/e([+-]?)(\d+)$/, (_, sign: string, digits: string) => `e${sign || '+'}${digits.padStart(2, '0')}`);
}
