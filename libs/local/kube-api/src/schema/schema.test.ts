import { describe, expect, test } from '@jest/globals';
import { builtinSchema } from '../registry/builtin-schemas.ts';
import type { JsonObject } from '../api-object.ts';
import { decodeBuiltin } from './decode-builtin.ts';
import { applyDefaults } from './defaults.ts';
import type { FieldError } from './field-error.ts';
import { pruneUnknown } from './prune.ts';
import { SchemaNode } from './schema-node.ts';
import { validateValue } from './validate.ts';

function errorsOf(value: unknown, schema: JsonObject): string[] {
  const errors: FieldError[] = [];
  validateValue(value, SchemaNode.of(schema), 'spec', errors);
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

describe('validation says what upstream says', () => {
  test.each([
    ['a type', 'x', { type: 'integer' }, 'spec: Invalid value: "string": spec in body must be of type integer: "string"'],
    ['null', null, { type: 'string' }, 'spec: Invalid value: "null": spec in body must be of type string: "null"'],
    ['a minimum', 0, { type: 'integer', minimum: 1 }, 'spec: Invalid value: 0: spec in body should be greater than or equal to 1'],
    ['an exclusive maximum', 5, { type: 'number', maximum: 5, exclusiveMaximum: true }, 'spec: Invalid value: 5: spec in body should be less than 5'],
    ['a pattern', 'b', { type: 'string', pattern: '^a$' }, "spec: Invalid value: \"b\": spec in body should match '^a$'"],
    ['a length', 'a', { type: 'string', minLength: 2 }, 'spec: Invalid value: "a": spec in body should be at least 2 chars long'],
    ['an enum', 'c', { type: 'string', enum: ['a', 'b'] }, 'spec: Unsupported value: "c": supported values: "a", "b"'],
    ['a required field', {}, { type: 'object', required: ['a'] }, 'spec.a: Required value'],
    ['an item', [1, 'x'], { type: 'array', items: { type: 'integer' } }, 'spec[1]: Invalid value: "string": spec[1] in body must be of type integer: "string"'],
    ['too many items', [1, 2], { type: 'array', maxItems: 1 }, 'spec: Too many: 2: must have at most 1 items'],
    ['a duplicate', [{ n: 1 }, { n: 1 }], { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['n'], items: { type: 'object' } }, 'spec[1]: Duplicate value: {"n":1}'],
    ['a format', 'x', { type: 'string', format: 'date-time' }, 'spec: Invalid value: "x": spec in body must be of type date-time: "x"'],
  ] as const)('%s', (_name, value, schema, expected) => {
    expect(errorsOf(value, schema as unknown as JsonObject)).toEqual([expected]);
  });

  test('an evil pattern takes no time, and errors have an end', () => {
    expect(errorsOf(`${'a'.repeat(50_000)}!`, { type: 'string', pattern: '^(a+)+$' })).toHaveLength(1);
    expect(errorsOf(Array.from({ length: 10_000 }, () => 'x'), { type: 'array', items: { type: 'integer' } }).length).toBeLessThanOrEqual(101);
  });
});

test('pruning names what it drops, and leaves free maps alone', () => {
  const schema = SchemaNode.of({ type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' }, map: { type: 'object', additionalProperties: { type: 'object', properties: { x: { type: 'string' } } } }, free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, list: { type: 'array', items: { type: 'object', properties: { y: { type: 'string' } } } } } } } });
  const object = { spec: { a: '1', b: '2', map: { k: { x: '1', z: '2' } }, free: { any: 1 }, list: [{ y: '1', q: '2' }] }, top: 1 };
  expect(pruneUnknown(object, schema).sort()).toEqual(['spec.b', 'spec.list[0].q', 'spec.map.k.z', 'top']);
  expect(object).toEqual({ spec: { a: '1', map: { k: { x: '1' } }, free: { any: 1 }, list: [{ y: '1' }] } });
});

test('defaults fill what is absent, not what is there', () => {
  const schema = SchemaNode.of({ type: 'object', properties: { a: { type: 'string', default: 'x' }, b: { type: 'object', default: {}, properties: { c: { type: 'integer', default: 3 } } }, d: { type: 'string', nullable: true, default: 'y' } } });
  const value = { a: 'mine', d: null };
  applyDefaults(value, schema);
  expect(value).toEqual({ a: 'mine', b: { c: 3 }, d: null });
});

test('built-in objects are decoded as Go decodes them', () => {
  const schema = builtinSchema('io.k8s.api.core.v1.Pod');
  if (schema === undefined) throw new Error('no schema');
  const pod = { kind: 'Pod', spec: { nodeName: null, unknown: 1, containers: [{ name: 'a', resources: { limits: { cpu: '1000m', memory: 1024 } }, ports: [{ containerPort: 80, oops: 1 }] }] } };
  const { object, unknown } = decodeBuiltin(pod, schema, { kind: 'Pod', version: 'v1' });
  expect(unknown).toEqual(['spec.unknown', 'spec.containers[0].ports[0].oops']);
  expect(object).toEqual({ kind: 'Pod', spec: { containers: [{ name: 'a', resources: { limits: { cpu: '1', memory: '1024' } }, ports: [{ containerPort: 80 }] }] }, status: {} });
  const wrong = { spec: { containers: [{ name: 5 }] } };
  expect(() => decodeBuiltin(wrong, schema, { kind: 'Pod', version: 'v1' })).toThrow('Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field Pod.spec.containers[0].name of type string');
});
