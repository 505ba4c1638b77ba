// Since when a schedule holds: kept in a ConfigMap, so that a fire missed while nothing ran is known to be missed.
import type { ResourceApi } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';

export const firstSeenConfigMap = 'prow-periodic-schedules';
/** A ConfigMap holds 1 MiB; an entry takes some 150 bytes. */
const maxEntries = 5000;

export interface FirstSeen {
  /** Reads what was kept. */
  load(): Promise<void>;
  /** Since when the job has this schedule; from now on if it was not known. Unix ms. */
  sinceMs(job: string, schedule: string, nowMs: number): number;
  /** Keeps what is new; forgets jobs that are not among the given ones. */
  save(jobs: ReadonlySet<string>): Promise<void>;
}

interface Mark {
  schedule: string;
  sinceMs: number;
}

/** One entry a job under a key that a ConfigMap allows: the name is made of letters, digits, `.`, `_` and `-`. */
export class ConfigMapFirstSeen implements FirstSeen {
  readonly #configMaps: Pick<ResourceApi<ConfigMap>, 'find' | 'create' | 'patch'>;
  readonly #marks = new Map<string, Mark>();
  readonly #changed = new Set<string>();
  #exists = false;

  constructor({ configMaps }: { configMaps: Pick<ResourceApi<ConfigMap>, 'find' | 'create' | 'patch'> }) {
    this.#configMaps = configMaps;
  }

  async load(): Promise<void> {
    const configMap = await this.#configMaps.find(firstSeenConfigMap);
    this.#exists = configMap !== undefined;
    for (const [job, text] of Object.entries(configMap?.data ?? {})) {
      const mark = readMark(text);
      if (mark !== undefined) this.#marks.set(job, mark);
    }
  }

  sinceMs(job: string, schedule: string, nowMs: number): number {
    const known = this.#marks.get(job);
    // A clock that was set back must not keep a job from running.
    if (known !== undefined && known.schedule === schedule && known.sinceMs <= nowMs) return known.sinceMs;
    this.#marks.set(job, { schedule, sinceMs: nowMs });
    this.#changed.add(job);
    return nowMs;
  }

  async save(jobs: ReadonlySet<string>): Promise<void> {
    const data: Record<string, string | null> = {};
    for (const job of this.#marks.keys()) {
      if (jobs.has(job)) continue;
      this.#marks.delete(job);
      data[job] = null;
    }
    for (const job of [...this.#changed].slice(0, maxEntries)) {
      const mark = this.#marks.get(job);
      if (mark !== undefined) data[job] = JSON.stringify(mark);
    }
    if (Object.keys(data).length === 0) return;
    if (!this.#exists) await this.#create();
    await this.#configMaps.patch(firstSeenConfigMap, { type: 'merge', body: { data } });
    this.#changed.clear();
  }

  async #create(): Promise<void> {
    if ((await this.#configMaps.find(firstSeenConfigMap)) === undefined) {
      await this.#configMaps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: firstSeenConfigMap }, data: {} });
    }
    this.#exists = true;
  }
}

function readMark(text: string): Mark | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('schedule' in value) || !('sinceMs' in value)) return undefined;
    return typeof value.schedule === 'string' && typeof value.sinceMs === 'number' ? { schedule: value.schedule, sinceMs: value.sinceMs } : undefined;
  } catch {
    return undefined;
  }
}
