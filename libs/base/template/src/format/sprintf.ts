import { goString, typeName } from '../values/go-type.ts';
import { mapEntries, sliceItems, structField, toGo, type GoValue } from '../values/go-value.ts';
import { formatFloat } from './format-number.ts';
import { printValue, type PrintStyle } from './print-value.ts';
import { goQuote, isPrintable } from './quote.ts';

interface Directive {
  verb: string;
  minus: boolean;
  plus: boolean;
  /** `%+v`: structs with the names of their fields. */
  withNames: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
}

type Argument = GoValue | undefined;
/** Go refuses larger widths and precisions. */
const maxWidth = 1_000_000;
const maxDepth = 50;

/** Go's fmt.Sprintf, with its notation for what does not fit. */
export function sprintf(format: string, args: readonly Argument[], style: PrintStyle): string {
  return new Formatter(format, args, style).run();
}

class Formatter {
  readonly #format: string;
  readonly #args: readonly Argument[];
  readonly #style: PrintStyle;
  #at = 0;
  #argument = 0;
  #reordered = false;
  #badIndex = false;

  constructor(format: string, args: readonly Argument[], style: PrintStyle) {
    this.#format = format;
    this.#args = args;
    this.#style = style;
  }

  run(): string {
    let result = '';
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf('%', this.#at);
      if (percent < 0) {
        result += this.#format.slice(this.#at);
        break;
      }
      result += this.#format.slice(this.#at, percent);
      this.#at = percent + 1;
      result += this.#directive();
      if (result.length > this.#style.maxLength) this.#style.onTooLong();
    }
    if (!this.#reordered && this.#argument < this.#args.length) {
      const extra = this.#args.slice(this.#argument).map((value) => (value === undefined ? '<nil>' : `${typeName(value.type)}=${printValue(value, this.#style)}`));
      result += `%!(EXTRA ${extra.join(', ')})`;
    }
    if (result.length > this.#style.maxLength) this.#style.onTooLong();
    return result;
  }

  #directive(): string {
    const directive: Directive = { verb: '', minus: false, plus: false, withNames: false, sharp: false, space: false, zero: false, width: undefined, precision: undefined };
    let problem = '';
    this.#badIndex = false;
    this.#flags(directive);
    this.#index();
    if (this.#take('*')) {
      const width = this.#integerArgument();
      if (width === undefined) problem += '%!(BADWIDTH)';
      else {
        directive.width = Math.abs(width);
        if (width < 0) [directive.minus, directive.zero] = [true, false];
      }
    } else {
      const width = this.#number();
      if (width !== undefined && this.#afterIndex) this.#badIndex = true;
      directive.width = width;
    }
    if (this.#take('.')) {
      if (this.#afterIndex) this.#badIndex = true;
      this.#index();
      if (this.#take('*')) {
        const precision = this.#integerArgument();
        if (precision === undefined) problem += '%!(BADPREC)';
        else if (precision >= 0) directive.precision = precision;
      } else directive.precision = this.#number() ?? 0;
    }
    if (!this.#afterIndex) this.#index();
    const code = this.#format.codePointAt(this.#at);
    if (code === undefined) return `${problem}%!(NOVERB)`;
    directive.verb = String.fromCodePoint(code);
    this.#at += directive.verb.length;
    this.#afterIndex = false;
    if (directive.verb === 'v') [directive.withNames, directive.plus] = [directive.plus, false];
    if (directive.verb === '%') return `${problem}%`;
    if (this.#badIndex) return `${problem}%!${directive.verb}(BADINDEX)`;
    if (this.#argument >= this.#args.length) return `${problem}%!${directive.verb}(MISSING)`;
    const value = this.#args[this.#argument];
    this.#argument += 1;
    return problem + formatValue(directive, value, this.#style);
  }

  #afterIndex = false;

  #flags(directive: Directive): void {
    for (;;) {
      if (this.#take('#')) directive.sharp = true;
      else if (this.#take('0')) directive.zero = true;
      else if (this.#take('+')) directive.plus = true;
      else if (this.#take('-')) directive.minus = true;
      else if (this.#take(' ')) directive.space = true;
      else return;
    }
  }

  /** `[2]`: which argument comes next. */
  #index(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== '[') return;
    this.#reordered = true;
    const end = this.#format.indexOf(']', this.#at);
    const text = end < 0 ? '' : this.#format.slice(this.#at + 1, end);
    this.#at = end < 0 ? this.#at + 1 : end + 1;
    const index = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    if (index < 1 || index > this.#args.length) this.#badIndex = true;
    else {
      this.#argument = index - 1;
      this.#afterIndex = true;
    }
  }

  #take(character: string): boolean {
    if (this.#format[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #number(): number | undefined {
    const digits = /^\d*/.exec(this.#format.slice(this.#at, this.#at + 10))?.[0] ?? '';
    if (digits === '') return undefined;
    this.#at += digits.length;
    return Math.min(Number(digits), maxWidth);
  }

  #integerArgument(): number | undefined {
    const value = this.#args[this.#argument];
    this.#argument += 1;
    this.#afterIndex = false;
    if (value?.type.kind !== 'int') return undefined;
    const size = Number(value.value);
    return Math.abs(size) > maxWidth ? undefined : size;
  }
}

function formatValue(directive: Directive, value: Argument, style: PrintStyle, depth = 0): string {
  if (directive.width !== undefined && directive.width > style.maxLength) style.onTooLong();
  if (depth > maxDepth) style.onTooLong();
  const { verb } = directive;
  if (verb === 'T') return value === undefined ? padded(directive, '<nil>') : (formatText({ ...directive, verb: 's' }, typeName(value.type)) ?? '');
  if (value === undefined) return verb === 'v' ? padded(directive, '<nil>') : `%!${verb}(<nil>)`;
  const text = formatKnown(directive, value, style, depth);
  return text ?? `%!${verb}(${typeName(value.type)}=${formatValue({ ...directive, verb: 'v' }, value, style, depth)})`;
}

/** Undefined when the verb does not fit the value. */
function formatKnown(directive: Directive, value: GoValue, style: PrintStyle, depth: number): string | undefined {
  const { verb } = directive;
  const { type } = value;
  switch (type.kind) {
    case 'bool': return verb === 't' || verb === 'v' ? padded(directive, String(value.value)) : undefined;
    case 'int':
      if (type.text !== undefined && 'vsq'.includes(verb)) return formatText(directive, type.text(value.value as bigint));
      return formatInteger(directive, value.value as bigint);
    case 'float64': return formatFloating(directive, value.value as number);
    case 'string': return formatText(directive, type.text === undefined || !'vsq'.includes(verb) ? String(value.value) : type.text(String(value.value)));
    case 'time': return 'vsqxX'.includes(verb) ? formatText(directive, printValue(value, style)) : undefined;
    default: return formatComposite(directive, value, style, depth);
  }
}

/** Lists, maps, structs and pointers: the verb, with its flags, goes to each element. */
function formatComposite(directive: Directive, value: GoValue, style: PrintStyle, depth: number): string | undefined {
  const { type } = value;
  const each = (item: Argument): string => formatValue(directive, item, style, depth + 1);
  switch (type.kind) {
    case 'slice': return `[${sliceItems(value).map((item) => each(toGo(item, type.element))).join(' ')}]`;
    case 'map': return `map[${mapEntries(value).map((entry) => `${each({ type: goString, value: entry.key })}:${each(entry.value)}`).join(' ')}]`;
    case 'struct': return `{${type.fields.map((field) => (directive.withNames ? `${field.name}:` : '') + each(structField(type, value.value, field.name))).join(' ')}}`;
    case 'pointer': {
      if (value.value === null) return directive.verb === 'v' ? padded(directive, '<nil>') : undefined;
      const target = toGo(value.value, type.to);
      if (target?.type.kind === 'time') return each(target);
      return depth === 0 ? `&${each(target)}` : padded(directive, printValue(value, style, depth));
    }
    default: return directive.verb === 'v' ? padded(directive, typeName(type)) : undefined;
  }
}

function formatInteger(directive: Directive, value: bigint): string | undefined {
  const size = value < 0n ? -value : value;
  const { verb, sharp } = directive;
  switch (verb) {
    case 'v':
    case 'd': return number(directive, value < 0n, size.toString(), '');
    case 'b': return number(directive, value < 0n, size.toString(2), sharp ? '0b' : '');
    case 'o': return number(directive, value < 0n, size.toString(8), sharp ? '0' : '');
    case 'O': return number(directive, value < 0n, size.toString(8), '0o');
    case 'x': return number(directive, value < 0n, size.toString(16), sharp ? '0x' : '');
    case 'X': return number(directive, value < 0n, size.toString(16).toUpperCase(), sharp ? '0X' : '');
    case 'c': return padded(directive, character(value));
    case 'q': return padded(directive, goQuote(character(value), { quote: "'", asciiOnly: directive.plus }));
    case 'U': return padded({ ...directive, zero: false }, `U+${BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(4, '0')}${sharp && value >= 0n && isPrintable(character(value)) ? ` '${character(value)}'` : ''}`);
    default: return undefined;
  }
}

function character(value: bigint): string {
  const isCharacter = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn);
  return isCharacter ? String.fromCodePoint(Number(value)) : '\ufffd';
}

function number(directive: Directive, isNegative: boolean, digits: string, prefix: string): string {
  const { precision, width = 0, zero, minus, plus, space } = directive;
  const sign = isNegative ? '-' : plus ? '+' : space ? ' ' : '';
  if (precision === 0 && digits === '0') return padded({ ...directive, zero: false }, '');
  let shown = digits.padStart(precision ?? 0, '0');
  if (precision === undefined && zero && !minus) shown = shown.padStart(width - sign.length, '0');
  if (prefix === '0' && shown.startsWith('0')) prefix = '';
  return padded({ ...directive, zero: false }, sign + prefix + shown);
}

function formatFloating(directive: Directive, value: number): string | undefined {
  const { verb, precision, plus, space, zero, minus, width = 0 } = directive;
  const lower = verb.toLowerCase();
  if (!'vgGeEfF'.includes(verb)) return undefined;
  const kind = lower === 'v' ? 'g' : (lower as 'e' | 'f' | 'g');
  let text = formatFloat(value, kind, precision ?? (kind === 'g' ? -1 : 6));
  if (verb === 'E' || verb === 'G') text = text.toUpperCase();
  if (text.startsWith('+Inf') && !plus) text = text.slice(1);
  else if (!/^[+-]/.test(text)) text = (plus ? '+' : space ? ' ' : '') + text;
  if (zero && !minus && Number.isFinite(value)) {
    const [, sign = '', digits = ''] = /^([+\- ]?)(.*)$/.exec(text) ?? [];
    return sign + digits.padStart(width - sign.length, '0');
  }
  return padded({ ...directive, zero: false }, text);
}

function formatText(directive: Directive, text: string): string | undefined {
  const { verb, precision, sharp, plus, space } = directive;
  const cut = precision === undefined ? text : Array.from(text).slice(0, precision).join('');
  switch (verb) {
    case 'v':
    case 's': return padded(directive, cut);
    case 'q': return padded(directive, sharp && !/[`\p{Cc}\ufeff]/u.test(cut.replaceAll('\t', '')) ? `\`${cut}\`` : goQuote(cut, { asciiOnly: plus }));
    case 'x':
    case 'X': {
      const bytes = Buffer.from(text).subarray(0, precision);
      const prefix = sharp ? `0${verb}` : '';
      const parts = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).map((part) => (verb === 'X' ? part.toUpperCase() : part));
      return padded(directive, parts.length === 0 ? '' : space ? parts.map((part) => prefix + part).join(' ') : prefix + parts.join(''));
    }
    default: return undefined;
  }
}

/** To the width, in characters. */
function padded({ width = 0, minus, zero }: Directive, text: string): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (minus) return text + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + text;
}
