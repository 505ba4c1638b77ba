import { limitError } from '../template-error.ts';
import { goQuote, goUnquote } from '../format/quote.ts';
import { sourceOf, type Command, type Operand, type Pipeline } from './nodes.ts';
import { parseNumberLiteral } from './parse-number.ts';
import type { TokenReader } from './token-reader.ts';
import type { Token } from './lex.ts';

/** What is known where a pipeline stands. */
export interface PipelineScope {
  readonly functionNames: ReadonlySet<string>;
  /** Variables that may be used, `$` among them. */
  variables: string[];
  parenthesisDepth: number;
}

const maxParentheses = 200;
const operandStarts = new Set(['bool', 'charConstant', 'dot', 'field', 'identifier', 'number', 'nil', 'rawString', 'string', 'variable', 'leftParen']);
const notExecutable = new Set(['bool', 'dot', 'nil', 'number', 'string']);

/** `$x := .A.B | printf "%q" ` up to (and with) the token that ends it. */
export function parsePipeline(reader: TokenReader, scope: PipelineScope, context: string, end: 'right' | 'rightParen'): Pipeline {
  const { at } = reader.peekNonSpace();
  const { variables, isAssignment } = parseDeclarations(reader, scope, context);
  const commands: Command[] = [];
  for (;;) {
    const token = reader.nextNonSpace();
    if (token.type === end) break;
    if (!operandStarts.has(token.type)) reader.unexpected(token, context);
    reader.returnTo(reader.mark() - 1);
    commands.push(parseCommand(reader, scope));
  }
  if (commands.length === 0) reader.fail(`missing value for ${context}`);
  commands.slice(1).forEach(({ operands: [first] }, index) => {
    if (first !== undefined && notExecutable.has(first.kind)) reader.fail(`non executable command in pipeline stage ${index + 2}`);
  });
  return { kind: 'pipeline', at, variables, isAssignment, commands };
}

function parseDeclarations(reader: TokenReader, scope: PipelineScope, context: string): { variables: string[]; isAssignment: boolean } {
  const variables: string[] = [];
  for (;;) {
    const variable = reader.peekNonSpace();
    if (variable.type !== 'variable') return { variables, isAssignment: false };
    const start = reader.mark();
    reader.next();
    const next = reader.peekNonSpace();
    if (next.type === 'assign' || next.type === 'declare') {
      reader.next();
      variables.push(variable.text);
      scope.variables.push(variable.text);
      return { variables, isAssignment: next.type === 'assign' };
    }
    if (next.type !== 'char' || next.text !== ',') {
      reader.returnTo(start);
      return { variables, isAssignment: false };
    }
    reader.next();
    variables.push(variable.text);
    scope.variables.push(variable.text);
    if (context !== 'range' || variables.length >= 2) reader.fail(`too many declarations in ${context}`);
    const { type } = reader.peekNonSpace();
    if (type !== 'variable' && type !== 'right' && type !== 'rightParen') reader.fail('range can only initialize variables');
  }
}

function parseCommand(reader: TokenReader, scope: PipelineScope): Command {
  const { at } = reader.peekNonSpace();
  const operands: Operand[] = [];
  for (;;) {
    reader.peekNonSpace();
    const operand = parseOperand(reader, scope);
    if (operand !== undefined) operands.push(operand);
    const token = reader.next();
    if (token.type === 'space') continue;
    if (token.type === 'right' || token.type === 'rightParen') reader.returnTo(reader.mark() - 1);
    else if (token.type !== 'pipe') reader.unexpected(token, 'operand');
    break;
  }
  if (operands.length === 0) reader.fail('empty command');
  return { kind: 'command', at, operands };
}

function parseOperand(reader: TokenReader, scope: PipelineScope): Operand | undefined {
  const base = parseTerm(reader, scope);
  if (base === undefined || reader.peek().type !== 'field') return base;
  const { at } = reader.peek();
  const names: string[] = [];
  while (reader.peek().type === 'field') names.push(reader.next().text.slice(1));
  switch (base.kind) {
    case 'field': return { kind: 'field', at, names: [...base.names, ...names] };
    case 'variable': return { kind: 'variable', at, name: base.name, fields: [...base.fields, ...names] };
    case 'bool':
    case 'string':
    case 'number':
    case 'nil':
    case 'dot': return reader.fail(`unexpected . after term ${goQuote(sourceOf(base))}`);
    default: return { kind: 'chain', at, base, names };
  }
}

function parseTerm(reader: TokenReader, scope: PipelineScope): Operand | undefined {
  const token = reader.nextNonSpace();
  const { at, text } = token;
  switch (token.type) {
    case 'identifier':
      if (!scope.functionNames.has(text)) reader.fail(`function ${goQuote(text)} not defined`);
      return { kind: 'identifier', at, name: text };
    case 'dot': return { kind: 'dot', at };
    case 'nil': return { kind: 'nil', at };
    case 'variable':
      if (!scope.variables.includes(text)) reader.fail(`undefined variable ${goQuote(text)}`);
      return { kind: 'variable', at, name: text, fields: [] };
    case 'field': return { kind: 'field', at, names: [text.slice(1)] };
    case 'bool': return { kind: 'bool', at, value: text === 'true' };
    case 'charConstant':
    case 'number': return numberOperand(reader, token);
    case 'leftParen': return parseParenthesis(reader, scope);
    case 'string':
    case 'rawString': return { kind: 'string', at, text, value: goUnquote(text) ?? reader.fail('invalid syntax') };
    default:
      reader.returnTo(reader.mark() - 1);
      return undefined;
  }
}

function numberOperand(reader: TokenReader, { at, text }: Token): Operand {
  const literal = parseNumberLiteral(text);
  if ('problem' in literal) return reader.fail(literal.problem);
  return { kind: 'number', at, text, ...literal };
}

function parseParenthesis(reader: TokenReader, scope: PipelineScope): Pipeline {
  scope.parenthesisDepth += 1;
  if (scope.parenthesisDepth > maxParentheses) throw limitError(`parentheses nest deeper than ${maxParentheses}`);
  const pipeline = parsePipeline(reader, scope, 'parenthesized pipeline', 'rightParen');
  scope.parenthesisDepth -= 1;
  return pipeline;
}
