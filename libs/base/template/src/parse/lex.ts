// Cuts a template into tokens the way Go's text/template/parse does, errors included.

export type TokenType =
  | 'text' | 'left' | 'right' | 'space' | 'eof' | 'error'
  | 'identifier' | 'field' | 'variable' | 'dot' | 'nil' | 'bool' | 'number' | 'charConstant' | 'string' | 'rawString'
  | 'pipe' | 'leftParen' | 'rightParen' | 'assign' | 'declare' | 'char'
  | 'block' | 'break' | 'continue' | 'define' | 'else' | 'end' | 'if' | 'range' | 'template' | 'with';

export interface Token {
  type: TokenType;
  text: string;
  /** Position in the template (UTF-16 units). */
  at: number;
  line: number;
}

const keywords = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with', 'nil']);
const isKeyword = (text: string): text is 'block' => keywords.has(text);
const alphanumeric = /[\p{L}\p{Nd}_]/u;
const leftDelimiter = '{{';
const rightDelimiter = '}}';
const leftComment = '/*';
const rightComment = '*/';
/** A hyphen and the space that belongs to it. */
const trimMarkerLength = 2;
const isSpace = (character: string | undefined): boolean => character !== undefined && character !== '' && ' \t\r\n'.includes(character);

/** All tokens of a template; the last one is `eof` or `error`. */
export function lex(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #start = 0;
  #at = 0;
  #line = 1;
  #startLine = 1;
  #parenDepth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Token[] {
    while (this.#lexText()) {
      if (!this.#lexAction()) break;
    }
    return this.#tokens;
  }

  #emit(type: TokenType): void {
    const text = this.#text.slice(this.#start, this.#at);
    this.#tokens.push({ type, text, at: this.#start, line: this.#startLine });
    this.#ignore();
  }

  #ignore(): void {
    for (let at = this.#text.indexOf('\n', this.#start); at >= 0 && at < this.#at; at = this.#text.indexOf('\n', at + 1)) this.#line += 1;
    this.#start = this.#at;
    this.#startLine = this.#line;
  }

  /** Ends the run. @returns false */
  #fail(message: string): false {
    this.#tokens.push({ type: 'error', text: message, at: this.#start, line: this.#startLine });
    return false;
  }

  /** Up to the next action. @returns whether there is one */
  #lexText(): boolean {
    const found = this.#text.indexOf(leftDelimiter, this.#at);
    if (found < 0) {
      this.#at = this.#text.length;
      if (this.#at > this.#start) this.#emit('text');
      this.#emit('eof');
      return false;
    }
    const trims = this.#text[found + 2] === '-' && isSpace(this.#text[found + 3]);
    let end = found;
    if (trims) while (end > this.#start && isSpace(this.#text[end - 1])) end -= 1;
    this.#at = end;
    if (end > this.#start) this.#emit('text');
    this.#at = found;
    this.#ignore();
    const afterMarker = found + leftDelimiter.length + (trims ? trimMarkerLength : 0);
    if (this.#text.startsWith(leftComment, afterMarker)) {
      this.#at = afterMarker;
      this.#ignore();
      return this.#lexComment() && this.#lexText();
    }
    this.#at = found + leftDelimiter.length;
    this.#emit('left');
    this.#at = afterMarker;
    this.#ignore();
    this.#parenDepth = 0;
    return true;
  }

  #lexComment(): boolean {
    const end = this.#text.indexOf(rightComment, this.#at + leftComment.length);
    if (end < 0) return this.#fail('unclosed comment');
    this.#at = end + rightComment.length;
    const { trims, length } = this.#rightDelimiterAt(this.#at);
    if (length === 0) return this.#fail('comment ends before closing delimiter');
    this.#at += length;
    this.#ignore();
    if (trims) this.#skipSpace();
    return true;
  }

  /** How long the closing delimiter here is, with its trim marker; 0 when there is none. */
  #rightDelimiterAt(at: number): { trims: boolean; length: number } {
    if (isSpace(this.#text[at]) && this.#text[at + 1] === '-' && this.#text.startsWith(rightDelimiter, at + trimMarkerLength)) {
      return { trims: true, length: trimMarkerLength + rightDelimiter.length };
    }
    return { trims: false, length: this.#text.startsWith(rightDelimiter, at) ? rightDelimiter.length : 0 };
  }

  #skipSpace(): void {
    while (isSpace(this.#text[this.#at])) this.#at += 1;
    this.#ignore();
  }

  /** The inside of an action up to its end. @returns whether text follows */
  #lexAction(): boolean {
    for (;;) {
      const { trims, length } = this.#rightDelimiterAt(this.#at);
      if (length > 0) {
        if (this.#parenDepth > 0) return this.#fail('unclosed left paren');
        if (trims) {
          this.#at += trimMarkerLength;
          this.#ignore();
        }
        this.#at += rightDelimiter.length;
        this.#emit('right');
        if (trims) this.#skipSpace();
        return true;
      }
      if (!this.#lexInside()) return false;
    }
  }

  #lexInside(): boolean {
    const character = this.#next();
    if (character === '') return this.#fail('unclosed action');
    if (isSpace(character)) return this.#lexSpace();
    switch (character) {
      case '=': return this.#emitted('assign');
      case ':':
        if (this.#next() !== '=') return this.#fail('expected :=');
        return this.#emitted('declare');
      case '|': return this.#emitted('pipe');
      case '"': return this.#lexQuoted('"', 'string', 'unterminated quoted string');
      case "'": return this.#lexQuoted("'", 'charConstant', 'unterminated character constant');
      case '`': return this.#lexRaw();
      case '$': return this.#lexName('variable');
      case '(':
        this.#parenDepth += 1;
        return this.#emitted('leftParen');
      case ')':
        this.#parenDepth -= 1;
        return this.#parenDepth < 0 ? this.#fail('unexpected right paren') : this.#emitted('rightParen');
      default:
        return this.#lexOther(character);
    }
  }

  #lexOther(character: string): boolean {
    if (character === '.' && !/\d/.test(this.#text[this.#at] ?? '')) return this.#lexName('field');
    if (/[\d.+-]/.test(character)) {
      this.#at -= 1;
      return this.#lexNumber();
    }
    if (alphanumeric.test(character)) return this.#lexIdentifier();
    if (character >= ' ' && character <= '~') return this.#emitted('char');
    return this.#fail(`unrecognized character in action: ${describeCharacter(character)}`);
  }

  #emitted(type: TokenType): true {
    this.#emit(type);
    return true;
  }

  /** The next character (a whole code point), or '' at the end. */
  #next(): string {
    const character = this.#peek();
    this.#at += character.length;
    return character;
  }

  #peek(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #lexSpace(): true {
    let lastSpace = this.#at - 1;
    while (isSpace(this.#peek())) {
      lastSpace = this.#at;
      this.#at += 1;
    }
    // The last space may belong to a trim marker.
    if (this.#rightDelimiterAt(lastSpace).trims) {
      this.#at = lastSpace;
      if (this.#at === this.#start) return true;
    }
    return this.#emitted('space');
  }

  #lexQuoted(quote: string, type: 'string' | 'charConstant', message: string): boolean {
    for (;;) {
      let character = this.#next();
      if (character === '\\') {
        character = this.#next();
        if (character !== '' && character !== '\n') continue;
      }
      if (character === '' || character === '\n') return this.#fail(message);
      if (character === quote) return this.#emitted(type);
    }
  }

  #lexRaw(): boolean {
    const end = this.#text.indexOf('`', this.#at);
    if (end < 0) return this.#fail('unterminated raw quoted string');
    this.#at = end + 1;
    return this.#emitted('rawString');
  }

  #lexName(type: 'field' | 'variable'): boolean {
    if (this.#isAtTerminator()) return this.#emitted(type === 'variable' ? 'variable' : 'dot');
    while (alphanumeric.test(this.#peek())) this.#next();
    return this.#isAtTerminator() ? this.#emitted(type) : this.#fail(`bad character ${describeCharacter(this.#peek())}`);
  }

  #lexIdentifier(): boolean {
    while (alphanumeric.test(this.#peek())) this.#next();
    if (!this.#isAtTerminator()) return this.#fail(`bad character ${describeCharacter(this.#peek())}`);
    const word = this.#text.slice(this.#start, this.#at);
    if (isKeyword(word)) return this.#emitted(word);
    return this.#emitted(word === 'true' || word === 'false' ? 'bool' : 'identifier');
  }

  #lexNumber(): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 1000);
    const [number = ''] = /^[+-]?(?:0[xX][\dA-Fa-f_]*(?:\.[\dA-Fa-f_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/.exec(rest) ?? [];
    this.#at += number.length;
    // Go reads a sign here as the begin of an imaginary part.
    if (/[+-]/.test(this.#peek())) {
      this.#at += /^[+-][\d._eExX]*/.exec(this.#text.slice(this.#at, this.#at + 1000))?.[0].length ?? 0;
      return this.#fail(`bad number syntax: ${JSON.stringify(this.#text.slice(this.#start, this.#at))}`);
    }
    if (alphanumeric.test(this.#peek())) {
      this.#next();
      return this.#fail(`bad number syntax: ${JSON.stringify(this.#text.slice(this.#start, this.#at))}`);
    }
    return this.#emitted('number');
  }

  #isAtTerminator(): boolean {
    const character = this.#peek();
    return character === '' || isSpace(character) || '.,|:)('.includes(character) || this.#text.startsWith(rightDelimiter, this.#at);
  }
}

/** Go's %#U: `U+0040 '@'`. */
function describeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character) ? `U+${code} '${character}'` : `U+${code}`;
}
