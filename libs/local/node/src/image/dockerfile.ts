// What a Dockerfile says about an image that is represented without building it.
import { ProwError } from '@prow/base-errors';

/** What an image tells about how to run it. Undefined lists mean: not set. */
export interface ImageConfig {
  env: Readonly<Record<string, string>>;
  workingDir: string;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  /** `name`, `uid` or either with `:group`. */
  user?: string;
}

export interface CopyInstruction {
  /** Relative to the Dockerfile's folder; may hold `*` and `?`. */
  sources: string[];
  destination: string;
  /** `--chmod`, as a number. */
  mode?: number;
  line: number;
}

/** The last stage of a Dockerfile. */
export interface Dockerfile {
  from: string;
  copies: CopyInstruction[];
  config: ImageConfig;
  /** Instructions that need a real build and have no effect here: `RUN` and copies from other stages. */
  ignored: string[];
}

export function dockerfileError(path: string, line: number, message: string): ProwError {
  return new ProwError('PROW_NODE_DOCKERFILE', `${path}:${line}: ${message}`, { details: { path, line } });
}

/** Parses instructions on top of what the base image says. Throws PROW_NODE_DOCKERFILE with file and line. */
export function parseDockerfile(text: string, path: string, baseConfig: (from: string) => ImageConfig): Dockerfile {
  const state = new DockerfileState(path, baseConfig);
  for (const { line, instruction, rest } of logicalLines(text)) state.apply(instruction, rest, line);
  return state.finish();
}

interface LogicalLine {
  line: number;
  instruction: string;
  rest: string;
}

