import { timeText } from '../values/go-time.ts';
import { typeName } from '../values/go-type.ts';
import { mapEntries, sliceItems, structField, toGo, type GoValue } from '../values/go-value.ts';
import { formatFloat } from './format-number.ts';

export interface PrintStyle {
  /** Characters at most; what goes beyond throws through `onTooLong`. */
  maxLength: number;
  onTooLong: () => never;
}

const maxDepth = 50;

/** What Go's %v prints. */
export function printValue(value: GoValue | undefined, style: PrintStyle, depth = 0): string {
  const text = print(value, style, depth);
  if (text.length > style.maxLength) style.onTooLong();
  return text;
}

function print(given: GoValue | undefined, style: PrintStyle, depth: number): string {
  if (given === undefined) return '<nil>';
  if (depth > maxDepth) style.onTooLong();
  const { type, value } = given;
  switch (type.kind) {
    case 'string':
    case 'bool':
    case 'int':
      return type.text === undefined ? String(value) : type.text(value as string | boolean | bigint);
    case 'float64': return formatFloat(value as number, 'g', -1);
    case 'time': return timeText(value as Date);
    case 'slice': return `[${joined(sliceItems(given).map((item) => () => print(toGo(item, type.element), style, depth + 1)), style)}]`;
    case 'map': return `map[${joined(mapEntries(given).map((entry) => () => `${entry.key}:${print(entry.value, style, depth + 1)}`), style)}]`;
    case 'struct': {
      const fields = type.fields.map((field) => () => print(structField(type, value, field.name), style, depth + 1));
      return `{${joined(fields, style)}}`;
    }
    case 'pointer': {
      if (value === null) return '<nil>';
      const target = toGo(value, type.to);
      if (target?.type.kind === 'time') return print(target, style, depth);
      const isPlain = depth === 0 && (target?.type.kind === 'struct' || target?.type.kind === 'map' || target?.type.kind === 'slice');
      // Inside other values Go shows an address, which means nothing here.
      return isPlain ? `&${print(target, style, depth + 1)}` : '0xc000000000';
    }
    default: return typeName(type);
  }
}

function joined(parts: readonly (() => string)[], { maxLength, onTooLong }: PrintStyle): string {
  const texts: string[] = [];
  let length = 0;
  for (const part of parts) {
    const text = part();
    length += text.length + 1;
    if (length > maxLength) onTooLong();
    texts.push(text);
  }
  return texts.join(' ');
}

/** Go's fmt.Sprint: spaces between operands that are both no strings. */
export function sprint(values: readonly (GoValue | undefined)[], style: PrintStyle): string {
  let text = '';
  values.forEach((value, index) => {
    const isString = value?.type.kind === 'string';
    const wasString = values[index - 1]?.type.kind === 'string';
    if (index > 0 && !isString && !wasString) text += ' ';
    text += printValue(value, style);
    if (text.length > style.maxLength) style.onTooLong();
  });
  return text;
}
