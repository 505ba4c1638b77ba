// What the ConfigMap says, in memory: only texts that changed are read again.
import { messageOf } from '@prow/base-errors';
import type { ConfigMap } from '@prow/model-kube-types';
import { clusterPrefix, emptyMeta, formatCluster, metaKey, movesPrefix, oldKey, parseCluster, parseMeta, parseOldPool } from './pool-document.ts';
import { PoolIndex } from './pool-index.ts';
import type { Cluster, PoolMeta } from './types.ts';

export interface ClusterChange {
  name: string;
  before: Cluster | undefined;
  after: Cluster | undefined;
}

export interface Absorbed {
  changes: ClusterChange[];
  /** Texts that are broken now and were not before, or in another way. */
  problems: { key: string; problem: string }[];
  /** Keys that were broken and are not any more. */
  mended: string[];
}

export class StoredPool {
  readonly index = new PoolIndex();
  meta: PoolMeta = emptyMeta;
  /** The resourceVersion this is; undefined: there is no ConfigMap. */
  version: string | undefined;
  /** What is wrong with `pool.json`: nothing may be changed then. */
  problem: string | undefined;
  /** What the next commit has to write besides its own: the step from version 1. */
  pending: Readonly<Record<string, string | null>> = {};
  readonly #texts = new Map<string, { text: string; bytes: number }>();
  /** Clusters known from version 1's text alone. */
  #oldNames: readonly string[] = [];
  #bytes = 0;
  #movesBytes = 0;

  /** Keys and values, as Kubernetes counts them, without the moves. */
  get clusterBytes(): number {
    return this.#bytes - this.#movesBytes;
  }

  get movesBytes(): number {
    return this.#movesBytes;
  }

  textOf(key: string): string | undefined {
    return this.#texts.get(key)?.text;
  }

  bytesOf(key: string): number {
    return this.#texts.get(key)?.bytes ?? 0;
  }

  /** Keys of moves that are not yet in the artifact storage, oldest first. */
  movesKeys(): string[] {
    return [...this.#texts.keys()].filter((key) => key.startsWith(movesPrefix)).toSorted();
  }

  broken(): { key: string; problem: string }[] {
    const whole = this.problem === undefined ? [] : [{ key: this.#texts.has(metaKey) ? metaKey : oldKey, problem: this.problem }];
    return [...whole, ...[...this.index.broken()].map(([name, problem]) => ({ key: clusterPrefix + name, problem }))];
  }

  /** Takes over what was read. */
  absorb(object: ConfigMap | undefined): Absorbed {
    const absorbed: Absorbed = { changes: [], problems: [], mended: [] };
    const data = object?.data ?? {};
    for (const key of this.#texts.keys()) if (!Object.hasOwn(data, key)) this.#drop(key, absorbed);
    for (const [key, text] of Object.entries(data)) if (this.#texts.get(key)?.text !== text) this.#take(key, text, absorbed);
    if (!Object.hasOwn(data, metaKey)) this.#absorbOld(data[oldKey], absorbed);
    this.version = object?.metadata.resourceVersion;
    return absorbed;
  }

  /** Takes over what was written. The index has it already. */
  commit(data: Readonly<Record<string, string | null>>, meta: PoolMeta, version: string | undefined): void {
    for (const [key, text] of Object.entries(data)) {
      if (text === null) this.#forget(key);
      else this.#remember(key, text);
    }
    this.meta = meta;
    this.pending = {};
    this.#oldNames = [];
    this.version = version;
  }

  #take(key: string, text: string, absorbed: Absorbed): void {
    this.#remember(key, text);
    if (key === metaKey) {
      this.#guard(key, this.problem, absorbed, (problem) => (this.problem = problem), () => {
        const meta = parseMeta(text);
        // One that was taken back by hand would give numbers twice.
        this.meta = { ...meta, sequence: Math.max(meta.sequence, this.meta.sequence) };
      });
      return;
    }
    if (!key.startsWith(clusterPrefix)) return;
    const name = key.slice(clusterPrefix.length);
    this.#guard(key, this.index.problemOf(name), absorbed, (problem) => this.index.setProblem(name, problem), () => this.#set(name, parseCluster(name, text), absorbed));
  }

  #guard(key: string, known: string | undefined, absorbed: Absorbed, note: (problem: string | undefined) => void, read: () => void): void {
    try {
      read();
      note(undefined);
      if (known !== undefined) absorbed.mended.push(key);
    } catch (error) {
      const problem = messageOf(error);
      note(problem);
      if (problem !== known) absorbed.problems.push({ key, problem });
    }
  }

  #drop(key: string, absorbed: Absorbed): void {
    this.#forget(key);
    if (key === metaKey) this.problem = undefined;
    if (!key.startsWith(clusterPrefix)) return;
    const name = key.slice(clusterPrefix.length);
    if (this.index.problemOf(name) !== undefined) absorbed.mended.push(key);
    this.index.setProblem(name, undefined);
    this.#set(name, undefined, absorbed);
  }

  #absorbOld(text: string | undefined, absorbed: Absorbed): void {
    this.pending = {};
    if (text === undefined) {
      this.problem = undefined;
      this.#takeOld([], absorbed);
      return;
    }
    this.#guard(oldKey, this.problem, absorbed, (problem) => (this.problem = problem), () => {
      const clusters = parseOldPool(text);
      this.#takeOld(clusters, absorbed);
      this.pending = { [oldKey]: null, ...Object.fromEntries(clusters.map((cluster) => [clusterPrefix + cluster.name, formatCluster(cluster)])) };
    });
  }

  #takeOld(clusters: readonly Cluster[], absorbed: Absorbed): void {
    const names = new Set(clusters.map(({ name }) => name));
    for (const name of this.#oldNames) if (!names.has(name) && !this.#texts.has(clusterPrefix + name)) this.#set(name, undefined, absorbed);
    for (const cluster of clusters) this.#set(cluster.name, cluster, absorbed);
    this.#oldNames = [...names];
  }

  #set(name: string, after: Cluster | undefined, absorbed: Absorbed): void {
    const before = this.index.get(name);
    this.index.set(name, after);
    absorbed.changes.push({ name, before, after });
  }

  #remember(key: string, text: string): void {
    this.#forget(key);
    const bytes = Buffer.byteLength(key) + Buffer.byteLength(text);
    this.#texts.set(key, { text, bytes });
    this.#count(key, bytes);
  }

  #forget(key: string): void {
    this.#count(key, -this.bytesOf(key));
    this.#texts.delete(key);
  }

  #count(key: string, bytes: number): void {
    this.#bytes += bytes;
    if (key.startsWith(movesPrefix)) this.#movesBytes += bytes;
  }
}
