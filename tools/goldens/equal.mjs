// "Equal" as shared/README.md says: the same JSON value after leaving out nulls, empty resources, status and metadata,
// a container's empty name, and always_run: false.
const leftOutWhenEmpty = new Set(['resources', 'status', 'metadata']);

export function normalise(value, key = '') {
  if (Array.isArray(value)) return value.map((item) => normalise(item));
  if (typeof value !== 'object' || value === null) return value;
  const result = {};
  for (const name of Object.keys(value).sort()) {
    const item = normalise(value[name], name);
    if (item === null || item === undefined) continue;
    if (name === 'always_run' && item === false) continue;
    if (name === 'name' && item === '' && key !== 'env') continue;
    if (leftOutWhenEmpty.has(name) && typeof item === 'object' && Object.keys(item).length === 0) continue;
    result[name] = item;
  }
  return result;
}

export function isEqual(one, other) {
  return JSON.stringify(normalise(one)) === JSON.stringify(normalise(other));
}

/** The first place two values differ in, for people. */
export function firstDifference(ours, theirs, path = '') {
  const [a, b] = [normalise(ours), normalise(theirs)];
  if (JSON.stringify(a) === JSON.stringify(b)) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || a === undefined || b === undefined) return `${path || '.'}: ours ${show(a)}, upstream ${show(b)}`;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return `${path || '.'}: differs`;
}

function show(value) {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
