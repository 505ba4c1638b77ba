import { limitError } from '../template-error.ts';
import { goQuote, goUnquote } from '../format/quote.ts';
import type { ControlKind, Node, Pipeline } from './nodes.ts';
import { parsePipeline, type PipelineScope } from './parse-pipeline.ts';
import { TokenReader } from './token-reader.ts';
import type { Token } from './lex.ts';

export type TemplateSet = ReadonlyMap<string, readonly Node[]>;

export const maxNesting = 200;
export const maxTemplateLength = 1024 * 1024;

type ListEnd = { kind: 'end' } | { kind: 'else' };
const endSource = { end: '{{end}}', else: '{{else}}' } as const;

/**
 * Reads a template and the templates defined in it, by name.
 * @throws ProwError PROW_TEMPLATE_SYNTAX with Go's text; PROW_TEMPLATE_LIMIT
 */
export function parseTemplateSet(name: string, text: string, functionNames: ReadonlySet<string>): TemplateSet {
  if (text.length > maxTemplateLength) throw limitError(`template ${name} of ${text.length} characters is longer than ${maxTemplateLength}`);
  return new Parser(name, text, functionNames).parse();
}

class Parser {
  readonly #name: string;
  readonly #reader: TokenReader;
  readonly #templates = new Map<string, readonly Node[]>();
  readonly #scope: PipelineScope;
  #rangeDepth = 0;
  #nesting = 0;

  constructor(name: string, text: string, functionNames: ReadonlySet<string>) {
    this.#name = name;
    this.#reader = new TokenReader(name, text);
    this.#scope = { functionNames, variables: ['$'], parenthesisDepth: 0 };
  }

  parse(): TemplateSet {
    const nodes: Node[] = [];
    while (this.#reader.peek().type !== 'eof') {
      const start = this.#reader.mark();
      if (this.#reader.next().type === 'left' && this.#reader.nextNonSpace().type === 'define') {
        this.#definition();
        continue;
      }
      this.#reader.returnTo(start);
      const node = this.#textOrAction();
      if (node.kind === 'end' || node.kind === 'else') this.#reader.fail(`unexpected ${endSource[node.kind]}`);
      nodes.push(node);
    }
    this.#add(this.#name, nodes);
    return this.#templates;
  }

  #definition(): void {
    const context = 'define clause';
    const name = this.#templateName(this.#reader.nextNonSpace(), context);
    this.#reader.expect('right', context);
    const outer = { variables: this.#scope.variables, rangeDepth: this.#rangeDepth };
    this.#scope.variables = ['$'];
    this.#rangeDepth = 0;
    const { nodes, end } = this.#list();
    if (end.kind !== 'end') this.#reader.fail(`unexpected ${endSource[end.kind]} in ${context}`);
    this.#scope.variables = outer.variables;
    this.#rangeDepth = outer.rangeDepth;
    this.#add(name, nodes);
  }

