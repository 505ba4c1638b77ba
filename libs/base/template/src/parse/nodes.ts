// The tree of a template. `sourceOf` gives a node's text back, as Go's messages show it.

interface At {
  /** Position in the template (UTF-16 units). */
  at: number;
}

export type Operand =
  | (At & { kind: 'dot' })
  | (At & { kind: 'nil' })
  | (At & { kind: 'bool'; value: boolean })
  | (At & { kind: 'number'; text: string; value: number | bigint; isFloat: boolean })
  | (At & { kind: 'string'; text: string; value: string })
  | (At & { kind: 'field'; names: readonly string[] })
  | (At & { kind: 'variable'; name: string; fields: readonly string[] })
  | (At & { kind: 'identifier'; name: string })
  | (At & { kind: 'chain'; base: Operand; names: readonly string[] })
  | Pipeline;

export interface Command extends At {
  kind: 'command';
  operands: readonly Operand[];
}

export interface Pipeline extends At {
  kind: 'pipeline';
  /** Variables set by it: none, one, or for `range` up to two. */
  variables: readonly string[];
  /** `$x = …` rather than `$x := …`. */
  isAssignment: boolean;
  commands: readonly Command[];
}

export type ControlKind = 'if' | 'range' | 'with';

export type Node =
  | (At & { kind: 'text'; text: string })
  | (At & { kind: 'action'; pipeline: Pipeline })
  | (At & { kind: ControlKind; pipeline: Pipeline; body: readonly Node[]; otherwise: readonly Node[] | undefined })
  | (At & { kind: 'template'; name: string; pipeline: Pipeline | undefined })
  | (At & { kind: 'break' })
  | (At & { kind: 'continue' });

export function sourceOf(node: Operand | Command | Node): string {
  switch (node.kind) {
    case 'dot': return '.';
    case 'nil': return 'nil';
    case 'bool': return String(node.value);
    case 'number':
    case 'string': return node.text;
    case 'field': return node.names.map((name) => `.${name}`).join('');
    case 'variable': return [node.name, ...node.fields].join('.');
    case 'identifier': return node.name;
    case 'chain': return `${inParentheses(node.base)}${node.names.map((name) => `.${name}`).join('')}`;
    case 'command': return node.operands.map(inParentheses).join(' ');
    case 'pipeline': return pipelineSource(node);
    case 'text': return node.text;
    case 'action': return `{{${sourceOf(node.pipeline)}}}`;
    case 'template': return `{{template ${JSON.stringify(node.name)}${node.pipeline === undefined ? '' : ` ${sourceOf(node.pipeline)}`}}}`;
    case 'break': return '{{break}}';
    case 'continue': return '{{continue}}';
    default: return `{{${node.kind} ${sourceOf(node.pipeline)}}}`;
  }
}

function inParentheses(operand: Operand): string {
  return operand.kind === 'pipeline' ? `(${sourceOf(operand)})` : sourceOf(operand);
}

function pipelineSource({ variables, isAssignment, commands }: Pipeline): string {
  const set = variables.length === 0 ? '' : `${variables.join(', ')} ${isAssignment ? '=' : ':='} `;
  return set + commands.map(sourceOf).join(' | ');
}
