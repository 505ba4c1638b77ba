import { messageOf } from '@prow/base-errors';
import { Budget, type TemplateLimits } from './execute/budget.ts';
import { Executor } from './execute/execute.ts';
import { FunctionError } from './execute/function-error.ts';
import { builtinFunctions, type TemplateFunction } from './execute/functions.ts';
import { parseTemplateSet } from './parse/parse-template.ts';
import { fromJavaScript, indirect, mapEntries, sliceItems, toGo, type GoValue } from './values/go-value.ts';

/** A function of a template's own: gets plain values (numbers for int and float64), gives any value. */
export type OwnFunction = (...args: unknown[]) => unknown;

export interface TemplateOptions extends TemplateLimits {
  /** Names the template in messages. Default 't'. */
  name?: string;
  /** Functions beside Go's own. */
  funcs?: Readonly<Record<string, OwnFunction>>;
}

export interface Template {
  readonly name: string;
  /**
   * The text for this data: plain JavaScript values, or `asGo(json, type)` where Go's field names and types matter.
   * @throws ProwError PROW_TEMPLATE_EXECUTE with Go's message, or PROW_TEMPLATE_LIMIT
   */
  execute(data: unknown): string;
}

/**
 * Reads a template in the language of Go's text/template: same syntax, functions, printing and messages.
 * @throws ProwError PROW_TEMPLATE_SYNTAX with Go's message, or PROW_TEMPLATE_LIMIT
 */
export function parseTemplate(text: string, options: TemplateOptions = {}): Template {
  const { name = 't', funcs = {} } = options;
  const functions = new Map([...builtinFunctions, ...Object.entries(funcs).map(([each, call]) => [each, adapt(call)] as const)]);
  const templates = parseTemplateSet(name, text, new Set(['and', 'or', ...functions.keys()]));
  return {
    name,
    execute: (data) => new Executor({ name, text, templates, functions, budget: new Budget(name, options) }).run(fromJavaScript(data)),
  };
}

function adapt(call: OwnFunction): TemplateFunction {
  return {
    minArguments: 0,
    call: (args) => {
      try {
        return fromJavaScript(call(...args.map(toPlain)));
      } catch (error) {
        throw new FunctionError(messageOf(error), { cause: error });
      }
    },
  };
}

function toPlain(given: GoValue | undefined): unknown {
  if (given === undefined) return undefined;
  const { value: target, isNil } = indirect(given);
  if (isNil) return undefined;
  const { type, value } = target;
  switch (type.kind) {
    case 'int': return Number(value);
    case 'slice': return sliceItems(target).map((item) => toPlain(toGo(item, type.element)));
    case 'map': return Object.fromEntries(mapEntries(target).map((entry) => [entry.key, toPlain(entry.value)]));
    default: return value;
  }
}
