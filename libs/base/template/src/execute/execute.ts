import { executeError, lineAndColumn } from '../template-error.ts';
import { goQuote } from '../format/quote.ts';
import { sprint } from '../format/print-value.ts';
import { sourceOf, type Command, type Node, type Operand, type Pipeline } from '../parse/nodes.ts';
import type { TemplateSet } from '../parse/parse-template.ts';
import { goInt, goString, typeName } from '../values/go-type.ts';
import { indirect, isTrue, mapEntries, sliceItems, toGo, type GoValue } from '../values/go-value.ts';
import type { Budget } from './budget.ts';
import { evaluateCommand } from './evaluate.ts';
import { printable, type TemplateFunction } from './functions.ts';

type Jump = 'break' | 'continue' | undefined;

export interface ExecutorOptions {
  /** Names the template in messages. */
  name: string;
  text: string;
  templates: TemplateSet;
  functions: ReadonlyMap<string, TemplateFunction>;
  budget: Budget;
}

/** One execution of a template on data. */
export class Executor {
  readonly options: ExecutorOptions;
  readonly #output: string[] = [];
  #outputLength = 0;
  #variables: { name: string; value: GoValue | undefined }[] = [];
  #current: string;
  /** What was evaluated last: Go's messages about a whole value point there. */
  #last: Operand | Command | undefined;

  constructor(options: ExecutorOptions) {
    this.options = options;
    this.#current = options.name;
  }

  run(data: GoValue | undefined): string {
    this.#callTemplate(this.options.name, data);
    return this.#output.join('');
  }

  /** Ends the execution with Go's message for this node. */
  fail(node: Operand | Command | Node, message: string, cause?: unknown): never {
    const { line, column } = lineAndColumn(this.options.text, node.at);
    const where = `${this.options.name}:${line}:${column}`;
    throw executeError(`template: ${where}: executing ${goQuote(this.#current)} at <${sourceOf(node)}>: ${message}`, { template: this.options.name, line, column }, cause);
  }

  at(node: Operand | Command): void {
    this.#last = node;
  }

  findVariable(name: string): GoValue | undefined {
    return this.#variables.findLast((variable) => variable.name === name)?.value;
  }

  pipeline(dot: GoValue | undefined, pipeline: Pipeline): GoValue | undefined {
    let value: GoValue | undefined;
    this.at(pipeline);
    pipeline.commands.forEach((command, index) => {
      this.options.budget.step();
      value = evaluateCommand(this, dot, command, index === 0 ? [] : [value]);
    });
    for (const name of pipeline.variables) {
      if (pipeline.isAssignment) this.#assign(name, value);
      else this.#variables.push({ name, value });
    }
    return value;
  }

  #failAtLast(message: string): never {
    return this.fail(this.#last ?? { kind: 'dot', at: 0 }, message);
  }

  #assign(name: string, value: GoValue | undefined): void {
    const variable = this.#variables.findLast((each) => each.name === name);
    if (variable === undefined) return this.#failAtLast(`undefined variable: ${name}`);
    variable.value = value;
  }

  #callTemplate(name: string, data: GoValue | undefined): void {
    const outer = { variables: this.#variables, current: this.#current };
    this.#variables = [{ name: '$', value: data }];
    this.#current = name;
    this.options.budget.nested(() => this.#list(data, this.options.templates.get(name) ?? []));
    this.#variables = outer.variables;
    this.#current = outer.current;
  }

  #list(dot: GoValue | undefined, nodes: readonly Node[]): Jump {
    for (const node of nodes) {
      const jump = this.#node(dot, node);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #node(dot: GoValue | undefined, node: Node): Jump {
    this.options.budget.step();
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        return undefined;
      case 'action': {
        const value = this.pipeline(dot, node.pipeline);
        if (node.pipeline.variables.length === 0) this.#print(node, value);
        return undefined;
      }
      case 'template': {
        const data = node.pipeline === undefined ? undefined : this.pipeline(dot, node.pipeline);
        if (!this.options.templates.has(node.name)) this.fail(node, `template ${goQuote(node.name)} not defined`);
        this.#callTemplate(node.name, data);
        return undefined;
      }
      case 'break':
      case 'continue': return node.kind;
      case 'range': return this.#range(dot, node);
      default: return this.#ifOrWith(dot, node);
    }
  }

  #ifOrWith(dot: GoValue | undefined, node: Extract<Node, { kind: 'if' | 'with' | 'range' }>): Jump {
    return this.#scoped(() => {
      const value = this.pipeline(dot, node.pipeline);
      if (isTrue(value)) return this.#list(node.kind === 'with' ? value : dot, node.body);
      return this.#list(dot, node.otherwise ?? []);
    });
  }

  #scoped<T>(work: () => T): T {
    const size = this.#variables.length;
    const result = work();
    this.#variables.length = size;
    return result;
  }

  #range(dot: GoValue | undefined, node: Extract<Node, { kind: 'if' | 'with' | 'range' }>): Jump {
    return this.#scoped(() => {
      const outer = this.#variables.length;
      const given = this.pipeline(dot, { ...node.pipeline, variables: [] });
      const elements = this.#elements(node, given);
      let count = 0;
      for (const [key, element] of elements) {
        count += 1;
        this.options.budget.step();
        this.#setRangeVariables(node.pipeline, key, element);
        const jump = this.#list(element, node.body);
        if (!node.pipeline.isAssignment) this.#variables.length = outer;
        if (jump === 'break') break;
      }
      return count === 0 ? this.#list(dot, node.otherwise ?? []) : undefined;
    });
  }

  #setRangeVariables({ variables, isAssignment }: Pipeline, key: GoValue, element: GoValue | undefined): void {
    const values = variables.length > 1 ? [key, element] : [element];
    variables.forEach((name, index) => {
      if (isAssignment) this.#assign(name, values[index]);
      else this.#variables.push({ name, value: values[index] });
    });
  }

  *#elements(node: Extract<Node, { kind: 'if' | 'with' | 'range' }>, given: GoValue | undefined): Generator<[GoValue, GoValue | undefined]> {
    if (given === undefined) return;
    const { value, isNil } = indirect(given);
    const { type } = value;
    if (!isNil && type.kind === 'slice') {
      let index = 0n;
      for (const item of sliceItems(value)) {
        yield [{ type: goInt, value: index }, toGo(item, type.element)];
        index += 1n;
      }
    } else if (!isNil && type.kind === 'map') {
      for (const entry of mapEntries(value)) yield [{ type: goString, value: entry.key }, entry.value];
    } else if (!isNil && type.kind === 'int') {
      if (node.pipeline.variables.length > 1) this.#failAtLast(`can't use ${String(value.value)} to iterate over more than one variable`);
      for (let number = 0n; number < (value.value as bigint); number += 1n) yield [{ type: goInt, value: number }, { type: goInt, value: number }];
    } else {
      this.#failAtLast(`range can't iterate over ${sprint([value], this.options.budget.printStyle)}`);
    }
  }

  #print(node: Extract<Node, { kind: 'action' }>, value: GoValue | undefined): void {
    if (value === undefined) this.#write('<no value>');
    else if (value.type.kind === 'function') this.fail(node, `can't print ${sourceOf(node)} of type ${typeName(value.type)}`);
    else this.#write(sprint([printable(value)], this.options.budget.printStyle));
  }

  #write(text: string): void {
    this.#outputLength += text.length;
    this.options.budget.checkLength(this.#outputLength);
    this.#output.push(text);
  }
}
