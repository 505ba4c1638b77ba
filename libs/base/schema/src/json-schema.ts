// JSON Schema (draft 2020-12) of a shape, for editors and for ajv.
import { fieldIndex } from './field-index.ts';
import type { Shape } from './shape.ts';

export function toJsonSchema(shape: Shape, options: { id: string; title: string; description?: string }): Record<string, unknown> {
  const definitions: Record<string, object> = {};
  const toSchema = (part: Shape): object => {
    switch (part.kind) {
      case 'text':
        return part.suggested === undefined ? { type: 'string' } : { type: 'string', enum: part.suggested };
      case 'bool':
        return { type: 'boolean' };
      case 'integer':
        return {
          type: 'integer',
          ...(part.min === -Number.MAX_SAFE_INTEGER ? {} : { minimum: part.min }),
          ...(part.max === Number.MAX_SAFE_INTEGER ? {} : { maximum: part.max }),
        };
      case 'number':
        return { type: 'number' };
      case 'anything':
        return {};
      case 'list':
        return { type: ['array', 'null'], items: orNull(toSchema(part.element)) };
      case 'map':
        return { type: ['object', 'null'], additionalProperties: orNull(toSchema(part.value)) };
      case 'lazy':
        return toSchema(part.resolve());
      case 'custom':
        return part.jsonSchema(toSchema);
      case 'struct':
        if (!Object.hasOwn(definitions, part.name)) {
          definitions[part.name] = {};
          definitions[part.name] = structSchema(part, toSchema);
        }
        return { $ref: `#/$defs/${part.name}` };
    }
  };
  const root = toSchema(shape);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: options.id,
    title: options.title,
    ...(options.description === undefined ? {} : { description: options.description }),
    ...root,
    $defs: Object.fromEntries(Object.entries(definitions).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function structSchema(shape: Extract<Shape, { kind: 'struct' }>, toSchema: (shape: Shape) => object): object {
  const properties: Record<string, object> = {};
  for (const [name, { field }] of fieldIndex(shape).exact) {
    const schema = orNull(toSchema(field.shape));
    properties[name] = field.doc === undefined ? schema : { description: field.doc, ...schema };
  }
  return { type: ['object', 'null'], additionalProperties: false, properties };
}

// An empty value is null in YAML and the zero value to Go.
function orNull(schema: object): object {
  if ('type' in schema && typeof schema.type === 'string') {
    return { ...schema, type: [schema.type, 'null'], ...('enum' in schema && Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}) };
  }
  return schema;
}