/** Joins continued lines, drops comments and here-documents. */
function logicalLines(text: string): LogicalLine[] {
  const result: LogicalLine[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let joined = lines[index] ?? '';
    if (joined.trim() === '' || joined.trimStart().startsWith('#')) continue;
    while (joined.endsWith('\\') && index + 1 < lines.length) {
      joined = joined.slice(0, -1);
      index += 1;
      const next = lines[index] ?? '';
      if (!next.trimStart().startsWith('#')) joined += next;
      else joined += '\\';
    }
    const heredoc = /<<-?["']?(\w+)["']?/.exec(joined);
    if (heredoc !== null && /^\s*(RUN|COPY|ADD)\b/i.test(joined)) {
      while (index + 1 < lines.length && lines[index + 1]?.trim() !== heredoc[1]) index += 1;
      index += 1;
    }
    const [, instruction = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(joined) ?? [];
    result.push({ line, instruction: instruction.toUpperCase(), rest: rest.trim() });
  }
  return result;
}

class DockerfileState {
  private readonly path: string;
  private readonly baseConfig: (from: string) => ImageConfig;
  private readonly globalArgs = new Map<string, string>();
  private readonly stages = new Map<string, DockerfileState['stage']>();
  private stage: { from: string; args: Map<string, string>; copies: CopyInstruction[]; config: ImageConfig; ignored: string[]; shell: string[] } | undefined;

  constructor(path: string, baseConfig: (from: string) => ImageConfig) {
    this.path = path;
    this.baseConfig = baseConfig;
  }

  apply(instruction: string, rest: string, line: number): void {
    if (instruction === 'FROM') return this.from(rest, line);
    if (instruction === 'ARG') return this.arg(rest);
    const stage = this.stage;
    if (stage === undefined) throw dockerfileError(this.path, line, `expected FROM first, found ${instruction}`);
    const expand = (text: string): string => expandDockerVariables(text, (name) => stage.config.env[name] ?? stage.args.get(name));
    switch (instruction) {
      case 'COPY':
      case 'ADD':
        this.copy(rest, line, expand);
        break;
      case 'ENV':
        stage.config = { ...stage.config, env: { ...stage.config.env, ...parseEnv(rest, expand) } };
        break;
      case 'WORKDIR': {
        const dir = expand(unquote(rest));
        stage.config = { ...stage.config, workingDir: dir.startsWith('/') ? dir : `${stage.config.workingDir.replace(/\/$/, '')}/${dir}` };
        break;
      }
      case 'USER':
        stage.config = { ...stage.config, user: expand(rest) };
        break;
      case 'SHELL':
        stage.shell = jsonList(rest) ?? stage.shell;
        break;
      case 'ENTRYPOINT': {
        // An entrypoint of one's own makes the base image's command meaningless.
        const { cmd: _, ...config } = stage.config;
        stage.config = { ...config, entrypoint: jsonList(rest) ?? [...stage.shell, rest] };
        break;
      }
      case 'CMD':
        stage.config = { ...stage.config, cmd: jsonList(rest) ?? [...stage.shell, rest] };
        break;
      case 'RUN':
        stage.ignored.push(`line ${line}: RUN`);
        break;
      case 'LABEL': case 'EXPOSE': case 'VOLUME': case 'STOPSIGNAL': case 'HEALTHCHECK': case 'MAINTAINER': case 'ONBUILD':
        break;
      default:
        throw dockerfileError(this.path, line, `unknown instruction ${JSON.stringify(instruction.slice(0, 40))}`);
    }
  }

  finish(): Dockerfile {
    if (this.stage === undefined) throw dockerfileError(this.path, 1, 'expected a FROM instruction, found none');
    const { from, copies, config, ignored } = this.stage;
    return { from, copies, config, ignored };
  }

  private from(rest: string, line: number): void {
    const words = rest.split(/\s+/).filter((word) => !word.startsWith('--'));
    const reference = expandDockerVariables(words[0] ?? '', (name) => this.globalArgs.get(name));
    if (reference === '') throw dockerfileError(this.path, line, 'FROM needs an image');
    const earlier = this.stages.get(reference);
    this.stage = earlier === undefined
      ? { from: reference, args: new Map(), copies: [], config: this.baseConfig(reference), ignored: [], shell: ['/bin/sh', '-c'] }
      : { ...earlier, args: new Map(earlier.args), copies: [...earlier.copies], ignored: [...earlier.ignored] };
    if (words[1]?.toLowerCase() === 'as' && words[2] !== undefined) this.stages.set(words[2], this.stage);
  }

  private arg(rest: string): void {
    const target = this.stage?.args ?? this.globalArgs;
    for (const [name, value] of splitWords(rest).map((word) => splitAssignment(word))) {
      const given = value === undefined ? this.globalArgs.get(name) : unquote(value);
      if (given !== undefined) target.set(name, given);
    }
  }

  private copy(rest: string, line: number, expand: (text: string) => string): void {
    const stage = this.stage;
    if (stage === undefined) return;
    let words = splitWords(rest);
    const options = words.filter((word) => word.startsWith('--'));
    words = jsonList(rest.replace(/^(?:--\S+\s+)*/, '')) ?? words.slice(options.length);
    const [destination, ...sources] = words.map((word) => expand(unquote(word))).reverse();
    if (destination === undefined || sources.length === 0) throw dockerfileError(this.path, line, 'COPY needs a source and a destination');
    if (options.some((option) => option.startsWith('--from=')) || sources.some((source) => /^\w+:\/\//.test(source))) {
      stage.ignored.push(`line ${line}: COPY from elsewhere`);
      return;
    }
    const chmod = options.find((option) => option.startsWith('--chmod='))?.slice('--chmod='.length);
    const absolute = destination.startsWith('/') ? destination : `${stage.config.workingDir.replace(/\/$/, '')}/${destination}`;
    const mode = chmod !== undefined && /^[0-7]{3,4}$/.test(chmod) ? { mode: Number.parseInt(chmod, 8) } : {};
    stage.copies.push({ sources: sources.reverse(), destination: absolute, line, ...mode });
  }
}

function parseEnv(rest: string, expand: (text: string) => string): Record<string, string> {
  const words = splitWords(rest);
  const env: Record<string, string> = {};
  if (words[0] !== undefined && !words[0].includes('=')) {
    env[words[0]] = expand(rest.slice(words[0].length).trim());
    return env;
  }
  for (const word of words) {
    const [name, value = ''] = splitAssignment(word);
    env[name] = expand(unquote(value));
  }
  return env;
}

function splitAssignment(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** Splits at blanks outside of quotes; quotes stay. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\' && index + 1 < text.length && quote !== "'") {
      word += character + text.charAt(index + 1);
      index += 1;
    } else if (quote === '' && /\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
    } else {
      if (character === quote) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      word += character;
    }
  }
  if (word !== '') words.push(word);
  return words;
}

function unquote(text: string): string {
  let result = '';
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\' && quote !== "'" && index + 1 < text.length) {
      index += 1;
      result += text.charAt(index);
    } else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
    else result += character;
  }
  return result;
}

function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}`. */
function expandDockerVariables(text: string, lookup: (name: string) => string | undefined): string {
  return text.replaceAll(/\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g, (_, bare: string, braced: string, operator: string | undefined, word: string | undefined) => {
    const value = lookup(bare ?? braced);
    if (operator === '-') return value === undefined || value === '' ? word ?? '' : value;
    if (operator === '+') return value === undefined || value === '' ? '' : word ?? '';
    return value ?? '';
  });
}
