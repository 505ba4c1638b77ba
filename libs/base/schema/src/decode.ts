// Reads a parsed YAML value by a shape, with the meaning sigs.k8s.io/yaml and encoding/json give it: null is the
// zero value, keys match in any case, numbers and booleans become text where the reader sees a text field coming,
// anything else of a wrong type is a mistake. Zero values are left out of the result, as Go writes them.
import { messageOf, nearestNames } from '@prow/base-errors';
import { fieldIndex, fieldNames, findField } from './field-index.ts';
import type { Field, IntegerShape, Shape, StructShape } from './shape.ts';

export type Step = string | number;

export interface ShapeFinding {
  readonly kind: 'type' | 'value' | 'unknown-field' | 'too-big';
  readonly path: readonly Step[];
  readonly message: string;
  readonly suggestions?: readonly string[];
}

export interface DecodeResult {
  /** What could be read; parts with findings of kind type, value and too-big are left out. */
  readonly value: unknown;
  readonly findings: readonly ShapeFinding[];
}

export interface DecodeLimits {
  /** Values read at most: aliases make small files of any size. Default 1 million. */
  readonly maxNodes?: number;
  readonly maxDepth?: number;
  /** Findings kept at most; default 200. */
  readonly maxFindings?: number;
}

export function decode(shape: Shape, value: unknown, limits: DecodeLimits = {}): DecodeResult {
  const decoder = new Decoder(limits);
  const result = decoder.read(shape, value, shape);
  return { value: result, findings: decoder.findings };
}

class Decoder {
  readonly findings: ShapeFinding[] = [];
  private readonly path: Step[] = [];
  private nodesLeft: number;
  private readonly maxDepth: number;
  private readonly maxFindings: number;

  constructor(limits: DecodeLimits) {
    this.nodesLeft = limits.maxNodes ?? 1_000_000;
    this.maxDepth = limits.maxDepth ?? 200;
    this.maxFindings = limits.maxFindings ?? 200;
  }

  // `target` is what the YAML reader believes it reads, which decides on conversions to text only; it knows less
  // than the decoder: inside embedded structs it looks at the wrong place, and at nothing inside custom types.
  read(shape: Shape, value: unknown, target: Shape | undefined): unknown {
    if (value === null || value === undefined) return undefined;
    if (this.nodesLeft-- <= 0 || this.path.length > this.maxDepth) {
      if (!this.findings.some((finding) => finding.kind === 'too-big')) {
        this.report('too-big', this.path.length > this.maxDepth ? `nested deeper than ${this.maxDepth} levels` : 'expands to too many values');
      }
      return undefined;
    }
    switch (shape.kind) {
      case 'text':
        return this.readText(value, target);
      case 'bool':
        if (typeof value === 'boolean') return value;
        return this.mismatch('a boolean (true or false)', value);
      case 'integer':
        return this.readInteger(shape, value);
      case 'number':
        if (typeof value === 'number') return value;
        return this.mismatch('a number', value);
      case 'anything':
        return this.readAnything(value);
      case 'list':
        return this.readList(shape.element, value, target);
      case 'map':
        return this.readMap(shape.value, value, target);
      case 'struct':
        return this.readStruct(shape, value, target);
      case 'lazy': {
        const resolved = shape.resolve();
        return this.read(resolved, value, target === shape ? resolved : target);
      }
      case 'custom':
        return this.readCustom(shape, value);
    }
  }

  private readText(value: unknown, target: Shape | undefined): string | undefined {
    if (typeof value === 'string') return value;
    if (target?.kind === 'text' && (typeof value === 'number' || typeof value === 'boolean')) return goText(value);
    this.mismatch('text', value, isScalar(value) ? `; put it in quotes: "${goText(value)}"` : '');
    return undefined;
  }

  private readInteger(shape: IntegerShape, value: unknown): number | undefined {
    if (typeof value !== 'number') return this.mismatch('an integer', value);
    if (!Number.isInteger(value)) return this.mismatch('an integer', value);
    if (value < shape.min || value > shape.max) return this.mismatch(`an integer from ${shape.min} to ${shape.max}`, value);
    return value;
  }

