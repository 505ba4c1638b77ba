// Moves → commits. Requests that come together are committed together, in one patch of the keys that changed, which succeeds
// only on the version it was computed from; each is answered only after it. So any number of replicas may write.
import { randomUUID } from 'node:crypto';
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { KubeError, type ResourceApi } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';
import { MoveQueue, type MoveAnswer, type QueuedMove, type SubmitOptions } from './move-queue.ts';
import { PoolConfigMap } from './pool-config-map.ts';
import { clusterPrefix, metaKey, parseMeta } from './pool-document.ts';
import { PoolDraft, type MoveNote } from './pool-draft.ts';
import { brokenPool, storageTrouble } from './refusal.ts';
import { StoredPool, type Absorbed, type ClusterChange } from './stored-pool.ts';
import type { Move, PoolRules, PoolSnapshot } from './types.ts';

export interface PoolWriterOptions {
  configMaps: ResourceApi<ConfigMap>;
  /** The ConfigMap's name. */
  name: string;
  rules: PoolRules;
  clock: Clock;
  log: Logger;
  /** Since when somebody waits here, for the other writers. */
  waits?: () => string | undefined;
  /** What changed, by this writer or another. */
  onChanged?: (changes: readonly ClusterChange[]) => void;
  /** Chance from 0 up to 1; default Math.random. */
  random?: () => number;
  /** Default: a name nobody else has. */
  writer?: string;
}

/** How the writer fares, since its start. */
export interface WriterFigures {
  commits: number;
  moves: number;
  conflicts: number;
  brokenEdits: number;
  droppedMoves: number;
  commitSeconds: number;
}

