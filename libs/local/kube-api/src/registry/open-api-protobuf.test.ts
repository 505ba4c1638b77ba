import { expect, test } from '@jest/globals';
import protobuf from 'protobufjs';
import { encodeOpenApiV2 } from './open-api-protobuf.ts';

test('is what the published field numbers say', () => {
  const bytes = encodeOpenApiV2({
    swagger: '2.0',
    info: { title: 'T', version: 'v' },
    definitions: { D: { type: 'object', required: ['a'], properties: { a: { $ref: '#/definitions/E' } }, nullable: true, 'x-list': [1] } },
  });
  const message = (text: string): string => `${String.fromCharCode(text.length)}${text}`;
  const ref = message('\n\x0f#/definitions/E');
  const property = message(`\n\x01a\x12${ref}`);
  const extension = message(`\n\x06x-list\x12${message(`\x12${message('[1]')}`)}`);
  const expectedSchema = [`\xb2\x01${message('\n\x06object')}`, `\x9a\x01${message('a')}`, `\xca\x01${message(`\n${property}`)}`, `\xfa\x01${extension}`];
  const reader = protobuf.Reader.create(bytes);
  const found = new Map<number, string>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    found.set(tag >>> 3, Buffer.from(reader.bytes()).toString('latin1'));
  }
  expect(found.get(1)).toBe('2.0');
  expect(found.get(2)).toBe('\n\x01T\x12\x01v');
  expect(found.get(8)).toBe('');
  const definitions = found.get(9) ?? '';
  for (const part of expectedSchema) expect(definitions).toContain(part);
  expect(definitions).toHaveLength(4 + 3 + expectedSchema.join('').length);
});
