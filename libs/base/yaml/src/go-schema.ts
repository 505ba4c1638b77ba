import yaml from 'js-yaml';
import { resolveNumber, resolveScalar } from './resolve-scalar.ts';
import type { PlainScalar } from './resolve-scalar.ts';

// js-yaml asks each implicit type in turn; one that knows them all is asked once.
let lastText = '';
let lastValue: PlainScalar = '';

function resolved(text: unknown): PlainScalar {
  const source = typeof text === 'string' ? text : '';
  if (source !== lastText) {
    lastText = source;
    lastValue = resolveScalar(source);
  }
  return lastValue;
}

const plain = new yaml.Type('tag:yaml.org,2002:plain', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof resolved(text) !== 'string',
  construct: (text: unknown) => resolved(text),
});

const explicit = (name: string, accept: (text: string) => boolean, make: (text: string) => unknown): yaml.Type => new yaml.Type(`tag:yaml.org,2002:${name}`, {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' ? accept(text) : text === null && name === 'null',
  construct: (text: unknown) => make(typeof text === 'string' ? text : ''),
});

// By this tag the loader knows a merge.
const merge = new yaml.Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text: unknown) => text === '<<' });

// Tags nobody knows say nothing: the value is what it looks like, a scalar is text.
const ignoredTags = (['!', 'tag:'] as const).flatMap((prefix) => (['scalar', 'sequence', 'mapping'] as const).map((kind) => new yaml.Type(prefix, {
  kind,
  multi: true,
  construct: (data: unknown) => data ?? (kind === 'scalar' ? '' : kind === 'sequence' ? [] : {}),
})));

/** YAML 1.1 as sigs.k8s.io/yaml reads it: `yes` is a boolean, 0777 is 511, a date is text. */
export const goSchema = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [plain, merge],
  explicit: [
    ...ignoredTags,
    explicit('null', (text) => resolveScalar(text) === null, () => null),
    explicit('bool', (text) => typeof resolveScalar(text) === 'boolean', (text) => resolveScalar(text)),
    explicit('int', (text) => Number.isInteger(resolveNumber(text)), (text) => resolveNumber(text)),
    explicit('float', (text) => typeof resolveScalar(text) === 'number', (text) => resolveScalar(text)),
    explicit('timestamp', () => true, (text) => text),
    explicit('binary', (text) => /^[A-Za-z0-9+/=\s]*$/.test(text), (text) => Buffer.from(text, 'base64').toString('latin1')),
  ],
});
