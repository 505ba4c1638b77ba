// One view on the schemas of built-in kinds (OpenAPI facts, with references) and of custom resources (structural
// schemas): what pruning, validation, defaulting, patches and field ownership walk along.
import { isJsonObject, type JsonObject } from '../api-object.ts';

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
type Resolve = (reference: string) => JsonObject | undefined;

const nodes = new WeakMap<object, SchemaNode>();

/** Schemas of custom resources have no references. */
const resolveNothing: Resolve = () => undefined;

/** Times that are no pointers in Go: null where there is none. */
const writtenTimes = new Set(['lastProbeTime', 'lastTransitionTime', 'lastHeartbeatTime', 'lastUpdateTime', 'firstTimestamp', 'lastTimestamp', 'deprecatedFirstTimestamp', 'deprecatedLastTimestamp', 'startedAt', 'finishedAt']);

/** A schema at one place of an object. Children are made when first asked for, so recursive schemas are no trouble. */
export class SchemaNode {
  readonly raw: JsonObject;
  readonly type: SchemaType | undefined;
  readonly format: string | undefined;
  readonly isIntOrString: boolean;
  /** A quantity: text or number on the wire, text once decoded. */
  readonly isQuantity: boolean;
  /** Any text, taken as it is. */
  readonly isPlainString: boolean;
  readonly preservesUnknown: boolean;
  readonly properties: JsonObject | undefined;
  private readonly resolve: Resolve;
  private children: Map<string, SchemaNode> | undefined;
  private readonly isBuiltin: boolean;
  private zeroValues: ReadonlyMap<string, unknown> | undefined;
  private values: SchemaNode | undefined;
  private elements: SchemaNode | undefined;

  // What is asked for at every field of every object is worked out once.
  private constructor(raw: JsonObject, resolve: Resolve) {
    this.raw = raw;
    this.resolve = resolve;
    this.isBuiltin = resolve !== resolveNothing;
    this.type = raw['type'] as SchemaType | undefined;
    this.format = raw['format'] as string | undefined;
    this.properties = raw['properties'] as JsonObject | undefined;
    this.isIntOrString = raw['x-kubernetes-int-or-string'] === true || this.format === 'int-or-string';
    const { oneOf } = raw;
    this.isQuantity = this.type === undefined && Array.isArray(oneOf) && !this.isIntOrString && oneOf.length === 2 && (oneOf[1] as JsonObject)['type'] === 'number';
    this.isPlainString = this.type === 'string' && this.format === undefined && !this.isIntOrString;
    this.preservesUnknown = raw['x-kubernetes-preserve-unknown-fields'] === true || (this.type === 'object' && this.properties === undefined && raw['additionalProperties'] === undefined);
  }

  static of(raw: JsonObject, resolve: Resolve = resolveNothing): SchemaNode {
    const known = nodes.get(raw);
    if (known !== undefined) return known;
    const node = new SchemaNode(flatten(raw, resolve), resolve);
    nodes.set(raw, node);
    return node;
  }

  get isNullable(): boolean {
    return this.raw['nullable'] === true;
  }

  get isEmbeddedResource(): boolean {
    return this.raw['x-kubernetes-embedded-resource'] === true;
  }

  /** Go's non-pointer struct: there even when nobody wrote it. */
  get isAlwaysPresent(): boolean {
    return this.isBuiltin && isJsonObject(this.raw['default']) && Object.keys(this.raw['default']).length === 0;
  }

  /** What Go writes for fields that nobody set: structs that are no pointers, scalars that are never left out, times. */
  get zeros(): ReadonlyMap<string, unknown> {
    if (this.zeroValues !== undefined) return this.zeroValues;
    const zeros = new Map<string, unknown>();
    for (const field of this.isBuiltin ? Object.keys(this.properties ?? {}) : []) {
      const child = this.property(field);
      if (child === undefined) continue;
      const fallback = child.raw['default'];
      if (child.isAlwaysPresent) zeros.set(field, fallback);
      else if (fallback === '' || fallback === 0 || fallback === false) zeros.set(field, fallback);
      else if (child.format === 'date-time' && writtenTimes.has(field)) zeros.set(field, null);
    }
    return (this.zeroValues = zeros);
  }

  /** As `zeros`, and null for lists and maps that are written even when they are empty. */
  zeroOf(field: string): unknown {
    const { zeros } = this;
    if (zeros.has(field)) return zeros.get(field);
    return this.isBuiltin && this.required.includes(field) ? null : undefined;
  }

  get isAtomicMap(): boolean {
    return this.raw['x-kubernetes-map-type'] === 'atomic' || (this.type === 'object' && this.preservesUnknown && this.raw['x-kubernetes-preserve-unknown-fields'] !== true);
  }

  get listType(): 'atomic' | 'set' | 'map' {
    return (this.raw['x-kubernetes-list-type'] as 'atomic' | 'set' | 'map' | undefined) ?? 'atomic';
  }

  get listMapKeys(): readonly string[] {
    return (this.raw['x-kubernetes-list-map-keys'] as string[] | undefined) ?? [];
  }

  get patchStrategy(): string {
    return (this.raw['x-kubernetes-patch-strategy'] as string | undefined) ?? '';
  }

  get patchMergeKey(): string | undefined {
    return this.raw['x-kubernetes-patch-merge-key'] as string | undefined;
  }

  get required(): readonly string[] {
    return (this.raw['required'] as string[] | undefined) ?? [];
  }

  /** A declared property; not what a map's keys lead to. */
  property(name: string): SchemaNode | undefined {
    const properties = this.properties;
    if (properties === undefined || !Object.hasOwn(properties, name)) return undefined;
    let child = this.children?.get(name);
    if (child === undefined) {
      child = SchemaNode.of(properties[name] as JsonObject, this.resolve);
      this.children ??= new Map();
      this.children.set(name, child);
    }
    return child;
  }

  /** The schema of a map's values; undefined where this is no map or its values are free. */
  get mapValues(): SchemaNode | undefined {
    const values = this.raw['additionalProperties'];
    if (this.values === undefined && isJsonObject(values)) this.values = SchemaNode.of(values, this.resolve);
    return this.values;
  }

  get isFreeMap(): boolean {
    return this.raw['additionalProperties'] === true;
  }

  get items(): SchemaNode | undefined {
    const items = this.raw['items'];
    if (this.elements === undefined && isJsonObject(items)) this.elements = SchemaNode.of(items, this.resolve);
    return this.elements;
  }

  /** What is below `key`: a property, or a map's values. */
  child(key: string): SchemaNode | undefined {
    return this.property(key) ?? this.mapValues;
  }
}

/** `{$ref}` and `{allOf: [{$ref}], default}` become the schema they refer to, with the neighbours laid over it. */
function flatten(raw: JsonObject, resolve: Resolve): JsonObject {
  const allOf = raw['allOf'];
  const reference =
    raw['$ref'] ?? (Array.isArray(allOf) && allOf.length === 1 && isJsonObject(allOf[0]) ? allOf[0]['$ref'] : undefined);
  if (typeof reference !== 'string') return raw;
  const target = resolve(reference);
  if (target === undefined) return raw;
  const { $ref: _reference, allOf: _allOf, ...neighbours } = raw;
  return { ...flatten(target, resolve), ...neighbours };
}
