import { escapeHtml, escapeQuery, escapeScript } from '../format/escape.ts';
import { sprint, type PrintStyle } from '../format/print-value.ts';
import { sprintf } from '../format/sprintf.ts';
import { goBool, goByte, goInt, goString, typeName } from '../values/go-type.ts';
import { indirect, isTrue, mapEntry, sliceItems, toGo, type GoValue } from '../values/go-value.ts';
import { compareOrder, isEqual } from './compare.ts';
import { FunctionError } from './function-error.ts';

export type Argument = GoValue | undefined;
/** A function of templates. It throws an Error whose message says what is wrong; the caller adds where. */
export interface TemplateFunction {
  minArguments: number;
  /** Absent: any number. */
  maxArguments?: number;
  call: (args: readonly Argument[], style: PrintStyle) => Argument;
}

/** How escaping functions show a missing value. */
const noValue: GoValue = { type: goString, value: '<no value>' };
const text = (value: string): GoValue => ({ type: goString, value });
const bool = (value: boolean): GoValue => ({ type: goBool, value });
const any = (minArguments: number, call: TemplateFunction['call']): TemplateFunction => ({ minArguments, call });
const exactly = (count: number, call: TemplateFunction['call']): TemplateFunction => ({ minArguments: count, maxArguments: count, call });

/** Go's predefined functions but `and` and `or`, which the executor evaluates only as far as needed. */
export const builtinFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['call', any(1, callFunction)],
  ['eq', any(1, ([first, ...others], style) => bool(isEqual(first, others, style)))],
  ['ge', exactly(2, ([a, b]) => bool(compareOrder(a, b) >= 0))],
  ['gt', exactly(2, ([a, b]) => bool(compareOrder(a, b) > 0))],
  ['html', any(0, (args, style) => text(escapeHtml(textOf(args, style))))],
  ['index', any(1, ([item, ...indexes]) => indexes.reduce<Argument>(indexInto, derefNonNil(item, 'index of untyped nil')))],
  ['js', any(0, (args, style) => text(escapeScript(textOf(args, style))))],
  ['le', exactly(2, ([a, b]) => bool(compareOrder(a, b) <= 0))],
  ['len', exactly(1, ([item]) => lengthOf(item))],
  ['lt', exactly(2, ([a, b]) => bool(compareOrder(a, b) < 0))],
  ['ne', exactly(2, ([a, b], style) => bool(!isEqual(a, [b], style)))],
  ['not', exactly(1, ([value]) => bool(!isTrue(value)))],
  ['print', any(0, (args, style) => text(sprint(args, style)))],
  ['printf', any(1, printFormatted)],
  ['println', any(0, (args, style) => text(`${args.map((arg) => sprint([arg], style)).join(' ')}\n`))],
  ['slice', any(1, sliceOf)],
  ['urlquery', any(0, (args, style) => text(escapeQuery(textOf(args, style))))],
]);

function printFormatted([format, ...args]: readonly Argument[], style: PrintStyle): GoValue {
  if (format?.type.kind !== 'string') throw new FunctionError('expected string');
  return text(sprintf(String(format.value), args, style));
}

/** One string as it is, anything else as `print` shows it. */
function textOf(args: readonly Argument[], style: PrintStyle): string {
  return sprint(args.map((arg) => (arg === undefined ? noValue : printable(arg))), style);
}

/** Pointers print as what they point to. */
export function printable(value: GoValue): GoValue {
  const { value: target, isNil } = indirect(value);
  return isNil ? value : target;
}

function derefNonNil(item: Argument, untypedNil: string): Argument {
  if (item === undefined) throw new FunctionError(untypedNil);
  return item;
}

function indexInto(item: Argument, index: Argument): Argument {
  if (item === undefined) throw new FunctionError('index of untyped nil');
  const { value: target, isNil } = indirect(item);
  if (isNil) throw new FunctionError('index of nil pointer');
  switch (target.type.kind) {
    case 'slice': {
      const items = sliceItems(target);
      return toGo(items[position(index, items.length)], target.type.element);
    }
    case 'string': {
      const bytes = Buffer.from(String(target.value));
      return { type: goByte, value: BigInt(bytes[position(index, bytes.length)] ?? 0) };
    }
    case 'map': {
      if (index === undefined) throw new FunctionError('value is nil; should be of type string');
      if (index.type.kind !== 'string') throw new FunctionError(`value has type ${typeName(index.type)}; should be string`);
      const { found, value } = mapEntry(target, String(index.value));
      return found ? value : toGo(undefined, target.type.element);
    }
    default: throw new FunctionError(`can't index item of type ${typeName(target.type)}`);
  }
}

function position(index: Argument, length: number, isEnd = false): number {
  if (index === undefined) throw new FunctionError('cannot index slice/array with nil');
  if (index.type.kind !== 'int') throw new FunctionError(`cannot index slice/array with type ${typeName(index.type)}`);
  const at = Number(index.value);
  if (at < 0 || (isEnd ? at > length : at >= length)) throw new FunctionError(`index out of range: ${at}`);
  return at;
}

function sliceOf([item, ...indexes]: readonly Argument[]): GoValue {
  if (item === undefined) throw new FunctionError('slice of untyped nil');
  const { value: target, isNil } = indirect(item);
  if (isNil) throw new FunctionError('slice of nil pointer');
  if (indexes.length > 3) throw new FunctionError(`too many slice indexes: ${indexes.length}`);
  const isString = target.type.kind === 'string';
  if (!isString && target.type.kind !== 'slice') throw new FunctionError(`can't slice item of type ${typeName(target.type)}`);
  if (isString && indexes.length === 3) throw new FunctionError('cannot 3-index slice a string');
  const bytes = isString ? Buffer.from(String(target.value)) : Buffer.alloc(0);
  const items = sliceItems(target);
  const length = isString ? bytes.length : items.length;
  const [start = 0, end = length, capacity = length] = indexes.map((index) => position(index, length, true));
  if (start > end) throw new FunctionError(`invalid slice index: ${start} > ${end}`);
  if (end > capacity) throw new FunctionError(`invalid slice index: ${end} > ${capacity}`);
  return isString ? text(bytes.subarray(start, end).toString('utf8')) : { type: target.type, value: items.slice(start, end) };
}

function lengthOf(item: Argument): GoValue {
  if (item === undefined) throw new FunctionError('len of untyped nil');
  const { value: target, isNil } = indirect(item);
  if (isNil) throw new FunctionError('len of nil pointer');
  const int = (value: number): GoValue => ({ type: goInt, value: BigInt(value) });
  switch (target.type.kind) {
    case 'string': return int(Buffer.byteLength(String(target.value)));
    case 'slice': return int(sliceItems(target).length);
    case 'map': return int(target.value === null ? 0 : target.value instanceof Map ? target.value.size : Object.keys(target.value as object).length);
    default: throw new FunctionError(`len of type ${typeName(target.type)}`);
  }
}

function callFunction(): never {
  // Data here holds no functions; the executor names the operand.
  throw new FunctionError('call');
}
