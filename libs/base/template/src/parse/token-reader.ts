import { syntaxError } from '../template-error.ts';
import { goQuote } from '../format/quote.ts';
import { lex, type Token, type TokenType } from './lex.ts';

const keywordTypes = new Set<TokenType>(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with', 'nil', 'dot']);

/** Tokens with look-ahead, and Go's messages for those that do not fit. */
export class TokenReader {
  readonly name: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  /** The furthest token looked at: its line is the one Go's messages name. */
  #furthest = 0;
  /** The line on which the current action began; 0 outside. */
  actionLine = 0;

  constructor(name: string, text: string) {
    this.name = name;
    this.#tokens = lex(text);
  }

  next(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  peek(): Token {
    const index = Math.min(this.#next, this.#tokens.length - 1);
    this.#furthest = Math.max(this.#furthest, index);
    return this.#tokens[index] as Token;
  }

  nextNonSpace(): Token {
    this.peekNonSpace();
    return this.next();
  }

  peekNonSpace(): Token {
    while (this.peek().type === 'space') this.#next += 1;
    return this.peek();
  }

  /** A place to come back to. */
  mark(): number {
    return this.#next;
  }

  returnTo(mark: number): void {
    this.#next = mark;
  }

  expect(type: TokenType, context: string): Token {
    const token = this.nextNonSpace();
    if (token.type !== type) this.unexpected(token, context);
    return token;
  }

  unexpected(token: Token, context: string): never {
    if (token.type === 'error') {
      let where = '';
      if (this.actionLine !== 0 && this.actionLine !== token.line) {
        where = ` in action started at ${this.name}:${this.actionLine}`;
        if (token.text.endsWith(' action')) where = where.slice(' in action'.length);
      }
      this.fail(`${token.text}${where}`);
    }
    this.fail(`unexpected ${describeToken(token)} in ${context}`);
  }

  fail(message: string): never {
    throw syntaxError(this.name, this.#tokens[this.#furthest]?.line ?? 1, message);
  }
}

function describeToken(token: Token): string {
  if (token.type === 'eof') return 'EOF';
  if (keywordTypes.has(token.type)) return `<${token.text}>`;
  const characters = Array.from(token.text);
  return characters.length > 10 ? `${goQuote(characters.slice(0, 10).join(''))}...` : goQuote(token.text);
}
