import { messageOf } from '@prow/base-errors';
import { sourceOf, type Command, type Operand } from '../parse/nodes.ts';
import { goBool, goFloat, goInt, goString, typeName } from '../values/go-type.ts';
import { fromJavaScript, hasField, indirect, isTrue, mapEntry, structField, type GoValue } from '../values/go-value.ts';
import { timeMethods } from '../values/go-time.ts';
import type { Executor } from './execute.ts';
import { FunctionError } from './function-error.ts';

type Value = GoValue | undefined;

/** One command of a pipeline. @param piped the value of the command before it, as the last argument */
export function evaluateCommand(executor: Executor, dot: Value, command: Command, piped: readonly Value[]): Value {
  const [first, ...operands] = command.operands;
  if (first === undefined) return executor.fail(command, 'empty command');
  const hasArguments = operands.length > 0 || piped.length > 0;
  const args = (): Value[] => [...operands.map((operand) => evaluateOperand(executor, dot, operand)), ...piped];
  switch (first.kind) {
    case 'identifier': return callFunction(executor, dot, command, piped);
    case 'field': return fieldChain(executor, first, dot, first.names, hasArguments ? args : undefined);
    case 'chain': return fieldChain(executor, first, evaluateOperand(executor, dot, first.base), first.names, hasArguments ? args : undefined);
    case 'variable': {
      executor.at(first);
      const value = executor.findVariable(first.name);
      if (first.fields.length > 0) return fieldChain(executor, first, value, first.fields, hasArguments ? args : undefined);
      if (hasArguments) executor.fail(first, `can't give argument to non-function ${sourceOf(first)}`);
      return value;
    }
    case 'nil':
      return executor.fail(first, hasArguments ? `can't give argument to non-function ${sourceOf(first)}` : 'nil is not a command');
    default:
      if (hasArguments) executor.fail(first, `can't give argument to non-function ${sourceOf(first)}`);
      return evaluateOperand(executor, dot, first);
  }
}

/** A single operand, as an argument. */
function evaluateOperand(executor: Executor, dot: Value, operand: Operand): Value {
  executor.at(operand);
  switch (operand.kind) {
    case 'dot': return dot;
    case 'nil': return undefined;
    case 'bool': return { type: goBool, value: operand.value };
    case 'string': return { type: goString, value: operand.value };
    case 'number': return operand.isFloat ? { type: goFloat, value: Number(operand.value) } : { type: goInt, value: BigInt(operand.value) };
    case 'field': return fieldChain(executor, operand, dot, operand.names);
    case 'variable': return fieldChain(executor, operand, executor.findVariable(operand.name), operand.fields);
    case 'chain': return fieldChain(executor, operand, evaluateOperand(executor, dot, operand.base), operand.names);
    case 'identifier': return callFunction(executor, dot, { kind: 'command', at: operand.at, operands: [operand] }, []);
    case 'pipeline': return executor.pipeline(dot, operand);
  }
}

function callFunction(executor: Executor, dot: Value, command: Command, piped: readonly Value[]): Value {
  const [identifier, ...operands] = command.operands;
  const name = identifier?.kind === 'identifier' ? identifier.name : '';
  executor.at(identifier ?? command);
  if (name === 'and' || name === 'or') return shortCircuit(executor, dot, command, piped, name);
  const called = executor.options.functions.get(name);
  if (called === undefined) return executor.fail(command, `${JSON.stringify(name)} is not a defined function`);
  const count = operands.length + piped.length;
  if (called.maxArguments === undefined ? count < called.minArguments : count < called.minArguments || count > called.maxArguments) {
    const wanted = called.maxArguments === undefined ? `want at least ${called.minArguments}` : `want ${called.minArguments}`;
    executor.fail(identifier ?? command, `wrong number of args for ${name}: ${wanted} got ${count}`);
  }
  const args = [...operands.map((operand) => evaluateOperand(executor, dot, operand)), ...piped];
  executor.options.budget.step();
  if (name === 'call') return refuseCall(executor, command, operands[0], args[0]);
  try {
    const result = called.call(args, executor.options.budget.printStyle);
    if (result?.type.kind === 'string') executor.options.budget.checkLength(String(result.value).length);
    return result;
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    const operand = operands[0];
    if (error.message === 'expected string' && operand !== undefined) executor.fail(operand, `expected string; found ${sourceOf(operand)}`);
    return executor.fail(command, `error calling ${name}: ${messageOf(error)}`, error.cause);
  }
}

