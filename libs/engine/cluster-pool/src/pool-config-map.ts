// The ConfigMap at the API server: reads and writes that know whether their outcome is certain, and for how long it is silent.
import { backoffMs, type Clock } from '@prow/base-time';
import { KubeError, type ResourceApi } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';
import { storageTrouble } from './refusal.ts';

/** The storage is in trouble when it has answered nothing for so long: who asks then is told at once. */
const troubleAfterMs = 3000;

export interface PoolConfigMapOptions {
  configMaps: ResourceApi<ConfigMap>;
  /** The ConfigMap's name. */
  name: string;
  clock: Clock;
  /** Chance from 0 up to 1; default Math.random. */
  random?: () => number;
}

export class PoolConfigMap {
  /** Calls that failed for the moment, or whose answer was lost, since the start. */
  troubles = 0;
  readonly #options: PoolConfigMapOptions;
  #trouble: unknown;
  /** When the first call began since the API server answered last. */
  #unansweredSinceMs: number | undefined;
  #isStopped = false;

  constructor(options: PoolConfigMapOptions) {
    this.#options = options;
  }

  /** Nothing has been heard for a while, although it was asked. */
  isInTrouble(afterMs = troubleAfterMs): boolean {
    return this.#unansweredSinceMs !== undefined && this.#options.clock.now() - this.#unansweredSinceMs > afterMs;
  }

  /** What is told to whom the silence concerns. */
  trouble(outcome: 'undone' | 'unknown'): Error {
    return storageTrouble(this.#trouble, outcome);
  }

  /** Nothing is tried again from now on. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Whether a failed call may be made again. */
  isPassing(error: unknown): boolean {
    return isPassing(error) && !this.#isStopped;
  }

  note(error: unknown): void {
    this.#trouble = error;
    if (isPassing(error)) this.troubles += 1;
  }

  async pause(attempt: number): Promise<void> {
    const { clock, random = Math.random } = this.#options;
    await clock.sleep(backoffMs(attempt, { baseMs: 20, maxMs: 1000, jitter: 0.5, random }));
  }

  async find(): Promise<ConfigMap | undefined> {
    return await this.#call(() => this.#options.configMaps.find(this.#options.name));
  }

  async findPatiently(): Promise<ConfigMap | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.find();
      } catch (error) {
        this.note(error);
        if (!this.isPassing(error)) throw error;
        await this.pause(attempt);
      }
    }
  }

  /** undefined: there is none. */
  async version(): Promise<string | undefined> {
    const object = await this.#call(() => this.#options.configMaps.find(this.#options.name, { metadataOnly: true }));
    return object?.metadata.resourceVersion;
  }

  /** Writes on `version` (undefined: where there is none). Returns the new version; undefined: it is not that version any more. */
  async store(data: Record<string, string | null>, version: string | undefined): Promise<string | undefined> {
    const { configMaps, name } = this.#options;
    // Who wrote which key is not kept: the list would be as long as the pool, and travel with every answer.
    const body = { metadata: { managedFields: [{}] }, data };
    for (let attempt = 0; ; attempt += 1) {
      try {
        const written = await this.#call(() => (version === undefined
          ? configMaps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: withoutNulls(data) }, { metadataOnly: true })
          : configMaps.patch(name, { type: 'merge', body }, { resourceVersion: version, metadataOnly: true })));
        return written.metadata.resourceVersion;
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        this.note(error);
        if (isAboutVersion(error)) return undefined;
        // Never given up while the outcome is open: a later computation must know whether this one counts.
        if (!this.isPassing(error)) throw error;
        await this.pause(attempt);
      }
    }
  }

  /** Keeps in mind since when the API server owes an answer. */
  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#unansweredSinceMs ??= this.#options.clock.now();
    try {
      const result = await work();
      this.#unansweredSinceMs = undefined;
      return result;
    } catch (error) {
      if (error instanceof KubeError && isAboutVersion(error)) this.#unansweredSinceMs = undefined;
      throw error;
    }
  }
}

function withoutNulls(data: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** It is not the version any more that the call was made for. */
function isAboutVersion({ reason }: KubeError): boolean {
  return reason === 'Conflict' || reason === 'AlreadyExists' || reason === 'NotFound';
}

function isPassing(error: unknown): boolean {
  return error instanceof KubeError && error.transient;
}
