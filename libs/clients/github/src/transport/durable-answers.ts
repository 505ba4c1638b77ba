import type { Store } from '@prow/clients-store';
import type { AnswerStore, CachedAnswer } from './answer-cache.ts';

const prefix = 'github-answer/';
const defaultMaxAnswers = 20_000;
/** How many writes lie between two looks at the size. */
const sweepEvery = 500;

/**
 * Keeps answers in a store, so that a restart costs no requests for what has not changed. Writes are not waited for: a
 * lost one costs a request. When there are too many, those longest not written go.
 */
export function durableAnswers(store: Store, { maxAnswers = defaultMaxAnswers }: { maxAnswers?: number } = {}): AnswerStore {
  let writes = 0;
  function sweep(): void {
    const ages: { key: string; writtenAt: number }[] = [];
    for (const { key, value } of store.range({ prefix })) ages.push({ key, writtenAt: Number(value.slice(0, value.indexOf('\n'))) });
    const surplus = ages.length - maxAnswers;
    if (surplus <= 0) return;
    const oldest = ages.toSorted((a, b) => a.writtenAt - b.writtenAt).slice(0, surplus);
    store
      .transaction((transaction) => {
        for (const { key } of oldest) transaction.delete(key);
      })
      .catch(() => {});
  }
  return {
    get: async (key) => {
      const text = store.get(prefix + key);
      return text === undefined ? undefined : (JSON.parse(text.slice(text.indexOf('\n') + 1)) as CachedAnswer);
    },
    put: (key, answer) => {
      store.put(prefix + key, `${Date.now()}\n${JSON.stringify(answer)}`).catch(() => {});
      writes += 1;
      if (writes % sweepEvery === 0) sweep();
      return Promise.resolve();
    },
  };
}
