import { goUnquote } from '../format/quote.ts';

const maxInt = 2n ** 63n - 1n;
const minInt = -(2n ** 63n);

export type NumberLiteral = { value: number | bigint; isFloat: boolean };

/** A number or character constant as Go's templates type it: a 64-bit integer, or a float when written as one. */
export function parseNumberLiteral(text: string): NumberLiteral | { problem: string } {
  if (text.startsWith("'")) {
    const character = goUnquote(text);
    if (text === "''") return { problem: 'invalid syntax' };
    return character === undefined ? { problem: `malformed character constant: ${text}` } : { value: BigInt(character.codePointAt(0) ?? 0), isFloat: false };
  }
  if (text.endsWith('i')) return { problem: `complex numbers are not supported: ${text}` };
  const bad = { problem: `illegal number syntax: ${JSON.stringify(text)}` };
  if (!hasGoodUnderscores(text)) return bad;
  const plain = text.replaceAll('_', '');
  const integer = parseInteger(plain);
  if (integer !== undefined) {
    return integer > maxInt || integer < minInt ? { problem: `integer overflow: ${JSON.stringify(text)}` } : { value: integer, isFloat: false };
  }
  if (/^[+-]?0\d+$/.test(plain)) return { problem: `integer overflow: ${JSON.stringify(text)}` };
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain)) {
    const value = Number(plain);
    return Number.isFinite(value) ? { value, isFloat: true } : bad;
  }
  return bad;
}

function parseInteger(text: string): bigint | undefined {
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/.exec(text) ?? [];
  if (!/^(0[xX][\dA-Fa-f]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9]\d*)$/.test(digits)) return undefined;
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits.toLowerCase());
  return sign === '-' ? -value : value;
}

/** Underscores stand between digits, or right behind a base prefix. */
function hasGoodUnderscores(text: string): boolean {
  return !/__|_$|^[+-]?_|_[^\dA-Fa-f]|[^\dA-Fa-fxXoObB]_/.test(text);
}
