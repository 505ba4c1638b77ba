// A batch of moves on the pool in memory, that becomes one commit, or is taken back as if it had never been.
import { decideMove } from './decide-move.ts';
import { clusterPrefix, formatCluster, maxBytes, metaKey, movesPrefix } from './pool-document.ts';
import { poolFull } from './refusal.ts';
import type { ClusterChange, StoredPool } from './stored-pool.ts';
import type { Cluster, Decision, Move, MoveRecord, PoolMeta, PoolRules } from './types.ts';

/** Who asks, and why: for the history. */
export interface MoveNote {
  who: string;
  why?: string;
}

/** These make a cluster's text longer for good or for a while; all others have to be possible always. */
const growing: ReadonlySet<Move['kind']> = new Set(['addcluster', 'getvacant', 'holdcluster']);
const commitKeptMs = 3_600_000;

export class PoolDraft {
  readonly #stored: StoredPool;
  readonly #rules: PoolRules & { nowMs: number };
  readonly #texts = new Map<string, string | undefined>();
  readonly #before = new Map<string, Cluster | undefined>();
  readonly #records: Omit<MoveRecord, 'id'>[] = [];
  #grownBytes = 0;

  constructor(stored: StoredPool, rules: PoolRules & { nowMs: number }) {
    this.#stored = stored;
    this.#rules = rules;
  }

  get isEmpty(): boolean {
    return this.#before.size === 0;
  }

  /** @throws ProwError PROW_CLUSTER_POOL_*: refused; this move left no trace */
  apply(move: Move, note: MoveNote): Decision {
    const { index } = this.#stored;
    const decision = decideMove(index, move, this.#rules);
    const { change } = decision;
    if (change === undefined) return decision;
    const { name, before, after } = change;
    const key = clusterPrefix + name;
    const text = after === undefined ? undefined : formatCluster(after);
    const bytes = text === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(text);
    const known = this.#texts.has(name) ? sizeOf(key, this.#texts.get(name)) : this.#stored.bytesOf(key);
    const total = this.#stored.clusterBytes + this.#grownBytes + bytes - known;
    const limit = move.kind === 'addcluster' ? maxBytes.toAdd : maxBytes.toLease;
    if (growing.has(move.kind) && bytes > known && total > limit) throw poolFull(total, limit);
    this.#grownBytes += bytes - known;
    this.#texts.set(name, text);
    if (!this.#before.has(name)) this.#before.set(name, before);
    index.set(name, after);
    if (before?.state !== after?.state) {
      const why = note.why ?? reasonOf(move);
      this.#records.push({ at: new Date(this.#rules.nowMs).toISOString(), cluster: name, move: move.kind, from: before?.state ?? '', to: after?.state ?? '', who: note.who, ...(why === undefined || why === '' ? {} : { why }) });
    }
    return decision;
  }

  /** What became of the clusters, each once. */
  changes(): ClusterChange[] {
    return [...this.#before].map(([name, before]) => ({ name, before, after: this.#stored.index.get(name) }));
  }

  takeBack(): void {
    for (const [name, before] of this.#before) this.#stored.index.set(name, before);
    this.#before.clear();
    this.#texts.clear();
    this.#records.length = 0;
    this.#grownBytes = 0;
  }

  /**
   * The keys to write. `waits`: since when somebody waits at this writer. `done`: keys of moves that are stored elsewhere. The moves of the pool have a bound: the oldest go first.
   */
  toData({ writer, number, waits, done }: { writer: string; number: number; waits: string | undefined; done: Iterable<string> }): { data: Record<string, string | null>; meta: PoolMeta; droppedMoves: number } {
    const { nowMs } = this.#rules;
    const { meta: known, pending } = this.#stored;
    const recent = Object.entries(known.commits).filter(([, { at }]) => nowMs - Date.parse(at) < commitKeptMs);
    const sequence = known.sequence + 1;
    const meta: PoolMeta = { version: 2, sequence, commits: { ...Object.fromEntries(recent), [writer]: { number, at: new Date(nowMs).toISOString(), ...(waits === undefined ? {} : { waits }) } } };
    const data: Record<string, string | null> = { ...pending, [metaKey]: JSON.stringify(meta) };
    for (const [name, text] of this.#texts) data[clusterPrefix + name] = text ?? null;
    let movesBytes = this.#stored.movesBytes;
    for (const key of done) {
      if (this.#stored.textOf(key) === undefined) continue;
      data[key] = null;
      movesBytes -= this.#stored.bytesOf(key);
    }
    if (this.#records.length > 0) {
      const lines = this.#records.map((record, index) => JSON.stringify({ id: `${sequence}.${index}.${writer}`, ...record })).join('\n');
      const key = `${movesPrefix}${String(sequence).padStart(12, '0')}.${writer}`;
      data[key] = lines;
      movesBytes += sizeOf(key, lines);
    }
    return { data, meta, droppedMoves: this.#dropOldest(data, movesBytes) };
  }

  #dropOldest(data: Record<string, string | null>, bytes: number): number {
    if (bytes <= maxBytes.moves) return 0;
    let left = bytes;
    let dropped = 0;
    for (const key of this.#stored.movesKeys()) {
      if (left <= maxBytes.moves) break;
      if (data[key] === null) continue;
      data[key] = null;
      left -= this.#stored.bytesOf(key);
      dropped += (this.#stored.textOf(key) ?? '').split('\n').length;
    }
    return dropped;
  }
}

function sizeOf(key: string, text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(text);
}

function reasonOf(move: Move): string | undefined {
  if (move.kind === 'holdcluster' || move.kind === 'disablecluster') return move.reason;
  if (move.kind === 'endlease') return move.why;
  if (move.kind === 'unanswered') return 'the client went away before the answer';
  if (move.kind === 'expirehold') return 'the time of the hold is over';
  if (move.kind === 'endcleaning') return move.problem;
  return undefined;
}