export class PoolWriter {
  readonly writer: string;
  readonly figures: WriterFigures = { commits: 0, moves: 0, conflicts: 0, brokenEdits: 0, droppedMoves: 0, commitSeconds: 0 };
  /** Where the pool is kept, and how that fares. */
  readonly storage: PoolConfigMap;
  readonly #options: PoolWriterOptions;
  readonly #stored = new StoredPool();
  readonly #ownVersions = new Set<string>();
  #isLoaded = false;
  #number = 0;
  readonly #queue: MoveQueue;
  #done = new Set<string>();
  #isToAnnounce = false;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: PoolWriterOptions) {
    this.#options = options;
    this.storage = new PoolConfigMap(options);
    this.#queue = new MoveQueue({ clock: options.clock, trouble: (outcome) => this.storage.trouble(outcome) });
    this.writer = options.writer ?? randomUUID().slice(0, 8);
  }

  /** The pool as it was known last: to look at, never to answer from. */
  get stored(): Omit<StoredPool, 'absorb' | 'commit'> {
    return this.#stored;
  }

  /** A version that was told by a watch: whether it is another's, not yet known here. */
  isForeign(version: string | undefined): boolean {
    return this.#running === undefined && version !== this.#stored.version && !this.#ownVersions.has(version ?? '');
  }

  /**
   * Resolves when the move is durable. Rejects with a refusal (nothing changed) or PROW_CLUSTER_POOL_STORAGE, whose
   * `details.outcome` says whether it is certain that nothing was done. Who is gone, or was told so, gets nothing done
   * afterwards, but for a write that was under way: `onUnheard` hears of that.
   */
  submit(move: Move, note: MoveNote = { who: 'pool' }, options: SubmitOptions = {}): Promise<MoveAnswer> {
    if (this.#isStopped) return Promise.reject(storageTrouble(new Error('the pool is stopping'), 'undone'));
    if (this.storage.isInTrouble() && options.isPatient !== true) return Promise.reject(this.storage.trouble('undone'));
    const answer = this.#queue.add(move, note, options);
    this.#run();
    return answer;
  }

  /** The state that all writers agree on now. */
  async read(): Promise<PoolSnapshot> {
    const { snapshot } = await this.submit({ kind: 'read', isWhole: true });
    return snapshot ?? this.#snapshot();
  }

  /** Tells the other writers since when somebody waits here. */
  async announce(): Promise<void> {
    this.#isToAnnounce = true;
    await this.refresh();
  }

  /** Afterwards `stored` is, or is later than, what all writers agreed on when this was called. */
  async refresh(): Promise<void> {
    await this.submit({ kind: 'read', isWhole: false }, undefined, { isPatient: true });
  }

  #snapshot(): PoolSnapshot {
    return { clusters: [...this.#stored.index.all()].toSorted((a, b) => (a.name < b.name ? -1 : 1)), broken: this.#stored.broken() };
  }

  /** These keys of moves are in the artifact storage: the next commit drops them. */
  drop(keys: Iterable<string>): void {
    for (const key of keys) this.#done.add(key);
    this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.storage.stop();
    await this.#running;
  }

  #run(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      if (this.#queue.length > 0) this.#run();
    });
  }

  async #work(): Promise<void> {
    // The requests of this turn of the event loop belong together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0 || (this.#done.size > 0 && !this.#isStopped)) {
      const batch = await this.#queue.take();
      await this.#commit(batch);
      this.#queue.committed(batch.length);
    }
  }

  async #commit(batch: QueuedMove[]): Promise<void> {
    let open = batch;
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (!this.#isLoaded) await this.#load();
        open = this.#queue.stillWanted(open);
        if (open.length > 0 || batch.length === 0) open = await this.#attempt(open);
        if (open.length === 0) return;
      } catch (error) {
        this.#isLoaded = false;
        this.storage.note(error);
        if (!this.storage.isPassing(error)) {
          for (const waiting of open) waiting.reject(error instanceof KubeError ? storageTrouble(error, waiting.isUnderWay ? 'unknown' : 'undone') : error);
          this.#done.clear();
          return;
        }
        // Only moves to be dropped: whoever wanted that will say so again.
        if (batch.length === 0) this.#done.clear();
        await this.storage.pause(attempt);
        open = this.#queue.stillWanted(open);
        if (open.length === 0) return;
      }
    }
  }

  /** One computation and one write, or, where nothing changes, one look that the state is still the same. Answers what must be done again. */
  async #attempt(batch: QueuedMove[]): Promise<QueuedMove[]> {
    const draft = new PoolDraft(this.#stored, { ...this.#options.rules, nowMs: this.#options.clock.now() });
    const answers: (() => void)[] = [];
    let snapshot: PoolSnapshot | undefined;
    for (const waiting of batch) {
      try {
        if (this.#stored.problem !== undefined && waiting.move.kind !== 'read') throw brokenPool(this.#stored.problem);
        const { cluster, change } = draft.apply(waiting.move, waiting.note);
        answers.push(() => waiting.resolve({ cluster, changed: change !== undefined, ...(waiting.move.kind === 'read' && waiting.move.isWhole ? { snapshot: (snapshot ??= this.#snapshot()) } : {}) }));
      } catch (error) {
        answers.push(() => waiting.reject(error));
      }
    }
    const canWrite = this.#stored.problem === undefined;
    if (!canWrite) this.#done.clear();
    const isLook = draft.isEmpty && ((this.#done.size === 0 && !this.#isToAnnounce) || !canWrite);
    for (const each of batch) each.isUnderWay = !isLook;
    const isDone = isLook ? await this.#look() : await this.#write(draft, batch.length);
    if (!isDone) {
      for (const each of batch) each.isUnderWay = false;
      return batch;
    }
    for (const answer of answers) answer();
    return [];
  }

  /** False: another has written meanwhile. */
  async #look(): Promise<boolean> {
    if ((await this.storage.version()) === this.#stored.version) return true;
    await this.#load();
    return false;
  }

  /**
   * False: another writer was first, and nothing of this was written. A write whose answer is lost is repeated
   * unchanged, on the same version: it can take effect once only, and in the end one of the tries tells.
   */
  async #write(draft: PoolDraft, moves: number): Promise<boolean> {
    this.#number += 1;
    const done = [...this.#done];
    const { clock } = this.#options;
    const startedMs = clock.now();
    const { data, meta, droppedMoves } = draft.toData({ writer: this.writer, number: this.#number, waits: this.#options.waits?.(), done });
    try {
      const version = await this.storage.store(data, this.#stored.version);
      if (version !== undefined) this.#stored.commit(data, meta, version);
      else if (!(await this.#isWritten(draft))) return false;
    } catch (error) {
      draft.takeBack();
      throw error;
    }
    for (const key of done) this.#done.delete(key);
    this.#isToAnnounce = false;
    this.#remember(this.#stored.version);
    this.figures.commits += 1;
    this.figures.moves += moves;
    this.figures.droppedMoves += droppedMoves;
    this.figures.commitSeconds += (clock.now() - startedMs) / 1000;
    const changes = draft.changes();
    if (changes.length > 0) this.#options.onChanged?.(changes);
    return true;
  }

  /** After a conflict: it was an earlier try of ours that made the new version, or another's write. The state is the new one after it. */
  async #isWritten(draft: PoolDraft): Promise<boolean> {
    const object = await this.storage.findPatiently();
    if (commitNumberOf(object, this.writer) === this.#number) {
      this.#absorb(object);
      return true;
    }
    this.figures.conflicts += 1;
    draft.takeBack();
    this.#absorb(object);
    return false;
  }

  async #load(): Promise<void> {
    this.#absorb(await this.storage.find());
  }

  #absorb(object: ConfigMap | undefined): void {
    const { version, index } = this.#stored;
    if (object === undefined && version !== undefined) this.#options.log.error('the ConfigMap of the pool was deleted: the pool is empty, and its leases are forgotten', { configMap: this.#options.name, clusters: index.size });
    const absorbed = this.#stored.absorb(object);
    this.#isLoaded = true;
    this.#report(absorbed);
    for (const clusters of index.takeDoubles()) this.#options.log.error('an edit of the pool by another hand gave one build two clusters: one of them has to be returned', { clusters });
    if (absorbed.changes.length > 0) this.#options.onChanged?.(absorbed.changes);
  }

  #report({ problems, mended }: Absorbed): void {
    const { log } = this.#options;
    this.figures.brokenEdits += problems.length;
    for (const { key, problem } of problems) {
      if (key.startsWith(clusterPrefix) && this.#stored.index.get(key.slice(clusterPrefix.length)) === undefined) log.error('an edit of the pool by another hand is broken and not used, and no good state of it is known here: nobody gets that cluster', { key, problem });
      else log.error('an edit of the pool by another hand is broken and not used: its last good state is kept and not touched', { key, problem });
    }
    for (const key of mended) log.info('a broken edit of the pool was mended', { key });
  }

  #remember(version: string | undefined): void {
    this.#ownVersions.add(version ?? '');
    for (const oldest of this.#ownVersions) {
      if (this.#ownVersions.size <= 100) return;
      this.#ownVersions.delete(oldest);
    }
  }

}

function commitNumberOf(object: ConfigMap | undefined, writer: string): number | undefined {
  try {
    return parseMeta(object?.data?.[metaKey] ?? '').commits[writer]?.number;
  } catch {
    return undefined;
  }
}
