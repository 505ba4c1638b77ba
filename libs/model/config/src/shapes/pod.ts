// The shape of a pod's spec, from the table of its fields.
import { bool, int32, integer, lazy, list, map, number, struct, text, typed } from '@prow/base-schema';
import type { Field, Shape, StructShape } from '@prow/base-schema';
import type { Affinity, EnvVar, PodSpec, ResourceRequirements, Toleration, Volume, VolumeMount } from '@prow/model-kube-types';
import { intOrString, quantity, rawJson, time } from './go-types.ts';
import { podTypes } from './pod-types.ts';

const scalars: Readonly<Record<string, Shape>> = {
  string: text, bool, int32, int64: integer, int: integer, float64: number, Quantity: quantity, IntOrString: intOrString,
  Time: time, FieldsV1: rawJson,
};
const lines = new Map(podTypes.trim().split('\n').map((line) => {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
}));
const built = new Map<string, StructShape<unknown>>();

function podType(name: string): StructShape<unknown> {
  const known = built.get(name);
  if (known !== undefined) return known;
  const line = lines.get(name);
  if (line === undefined) throw new Error(`no such pod type: ${name}`);
  const fields: Record<string, Field> = {};
  for (const entry of line === '' ? [] : line.split('; ')) {
    const [marked = '', type = ''] = entry.split(' ');
    const fieldName = marked.replace(/[!*]+$/, '');
    fields[fieldName] = { shape: shapeOf(type), pointer: marked.includes('*'), always: marked.includes('!'), keepEmpty: false };
  }
  const shape = struct(name, fields);
  built.set(name, shape);
  return shape;
}

function shapeOf(type: string): Shape {
  if (type.startsWith('[]')) return list(shapeOf(type.slice(2)));
  if (type.startsWith('{')) return map(shapeOf(type.slice(1, -1)));
  return scalars[type] ?? lazy(() => podType(type));
}

export const podSpec = typed<PodSpec>(podType('PodSpec'));
export const envVar = typed<EnvVar>(podType('EnvVar'));
export const volume = typed<Volume>(podType('Volume'));
export const volumeMount = typed<VolumeMount>(podType('VolumeMount'));
export const toleration = typed<Toleration>(podType('Toleration'));
export const affinity = typed<Affinity>(podType('Affinity'));
export const resourceRequirements = typed<ResourceRequirements>(podType('ResourceRequirements'));
