import { describe, expect, test } from '@jest/globals';
import { builtinSchema } from '../registry/builtin-schemas.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMerge } from './strategic-merge.ts';

const podSchema = builtinSchema('io.k8s.api.core.v1.Pod');
const pod = (containers: object[], more: object = {}): Record<string, unknown> => ({ spec: { containers, ...more } });

describe('strategic merge', () => {
  test.each([
    ['merges by key', pod([{ name: 'a', image: '1' }, { name: 'b', image: '2' }]), pod([{ name: 'b', image: '3' }]), pod([{ name: 'a', image: '1' }, { name: 'b', image: '3' }])],
    // As a real server: what the object does not have comes first, unless the patch says where.
    ['adds an element', pod([{ name: 'a' }]), pod([{ name: 'b' }]), pod([{ name: 'b' }, { name: 'a' }])],
    ['deletes an element', pod([{ name: 'a' }, { name: 'b' }]), pod([{ name: 'a', $patch: 'delete' }]), pod([{ name: 'b' }])],
    ['replaces a list', pod([{ name: 'a' }]), pod([{ $patch: 'replace' }, { name: 'c' }]), pod([{ name: 'c' }])],
    ['replaces atomic lists', pod([{ name: 'a', args: ['1', '2'] }]), pod([{ name: 'a', args: ['3'] }]), pod([{ name: 'a', args: ['3'] }])],
    ['removes by null', pod([], { nodeName: 'n' }), { spec: { nodeName: null } }, pod([])],
    ['replaces a map', { metadata: { labels: { a: '1' } } }, { metadata: { labels: { $patch: 'replace', b: '2' } } }, { metadata: { labels: { b: '2' } } }],
    ['merges sets', { metadata: { finalizers: ['a'] } }, { metadata: { finalizers: ['b', 'a'] } }, { metadata: { finalizers: ['b', 'a'] } }],
    ['takes from sets', { metadata: { finalizers: ['a', 'b'] } }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }, { metadata: { finalizers: ['b'] } }],
    ['orders as told', pod([{ name: 'a' }, { name: 'b' }]), { spec: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }], containers: [{ name: 'c' }] } }, pod([{ name: 'c' }, { name: 'b' }, { name: 'a' }])],
    ['keeps only some keys', { spec: { volumes: [{ name: 'v', emptyDir: {} }] } }, { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] } }, { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } }],
  ])('%s', (_name, original, patch, expected) => {
    const before = JSON.stringify(original);
    expect(strategicMerge(original, patch, podSchema)).toEqual(expected);
    expect(JSON.stringify(original)).toBe(before);
  });

  test('lists are merged without looking for each element among all', () => {
    let looks = 0;
    const count = 1_000;
    const element = (at: number): object => Object.defineProperty({}, 'name', { enumerable: true, get: () => ((looks += 1), `n-${at}`) });
    const original = pod(Array.from({ length: count }, (_, at) => element(at)));
    const names = Array.from({ length: count }, (_, at) => ({ name: `n-${at + count / 2}` }));
    const merged = strategicMerge(original, { spec: { containers: names, '$setElementOrder/containers': names } }, podSchema) as { spec: { containers: object[] } };
    expect(merged.spec.containers).toHaveLength(count * 1.5);
    expect(looks).toBeLessThan(20 * count);
  });

  test('an element without its key, or an unknown directive, is a bad request', () => {
    expect(() => strategicMerge(pod([]), pod([{ image: 'x' }]), podSchema)).toThrow('does not contain declared merge key: name');
    expect(() => strategicMerge({}, { spec: { $patch: 'explode' } }, podSchema)).toThrow('unknown patch directive "explode"');
  });
});

test('merge patch as RFC 7386 has it', () => {
  // The table of the RFC's appendix.
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [['a', 'b'], ['c', 'd'], ['c', 'd']],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]) expect(mergePatch(target, patch)).toEqual(result);
});

test('JSON patch changes a copy, as a whole', () => {
  const target = { data: { a: '1', 'b/c': '2' }, list: [1, 3] };
  expect(jsonPatch(target, [{ op: 'move', from: '/data/a', path: '/data/z' }, { op: 'remove', path: '/data/b~1c' }, { op: 'add', path: '/list/1', value: 2 }])).toEqual({ data: { z: '1' }, list: [1, 2, 3] });
  expect(() => jsonPatch(target, [{ op: 'remove', path: '/data/nothing' }])).toThrow('the server rejected our request due to an error in our request');
  expect(target).toEqual({ data: { a: '1', 'b/c': '2' }, list: [1, 3] });
});
