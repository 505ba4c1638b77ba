import { isJsonObject, type JsonObject } from '../api-object.ts';
import { textOf } from '../text-of.ts';

/** A label selector's object as the text that lists take: `a=b,c in (d,e)`. upstream: meta/v1 FormatLabelSelector */
export function formatLabelSelector(selector: JsonObject): string {
  const labels = isJsonObject(selector['matchLabels']) ? selector['matchLabels'] : {};
  const expressions = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'].filter(isJsonObject) : [];
  const parts = Object.entries(labels).map(([key, value]) => ({ key, text: `${key}=${textOf(value)}` }));
  for (const one of expressions) {
    const key = textOf(one['key']);
    const values = Array.isArray(one['values']) ? one['values'].map(textOf).sort().join(',') : '';
    const texts: Readonly<Record<string, string>> = { In: `${key} in (${values})`, NotIn: `${key} notin (${values})`, Exists: key, DoesNotExist: `!${key}` };
    const text = texts[textOf(one['operator'])];
    if (text !== undefined) parts.push({ key, text });
  }
  return parts.sort((left, right) => (left.key < right.key ? -1 : 1)).map(({ text }) => text).join(',');
}
