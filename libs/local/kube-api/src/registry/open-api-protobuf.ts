// The older OpenAPI document in gnostic's protobuf, for kubectl, which asks for nothing else. Only what a document of ours
// can contain has fields here. upstream: github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto
import protobuf from 'protobufjs';
import { isJsonObject, type JsonObject } from '../api-object.ts';

type Field = [type: string, id: number];
const repeated = (type: string, id: number): protobuf.IField => ({ rule: 'repeated', type, id });
const fields = (own: Readonly<Record<string, Field>>): Record<string, protobuf.IField> => Object.fromEntries(Object.entries(own).map(([name, [type, id]]) => [name, { type, id }]));

const root = protobuf.Root.fromJSON({
  nested: {
    Any: { fields: fields({ yaml: ['string', 2] }) },
    NamedAny: { fields: fields({ name: ['string', 1], value: ['Any', 2] }) },
    NamedSchema: { fields: fields({ name: ['string', 1], value: ['Schema', 2] }) },
    Schemas: { fields: { items: repeated('NamedSchema', 1) } },
    Strings: { fields: { value: repeated('string', 1) } },
    ItemsItem: { fields: { schema: repeated('Schema', 1) } },
    AdditionalPropertiesItem: { fields: fields({ schema: ['Schema', 1], boolean: ['bool', 2] }) },
    Info: { fields: fields({ title: ['string', 1], version: ['string', 2] }) },
    Document: { fields: fields({ swagger: ['string', 1], info: ['Info', 2], paths: ['Schemas', 8], definitions: ['Schemas', 9] }) },
    Schema: {
      fields: {
        ...fields({
          reference: ['string', 1], format: ['string', 2], title: ['string', 3], description: ['string', 4], default: ['Any', 5], multipleOf: ['double', 6],
          maximum: ['double', 7], exclusiveMaximum: ['bool', 8], minimum: ['double', 9], exclusiveMinimum: ['bool', 10],
          maxLength: ['int64', 11], minLength: ['int64', 12], pattern: ['string', 13], maxItems: ['int64', 14], minItems: ['int64', 15],
          uniqueItems: ['bool', 16], maxProperties: ['int64', 17], minProperties: ['int64', 18],
          additionalProperties: ['AdditionalPropertiesItem', 21], type: ['Strings', 22], items: ['ItemsItem', 23], properties: ['Schemas', 25], example: ['Any', 30],
        }),
        required: repeated('string', 19),
        enum: repeated('Any', 20),
        allOf: repeated('Schema', 24),
        vendorExtension: repeated('NamedAny', 31),
      },
    },
  },
});
const documentType = root.lookupType('Document');
const schemaType = root.lookupType('Schema');

/** `definitions` of the document are encoded; its paths are empty in both forms. */
export function encodeOpenApiV2({ swagger, info, definitions }: JsonObject): Buffer {
  return Buffer.from(documentType.encode({ swagger, info, paths: {}, definitions: namedSchemas(definitions) }).finish());
}

function namedSchemas(schemas: unknown): { items: { name: string; value: JsonObject }[] } {
  const all = isJsonObject(schemas) ? Object.entries(schemas) : [];
  return { items: all.map(([name, schema]) => ({ name, value: schemaMessage(schema) })) };
}

/** What this form has no place for (oneOf, not, nullable) is left out, as in a real server's. */
function schemaMessage(schema: unknown): JsonObject {
  const message: JsonObject = {};
  if (!isJsonObject(schema)) return message;
  const extensions: JsonObject[] = [];
  for (const [name, value] of Object.entries(schema)) {
    if (name.startsWith('x-')) extensions.push({ name, value: anyOf(value) });
    else if (name === '$ref') message['reference'] = value;
    else if (name !== 'reference' && name !== 'vendorExtension' && schemaType.fields[name] !== undefined && value !== null) message[name] = fieldMessage(name, value);
  }
  if (extensions.length > 0) message['vendorExtension'] = extensions;
  return message;
}

function fieldMessage(name: string, value: unknown): unknown {
  switch (name) {
    case 'default':
    case 'example':
      return anyOf(value);
    case 'enum':
      return asList(value).map(anyOf);
    case 'allOf':
      return asList(value).map(schemaMessage);
    case 'items':
      return { schema: asList(value).map(schemaMessage) };
    case 'properties':
      return namedSchemas(value);
    case 'additionalProperties':
      return typeof value === 'boolean' ? { boolean: value } : { schema: schemaMessage(value) };
    case 'type':
      return { value: asList(value).map(String) };
    default:
      return value;
  }
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** JSON is YAML. */
function anyOf(value: unknown): JsonObject {
  return { yaml: JSON.stringify(value) };
}
