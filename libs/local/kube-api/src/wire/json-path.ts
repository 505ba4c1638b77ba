// The JSONPath that printer columns and selectable fields use: `.a.b`, `.a[0]`, `.a[*]`, `.a['b.c']`, `.a[?(@.b=="c")]`.
import { isJsonObject } from '../api-object.ts';

type Step = { kind: 'field'; name: string } | { kind: 'index'; index: number } | { kind: 'all' } | { kind: 'filter'; path: string; value: string };

const cache = new Map<string, Step[] | undefined>();

/** All values the path leads to; none where it cannot be parsed. */
export function readPath(value: unknown, path: string): unknown[] {
  let steps = cache.get(path);
  if (steps === undefined && !cache.has(path)) {
    steps = parsePath(path);
    if (cache.size > 1000) cache.clear();
    cache.set(path, steps);
  }
  if (steps === undefined) return [];
  let values: unknown[] = [value];
  for (const step of steps) values = values.flatMap((one) => take(one, step));
  return values;
}

function take(value: unknown, step: Step): unknown[] {
  switch (step.kind) {
    case 'field':
      return isJsonObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      if (!Array.isArray(value)) return [];
      const at = step.index < 0 ? value.length + step.index : step.index;
      return at in value ? [value[at]] : [];
    }
    case 'all':
      return Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => readPath(item, step.path).some((one) => String(one) === step.value)) : [];
  }
}

function parsePath(path: string): Step[] | undefined {
  let rest = path.trim().replace(/^\{(.*)\}$/s, '$1').replace(/^\$/, '');
  if (rest !== '' && !rest.startsWith('.') && !rest.startsWith('[')) rest = `.${rest}`;
  const steps: Step[] = [];
  while (rest !== '' && rest !== '.') {
    const match =
      /^\.((?:[^.[\]\\]|\\.)+)/.exec(rest) ??
      /^\[(-?\d+)\]/.exec(rest) ??
      /^\[(\*)\]/.exec(rest) ??
      /^\[['"]([^'"\]]+)['"]\]/.exec(rest) ??
      /^\[\?\(\s*(@[^=\s]+)\s*==\s*['"]([^'"]*)['"]\s*\)\]/.exec(rest);
    if (match === null) return undefined;
    const [whole, first = '', second] = match;
    if (second !== undefined) steps.push({ kind: 'filter', path: first.slice(1), value: second });
    else if (first === '*') steps.push({ kind: 'all' });
    else if (whole.startsWith('[') && /^-?\d+$/.test(first)) steps.push({ kind: 'index', index: Number(first) });
    else steps.push({ kind: 'field', name: first.replaceAll(/\\(.)/g, '$1') });
    rest = rest.slice(whole.length);
  }
  return steps;
}