  #add(name: string, nodes: readonly Node[]): void {
    const existing = this.#templates.get(name);
    if (existing === undefined || isBlank(existing)) this.#templates.set(name, nodes);
    else if (!isBlank(nodes)) this.#reader.fail(`template: multiple definition of template ${goQuote(name)}`);
  }

  /** Up to the {{end}} or {{else}} that belongs to it, which is consumed. */
  #list(): { nodes: Node[]; end: ListEnd } {
    const nodes: Node[] = [];
    this.#nesting += 1;
    if (this.#nesting > maxNesting) throw limitError(`template ${this.#name} nests deeper than ${maxNesting}`);
    while (this.#reader.peekNonSpace().type !== 'eof') {
      const node = this.#textOrAction();
      if (node.kind === 'end' || node.kind === 'else') {
        this.#nesting -= 1;
        return { nodes, end: node };
      }
      nodes.push(node);
    }
    return this.#reader.fail('unexpected EOF');
  }

  #textOrAction(): Node | ListEnd {
    const token = this.#reader.nextNonSpace();
    if (token.type === 'text') return { kind: 'text', at: token.at, text: token.text };
    if (token.type !== 'left') this.#reader.unexpected(token, 'input');
    this.#reader.actionLine = token.line;
    const node = this.#action();
    this.#reader.actionLine = 0;
    return node;
  }

  #action(): Node | ListEnd {
    const start = this.#reader.mark();
    const token = this.#reader.nextNonSpace();
    switch (token.type) {
      case 'block': return this.#block();
      case 'break':
      case 'continue': return this.#jump(token.type, token);
      case 'else': return this.#else();
      case 'end':
        this.#reader.expect('right', 'end');
        return { kind: 'end' };
      case 'if':
      case 'range':
      case 'with': return this.#control(token.type);
      case 'template': return this.#templateCall();
      default: {
        this.#reader.returnTo(start);
        const { at } = this.#reader.peekNonSpace();
        return { kind: 'action', at, pipeline: this.#pipeline('command') };
      }
    }
  }

  #pipeline(context: string): Pipeline {
    return parsePipeline(this.#reader, this.#scope, context, 'right');
  }

  #jump(kind: 'break' | 'continue', { at }: Token): Node {
    const token = this.#reader.nextNonSpace();
    if (token.type !== 'right') this.#reader.unexpected(token, `{{${kind}}}`);
    if (this.#rangeDepth === 0) this.#reader.fail(`{{${kind}}} outside {{range}}`);
    return { kind, at };
  }

  #else(): ListEnd {
    const next = this.#reader.peekNonSpace();
    // {{else if …}} and {{else with …}} are read by the control they belong to.
    if (next.type !== 'if' && next.type !== 'with') this.#reader.expect('right', 'else');
    return { kind: 'else' };
  }

  #control(kind: ControlKind): Node {
    const outerVariables = this.#scope.variables;
    this.#scope.variables = [...outerVariables];
    const pipeline = this.#pipeline(kind);
    if (kind === 'range') this.#rangeDepth += 1;
    const { nodes: body, end } = this.#list();
    if (kind === 'range') this.#rangeDepth -= 1;
    let otherwise: Node[] | undefined;
    if (end.kind === 'else') otherwise = this.#otherwise(kind);
    this.#scope.variables = outerVariables;
    return { kind, at: pipeline.at, pipeline, body, otherwise };
  }

  #otherwise(kind: ControlKind): Node[] {
    const { type } = this.#reader.peek();
    if ((kind === 'if' && type === 'if') || (kind === 'with' && type === 'with')) {
      this.#reader.next();
      this.#nesting += 1;
      if (this.#nesting > maxNesting) throw limitError(`template ${this.#name} nests deeper than ${maxNesting}`);
      const nested = this.#control(kind);
      this.#nesting -= 1;
      return [nested];
    }
    const { nodes, end } = this.#list();
    if (end.kind !== 'end') this.#reader.fail(`expected end; found ${endSource[end.kind]}`);
    return nodes;
  }

  #templateCall(): Node {
    const context = 'template clause';
    const token = this.#reader.nextNonSpace();
    const { at } = token;
    const name = this.#templateName(token, context);
    if (this.#reader.peekNonSpace().type === 'right') {
      this.#reader.next();
      return { kind: 'template', at, name, pipeline: undefined };
    }
    return { kind: 'template', at, name, pipeline: this.#pipeline(context) };
  }

  #block(): Node {
    const context = 'block clause';
    const token = this.#reader.nextNonSpace();
    const { at } = token;
    const name = this.#templateName(token, context);
    const pipeline = this.#pipeline(context);
    const outer = { variables: this.#scope.variables, rangeDepth: this.#rangeDepth };
    this.#scope.variables = ['$'];
    this.#rangeDepth = 0;
    const { nodes, end } = this.#list();
    if (end.kind !== 'end') this.#reader.fail(`unexpected ${endSource[end.kind]} in ${context}`);
    this.#scope.variables = outer.variables;
    this.#rangeDepth = outer.rangeDepth;
    this.#add(name, nodes);
    return { kind: 'template', at, name, pipeline };
  }

  #templateName(token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'rawString') this.#reader.unexpected(token, context);
    return goUnquote(token.text) ?? this.#reader.fail('invalid syntax');
  }
}

/** Nothing but space: such a definition does not count as one. */
function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
}