  private readAnything(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item, index) => this.within(index, () => this.read(anythingShape, item, undefined)) ?? null);
    if (typeof value !== 'object' || value === null) return value;
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      define(result, key, this.within(key, () => this.read(anythingShape, item, undefined)) ?? null);
    }
    return result;
  }

  private readList(element: Shape, value: unknown, target: Shape | undefined): unknown[] | undefined {
    if (!Array.isArray(value)) return this.mismatch('a list', value);
    const elementTarget = target?.kind === 'list' ? target.element : undefined;
    const result: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      this.path.push(index);
      result.push(this.read(element, value[index], elementTarget) ?? zeroOf(element));
      this.path.pop();
    }
    return result;
  }

  private readMap(valueShape: Shape, value: unknown, target: Shape | undefined): Record<string, unknown> | undefined {
    if (!isMapping(value)) return this.mismatch('a mapping', value);
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      this.path.push(key);
      define(result, key, this.read(valueShape, value[key], targetOfKey(target, key)) ?? zeroOf(valueShape));
      this.path.pop();
    }
    return result;
  }

  private readStruct(shape: StructShape<unknown>, value: unknown, target: Shape | undefined): Record<string, unknown> | undefined {
    if (!isMapping(value)) return this.mismatch('a mapping', value);
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const found = findField(shape, key);
      // Written in another case beside its own name, a field counts by its own name.
      if (found !== undefined && key !== found.name && Object.hasOwn(value, found.name)) continue;
      this.path.push(key);
      if (found === undefined) this.unknownField(shape, key);
      else {
        const item = this.read(found.field.shape, value[key], targetOfKey(target, key));
        if (item !== undefined && !isOmitted(found.field, item)) result[found.name] = item;
        else if (found.name in result) delete result[found.name];
      }
      this.path.pop();
    }
    for (const { name, zero } of fieldIndex(shape).zeros) result[name] ??= zero;
    return result;
  }

  private readCustom(shape: Extract<Shape, { kind: 'custom' }>, value: unknown): unknown {
    try {
      return shape.read(value, {
        decode: (part, partValue, ...steps) => {
          this.path.push(...steps);
          // The YAML reader sees nothing inside a type that reads itself.
          const result = this.read(part, partValue, undefined);
          this.path.length -= steps.length;
          return result;
        },
        decodeYaml: (part, partValue) => this.read(part, partValue, part),
      });
    } catch (error) {
      this.report('value', messageOf(error));
      return undefined;
    }
  }

  private within<T>(step: Step, action: () => T): T {
    this.path.push(step);
    const result = action();
    this.path.pop();
    return result;
  }

  private unknownField(shape: StructShape<unknown>, key: string): void {
    const suggestions = nearestNames(key, fieldNames(shape));
    const meant = suggestions[0] === undefined ? '' : `; did you mean ${suggestions[0]}?`;
    this.report('unknown-field', `unknown field ${key} is ignored${meant}`, suggestions);
  }

  private mismatch(expected: string, value: unknown, advice = ''): undefined {
    this.report('type', `expected ${expected}, found ${describe(value)}${advice}`);
    return undefined;
  }

  private report(kind: ShapeFinding['kind'], message: string, suggestions?: readonly string[]): void {
    if (this.findings.length >= this.maxFindings) return;
    this.findings.push({ kind, path: [...this.path], message, ...(suggestions === undefined || suggestions.length === 0 ? {} : { suggestions }) });
  }
}

const anythingShape: Shape = { kind: 'anything' };

// Where a key leads, for conversions only. An embedded struct stands in for its own fields, as in upstream's reader.
function targetOfKey(target: Shape | undefined, key: string): Shape | undefined {
  const seen = target?.kind === 'lazy' ? target.resolve() : target;
  if (seen?.kind === 'map') return seen.value;
  if (seen?.kind !== 'struct') return undefined;
  const found = findField(seen, key);
  return found === undefined ? undefined : (found.from ?? found.field.shape);
}

/** The value a list or map holds where the file has null. */
function zeroOf(shape: Shape): unknown {
  switch (shape.kind) {
    case 'text':
      return '';
    case 'bool':
      return false;
    case 'integer':
    case 'number':
      return 0;
    case 'struct':
      return {};
    case 'lazy':
      return zeroOf(shape.resolve());
    case 'custom':
      return shape.zero ?? null;
    case 'list':
      return [];
    case 'map':
      return {};
    default:
      return null;
  }
}

function isOmitted(field: Field, value: unknown): boolean {
  if (field.pointer) return false;
  if (field.shape.kind === 'custom') return field.shape.isZero?.(value) === true;
  if (value === '' || value === false || value === 0) return true;
  if (field.keepEmpty || field.always) return false;
  if (Array.isArray(value)) return value.length === 0;
  if (field.shape.kind === 'map') return Object.keys(value as object).length === 0;
  return false;
}

// `__proto__` is a key like any other in a file.
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** How Go writes a scalar as text: floats in the shortest form of %g. */
export function goText(value: number | boolean): string {
  if (typeof value === 'boolean' || Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  const exponent = value.toExponential();
  const power = Number(exponent.slice(exponent.indexOf('e') + 1));
  if (power >= -4 && power < 21) return String(value);
  const [mantissa, digits = '0'] = exponent.split('e');
  const sign = digits.startsWith('-') ? '-' : '+';
  return `${mantissa}e${sign}${digits.replace(/^[-+]/, '').padStart(2, '0')}`;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `the text "${value.slice(0, 40)}…"` : `the text "${value}"`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return `the boolean ${value}`;
  if (Array.isArray(value)) return 'a list';
  return 'a mapping';
}
