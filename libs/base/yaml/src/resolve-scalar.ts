// What a plain scalar means to upstream's reader: YAML 1.1, as go-yaml has it. Dates stay text.
const words = new Map<string, boolean | null | number>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
]);
const longestWord = 5;
const floatPattern = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const integerPattern = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/;

export type PlainScalar = string | number | boolean | null;

export function resolveScalar(text: string): PlainScalar {
  if (text.length <= longestWord) {
    const word = words.get(text);
    if (word !== undefined) return word;
  }
  const first = text.charCodeAt(0);
  const mayBeNumber = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  return mayBeNumber ? (resolveNumber(text) ?? text) : text;
}

/** Undefined where the text is no number. Digits may be grouped by `_`. */
export function resolveNumber(text: string): number | undefined {
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  if (integerPattern.test(plain)) return integerOf(plain);
  if (!floatPattern.test(plain)) return undefined;
  // Of 08 and the like, octal by their zero and no octal by their digits, a number remains; beyond all numbers is text.
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

function integerOf(text: string): number {
  const negative = text.startsWith('-');
  const digits = /^[-+]/.test(text) ? text.slice(1) : text;
  const magnitude = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return negative && magnitude !== 0 ? -magnitude : magnitude;
}
