// Pod disruption budgets, as far as eviction needs them: how many matching pods must stay ready.
import { matchesLabels, selectorFromObject, type LabelSelector } from '@prow/model-kube-types';
import { fromStoredText, isJsonObject, metadataOf, type ApiObject } from '../api-object.ts';
import type { Core } from '../core.ts';
import { tooManyRequests } from '../status-error.ts';
import { readPath } from '../wire/json-path.ts';
import type { Target } from '../verbs/write-object.ts';

const budgets = 'poddisruptionbudgets.policy';

/** Throws 429 when a budget has no disruption left. A pod that is over or not started costs nothing. */
export async function countEvictionBudget(core: Core, { namespace }: Target, pod: ApiObject): Promise<void> {
  const phase = readPath(pod, '.status.phase')[0];
  if (phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined) return;
  for (const key of keysOf(core, budgets, namespace)) {
    const version = core.store.get(budgets, key);
    if (version === undefined) continue;
    const budget = fromStoredText(version.body, { apiVersion: '', kind: '' });
    const spec = isJsonObject(budget['spec']) ? budget['spec'] : {};
    const selector = selectorFromObject(spec['selector'] as LabelSelector | undefined);
    if (selector === undefined || !matchesLabels(selector, pod.metadata.labels)) continue;
    const matching = keysOf(core, 'pods', namespace)
      .map((one) => core.store.get('pods', one))
      .filter((one) => one !== undefined && matchesLabels(selector, metadataOf(one).labels));
    const healthy = matching.filter((one) => one !== undefined && isReady(fromStoredText(one.body, { apiVersion: '', kind: '' }))).length;
    const least = spec['minAvailable'] !== undefined ? amount(spec['minAvailable'], matching.length) : matching.length - amount(spec['maxUnavailable'] ?? 0, matching.length);
    if (healthy - 1 < least) throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 10);
  }
}

function keysOf({ store }: Core, storage: string, namespace: string): readonly string[] {
  const collection = store.collection(storage);
  const { start, end } = collection.range(`${namespace}/`);
  return collection.keys().slice(start, end);
}

function isReady(pod: ApiObject): boolean {
  return readPath(pod, '.status.conditions[?(@.type=="Ready")].status')[0] === 'True';
}

function amount(value: unknown, of: number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d{1,3})%$/.exec(String(value));
  return percent === null ? 0 : Math.ceil((Number(percent[1]) / 100) * of);
}
