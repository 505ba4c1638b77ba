/** A field that should be text, from an object that may hold anything: numbers and booleans as written, else ''. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