/** Data holds values only, so `call` has nothing to call. */
function refuseCall(executor: Executor, command: Command, operand: Operand | undefined, value: Value): never {
  const shown = operand === undefined ? '' : sourceOf(operand);
  if (value === undefined) return executor.fail(command, 'error calling call: call of nil');
  return executor.fail(command, `error calling call: non-function ${shown} of type ${typeName(value.type)}`);
}

/** `and` stops at the first value that is false, `or` at the first that is true. */
function shortCircuit(executor: Executor, dot: Value, command: Command, piped: readonly Value[], name: 'and' | 'or'): Value {
  const [identifier, ...operands] = command.operands;
  if (operands.length + piped.length === 0) executor.fail(identifier ?? command, `wrong number of args for ${name}: want at least 1 got 0`);
  let value: Value;
  for (const operand of operands) {
    value = evaluateOperand(executor, dot, operand);
    if (isTrue(value) === (name === 'or')) return value;
  }
  return piped.length > 0 ? piped[0] : value;
}

function fieldChain(executor: Executor, node: Operand, start: Value, names: readonly string[], args?: () => Value[]): Value {
  executor.at(node);
  return names.reduce<Value>((value, name, index) => field(executor, node, value, name, index === names.length - 1 ? args : undefined), start);
}

/** `.Name` of a value: a method, a struct's field or a map's entry. */
function field(executor: Executor, node: Operand, receiver: Value, name: string, args?: () => Value[]): Value {
  if (receiver === undefined) return executor.fail(node, `nil data; no entry for key ${JSON.stringify(name)}`);
  const { value: target, isNil } = indirect(receiver);
  if (!isNil) {
    const method = callMethod(executor, node, target, name, args);
    if (method !== undefined) return method.result;
  }
  const { type } = target;
  if (type.kind === 'struct' && hasField(type, name)) {
    if (args !== undefined) executor.fail(node, `${name} has arguments but cannot be invoked as function`);
    return structField(type, target.value, name);
  }
  if (type.kind === 'map') {
    if (args !== undefined) executor.fail(node, `${name} is not a method but has arguments`);
    return mapEntry(target, name).value;
  }
  if (isNil && type.kind === 'pointer' && !(type.to.kind === 'struct' && !hasField(type.to, name))) {
    executor.fail(node, `nil pointer evaluating ${typeName(receiver.type)}.${name}`);
  }
  return executor.fail(node, `can't evaluate field ${name} in type ${typeName(receiver.type)}`);
}

function callMethod(executor: Executor, node: Operand, { type, value }: GoValue, name: string, args?: () => Value[]): { result: Value } | undefined {
  if (type.kind === 'struct') {
    if (type.methods === undefined || !Object.hasOwn(type.methods, name)) return undefined;
    if (args !== undefined) executor.fail(node, `wrong number of args for ${name}: want 0 got ${args().length}`);
    return { result: fromJavaScript(type.methods[name]?.(value as Readonly<Record<string, unknown>>)) };
  }
  if (type.kind === 'time') {
    const method = timeMethods.get(name);
    if (method === undefined) return undefined;
    const given = (args?.() ?? []).map((arg) => (arg === undefined ? arg : indirect(arg).value));
    if (given.length !== method.argumentKinds.length) executor.fail(node, `wrong number of args for ${name}: want ${method.argumentKinds.length} got ${given.length}`);
    method.argumentKinds.forEach((kind, index) => {
      const found = given[index];
      if (found?.type.kind !== kind) executor.fail(node, `wrong type for value; expected ${kind}; got ${found === undefined ? 'nil' : typeName(found.type)}`);
    });
    return { result: method.call(value as Date, given.filter((each) => each !== undefined)) };
  }
  if ((type.kind === 'int' || type.kind === 'string') && type.text !== undefined && name === 'String' && args === undefined) {
    return { result: { type: goString, value: type.text(value as bigint | string) } };
  }
  return undefined;
}
