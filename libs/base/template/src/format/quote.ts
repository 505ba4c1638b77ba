const namedEscapes = new Map([['\x07', '\\a'], ['\b', '\\b'], ['\f', '\\f'], ['\n', '\\n'], ['\r', '\\r'], ['\t', '\\t'], ['\v', '\\v']]);
const escapedNames = new Map([['a', '\x07'], ['b', '\b'], ['f', '\f'], ['n', '\n'], ['r', '\r'], ['t', '\t'], ['v', '\v'], ['\\', '\\'], ["'", "'"], ['"', '"']]);

/** Go's unicode.IsPrint. */
export function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);
}

/** Go's strconv.Quote; with `asciiOnly` its QuoteToASCII; for another quote, QuoteRune. */
export function goQuote(text: string, { quote = '"', asciiOnly = false } = {}): string {
  let result = quote;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === quote || character === '\\') result += `\\${character}`;
    else if (isPrintable(character) && (!asciiOnly || code < 0x80)) result += character;
    else if (namedEscapes.has(character)) result += namedEscapes.get(character) ?? '';
    else if (code < 0x80) result += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code > 0xffff) result += `\\U${code.toString(16).padStart(8, '0')}`;
    else result += `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return result + quote;
}

/** Go's strconv.Unquote for "…", '…' and `…`; undefined when the text is not a valid literal. */
export function goUnquote(literal: string): string | undefined {
  const quote = literal[0];
  const inner = literal.slice(1, -1);
  if (literal.length < 2 || literal.at(-1) !== quote) return undefined;
  if (quote === '`') return inner.includes('`') ? undefined : inner.replaceAll('\r', '');
  if (inner.includes('\n')) return undefined;
  // Bytes, for \x and octal escapes name bytes, not characters.
  const bytes: Buffer[] = [];
  let characters = 0;
  for (let rest = inner; rest !== ''; ) {
    const piece = nextPiece(rest, quote ?? '');
    if (piece === undefined) return undefined;
    bytes.push(piece.bytes);
    characters += 1;
    rest = rest.slice(piece.length);
  }
  if (quote === "'" && characters !== 1) return undefined;
  return Buffer.concat(bytes).toString('utf8');
}

function nextPiece(rest: string, quote: string): { bytes: Buffer; length: number } | undefined {
  const first = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  if (first === quote) return undefined;
  if (first !== '\\') return { bytes: Buffer.from(first), length: first.length };
  const name = rest[1] ?? '';
  const named = escapedNames.get(name);
  if (named !== undefined) return (named === "'" || named === '"') && named !== quote ? undefined : { bytes: Buffer.from(named), length: 2 };
  const octal = /^\\([0-7]{3})/.exec(rest)?.[1];
  if (octal !== undefined) {
    const value = Number.parseInt(octal, 8);
    return value > 255 ? undefined : { bytes: quote === "'" ? Buffer.from(String.fromCodePoint(value)) : Buffer.of(value), length: 4 };
  }
  const [whole = '', kind, digits = ''] = /^\\(?:(x)(?=([\dA-Fa-f]{2}))..|(u)(?=([\dA-Fa-f]{4})).{4}|(U)(?=([\dA-Fa-f]{8})).{8})/.exec(rest)?.filter((part) => part !== undefined) ?? [];
  if (kind === undefined) return undefined;
  const value = Number.parseInt(digits, 16);
  if (kind === 'x') return { bytes: quote === "'" ? Buffer.from(String.fromCodePoint(value)) : Buffer.of(value), length: whole.length };
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return undefined;
  return { bytes: Buffer.from(String.fromCodePoint(value)), length: whole.length };
}
