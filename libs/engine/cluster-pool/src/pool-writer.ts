// Moves → commits. Requests that come together are committed together, in one update of the ConfigMap that succeeds only on
// the version it was computed from; each is answered only after it. So any number of replicas may write.
import { randomUUID } from 'node:crypto';
import type { Logger } from '@prow/base-log';
import { backoffMs, type Clock } from '@prow/base-time';
import { KubeError, type ResourceApi } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';
import { applyMove } from './apply-move.ts';
import { configMapKey, emptyPool, formatPool, maxStateBytes, parsePool } from './pool-document.ts';
import { poolFull, storageTrouble } from './refusal.ts';
import type { Cluster, Move, PoolState } from './types.ts';

const requestTimeoutMs = 20_000;
const commitKeptMs = 3_600_000;
const maxBatch = 2000;

export interface PoolWriterOptions {
  configMaps: ResourceApi<ConfigMap>;
  /** The ConfigMap's name. */
  name: string;
  clock: Clock;
  log: Logger;
  onCommitted?: (state: PoolState) => void;
}

export interface MoveAnswer {
  cluster: Cluster | undefined;
  state: PoolState;
  changed: boolean;
}

interface Waiting {
  move: Move;
  resolve: (answer: MoveAnswer) => void;
  reject: (error: unknown) => void;
  /** Its time was up; what becomes of it is nobody's business any more. */
  isGone: boolean;
}

interface Loaded {
  object: ConfigMap | undefined;
  state: PoolState;
}

export class PoolWriter {
  readonly #options: PoolWriterOptions;
  readonly #writer = randomUUID().slice(0, 8);
  #number = 0;
  #queue: Waiting[] = [];
  #loaded: Loaded | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #trouble: unknown;

  constructor(options: PoolWriterOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the move is durable. Rejects with a refusal (nothing changed) or PROW_CLUSTER_POOL_STORAGE (not known
   * whether it took effect; asking again is safe).
   */
  submit(move: Move): Promise<MoveAnswer> {
    if (this.#isStopped) return Promise.reject(storageTrouble(new Error('the pool is stopping')));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { move, resolve, reject, isGone: false };
      const timer = this.#options.clock.after(requestTimeoutMs, () => {
        waiting.isGone = true;
        reject(storageTrouble(this.#trouble));
      });
      waiting.resolve = (answer) => {
        timer.cancel();
        resolve(answer);
      };
      waiting.reject = (error) => {
        timer.cancel();
        reject(error);
      };
      this.#queue.push(waiting);
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
    });
  }

  /** What others have written since: the next batch starts from it. */
  observe(object: ConfigMap): void {
    if (this.#running === undefined) this.#loaded = this.#tryParse(object) ?? this.#loaded;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // The requests of this turn of the event loop belong together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, maxBatch);
      await this.#commit(batch);
    }
  }

  async #commit(batch: Waiting[]): Promise<void> {
    let open = batch;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      try {
        open = await this.#attempt(open);
      } catch (error) {
        this.#loaded = undefined;
        this.#trouble = error;
        if (!isPassing(error) || this.#isStopped) {
          for (const waiting of open) waiting.reject(error instanceof KubeError ? storageTrouble(error) : error);
          return;
        }
        await this.#pause(attempt);
        open = open.filter(({ isGone }) => !isGone);
      }
    }
  }

  async #pause(attempt: number): Promise<void> {
    await this.#options.clock.sleep(backoffMs(attempt, { baseMs: 20, maxMs: 1000, jitter: 0.5 }));
  }

  /** One computation and one write, or, where nothing changes, one look that the state is still the same. Answers what must be done again. */
  async #attempt(batch: Waiting[]): Promise<Waiting[]> {
    const loaded = (this.#loaded ??= await this.#load());
    const now = this.#options.clock.now();
    let state = loaded.state;
    let changed = false;
    const answers: (() => void)[] = [];
    for (const waiting of batch) {
      try {
        const outcome = applyMove(state, waiting.move, now);
        if (outcome.changed) {
          const sizeBytes = Buffer.byteLength(formatPool(outcome.state));
          if (waiting.move.kind === 'addcluster' && sizeBytes > maxStateBytes) throw poolFull(sizeBytes, maxStateBytes);
        }
        state = outcome.state;
        changed ||= outcome.changed;
        answers.push(() => waiting.resolve({ cluster: outcome.cluster, state, changed: outcome.changed }));
      } catch (error) {
        answers.push(() => waiting.reject(error));
      }
    }
    if (changed) {
      const stored = await this.#write(loaded, state, now);
      if (stored === undefined) return batch;
      this.#loaded = stored;
      this.#options.onCommitted?.(stored.state);
    } else {
      const fresh = await this.#load();
      const isSame = fresh.object?.metadata.resourceVersion === loaded.object?.metadata.resourceVersion;
      this.#loaded = fresh;
      if (!isSame) return batch;
    }
    for (const answer of answers) answer();
    return [];
  }

  /**
   * Undefined: another writer was first, and nothing of this was written. A write whose answer is lost is repeated
   * unchanged, on the same version: it can take effect once only, and in the end one of the tries tells.
   */
  async #write({ object }: Loaded, state: PoolState, now: number): Promise<Loaded | undefined> {
    this.#number += 1;
    const number = this.#number;
    const at = new Date(now).toISOString();
    const recent = Object.entries(state.commits).filter(([, commit]) => now - Date.parse(commit.at) < commitKeptMs);
    const marked: PoolState = { ...state, commits: { ...Object.fromEntries(recent), [this.#writer]: { number, at } } };
    const { configMaps, name } = this.#options;
    const data = { ...object?.data, [configMapKey]: formatPool(marked) };
    for (let attempt = 0; ; attempt += 1) {
      try {
        const written = object === undefined
          ? await configMaps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
          : await configMaps.update({ ...object, data });
        return { object: written, state: marked };
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        this.#trouble = error;
        if (error.reason === 'Conflict' || error.reason === 'AlreadyExists' || error.reason === 'NotFound') {
          const fresh = await this.#loadPatiently();
          return fresh.state.commits[this.#writer]?.number === number ? fresh : this.#forget(fresh);
        }
        // Never given up while the outcome is open: a later computation must know whether this one counts.
        if (!isPassing(error) || this.#isStopped) throw error;
        await this.#pause(attempt);
      }
    }
  }

  #forget(fresh: Loaded): undefined {
    this.#loaded = fresh;
    return undefined;
  }

  async #loadPatiently(): Promise<Loaded> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#load();
      } catch (error) {
        if (!isPassing(error) || this.#isStopped) throw error;
        await this.#pause(attempt);
      }
    }
  }

  async #load(): Promise<Loaded> {
    const object = await this.#options.configMaps.find(this.#options.name);
    const json = object?.data?.[configMapKey];
    return { object, state: json === undefined ? emptyPool : parsePool(json) };
  }

  #tryParse(object: ConfigMap): Loaded | undefined {
    try {
      const json = object.data?.[configMapKey];
      return { object, state: json === undefined ? emptyPool : parsePool(json) };
    } catch (error) {
      this.#options.log.error('a change of the pool by another hand is broken and not used', { error });
      return undefined;
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof KubeError && error.transient;
}
