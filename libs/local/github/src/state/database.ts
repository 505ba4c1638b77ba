import type { Store } from '@prow/clients-store';
import { allTables, type Table } from './tables.ts';

/** What can be asked of the records: of the database, and of a change under way (which sees what it has written). */
export interface View {
  get<R>(table: Table<R>, key: string): R | undefined;
  /** All records of a group, in the order of their keys. */
  list<R>(table: Table<R>, group: string): R[];
  /** All records, group by group. */
  all<R>(table: Table<R>): R[];
}

interface Rows {
  byKey: Map<string, unknown>;
  groups: Map<string, Map<string, unknown>>;
  /** Groups whose keys are known to be in order. */
  sorted: Set<string>;
  /** The highest key each group has had. */
  lastKeys: Map<string, string>;
}

const sequenceKey = 'meta/sequence';

/** A change being made: nothing of it is visible elsewhere, or kept, if the work throws. */
export class Change implements View {
  readonly #database: Database;
  readonly #staged = new Map<Table<unknown>, Map<string, unknown>>();
  readonly #extra: { key: string; value: string | undefined }[] = [];
  readonly #afterwards: (() => void)[] = [];
  #sequence: number;

  constructor(database: Database, sequence: number) {
    this.#database = database;
    this.#sequence = sequence;
  }

  get<R>(table: Table<R>, key: string): R | undefined {
    const staged = this.#staged.get(table as Table<unknown>);
    return staged?.has(key) === true ? (staged.get(key) as R | undefined) : this.#database.get(table, key);
  }

  list<R>(table: Table<R>, group: string): R[] {
    return this.#overlay(table, this.#database.list(table, group), (record) => table.groupOf(record) === group);
  }

  all<R>(table: Table<R>): R[] {
    return this.#overlay(table, this.#database.all(table), () => true);
  }

  put<R>(table: Table<R>, record: R): R {
    this.#stagedOf(table).set(table.keyOf(record), record);
    return record;
  }

  delete<R>(table: Table<R>, record: R): void {
    this.#stagedOf(table).set(table.keyOf(record), undefined);
  }

  /** The next number of the one sequence that all ids come from. */
  nextId(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** Writes beside the tables: kept on disk only. */
  keep(key: string, value: string | undefined): void {
    this.#extra.push({ key, value });
  }

  /** Runs once the change is durable. */
  afterwards(action: () => void): void {
    this.#afterwards.push(action);
  }

  get sequence(): number {
    return this.#sequence;
  }
  get staged(): ReadonlyMap<Table<unknown>, ReadonlyMap<string, unknown>> {
    return this.#staged;
  }
  get extra(): readonly { key: string; value: string | undefined }[] {
    return this.#extra;
  }
  get actionsAfterwards(): readonly (() => void)[] {
    return this.#afterwards;
  }

  #stagedOf(table: Table<never> | Table<unknown> | object): Map<string, unknown> {
    let rows = this.#staged.get(table as Table<unknown>);
    if (rows === undefined) {
      rows = new Map();
      this.#staged.set(table as Table<unknown>, rows);
    }
    return rows;
  }

  #overlay<R>(table: Table<R>, stored: R[], belongs: (record: R) => boolean): R[] {
    const staged = this.#staged.get(table as Table<unknown>);
    if (staged === undefined) return stored;
    const isAddition = [...staged.keys()].every((key) => this.#database.get(table, key) === undefined);
    const kept = isAddition ? stored : stored.filter((record) => !staged.has(table.keyOf(record)));
    const added = [...staged.values()].filter((record): record is R => record !== undefined && belongs(record as R));
    if (added.length === 0) return kept;
    // Most of what is new has the newest ids: nothing to sort then.
    const last = kept.at(-1);
    const isBehind = last === undefined || added.every((record) => table.keyOf(record) > table.keyOf(last));
    const ordered = added.toSorted((a, b) => (table.keyOf(a) < table.keyOf(b) ? -1 : 1));
    return isBehind ? [...kept, ...ordered] : [...kept, ...ordered].toSorted((a, b) => (table.keyOf(a) < table.keyOf(b) ? -1 : 1));
  }
}

/**
 * All records, in memory, and on disk before anyone is told of a change: `change` resolves when its writes are durable.
 * Changes happen one after the other, whole or not at all.
 */
export class Database implements View {
  readonly store: Store;
  readonly #rows = new Map<Table<unknown>, Rows>();
  #sequence = 0;

  constructor(store: Store) {
    this.store = store;
    for (const table of allTables) {
      const rows: Rows = { byKey: new Map(), groups: new Map(), sorted: new Set(), lastKeys: new Map() };
      this.#rows.set(table as Table<unknown>, rows);
      for (const { value } of store.range({ prefix: `r/${table.name}/` })) this.#set(table as Table<unknown>, JSON.parse(value));
    }
    this.#sequence = Number(store.get(sequenceKey) ?? '1000');
  }

  get<R>(table: Table<R>, key: string): R | undefined {
    return this.#rowsOf(table).byKey.get(key) as R | undefined;
  }

  list<R>(table: Table<R>, group: string): R[] {
    const rows = this.#rowsOf(table);
    let members = rows.groups.get(group);
    if (members === undefined) return [];
    if (!rows.sorted.has(group)) {
      members = new Map([...members].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      rows.groups.set(group, members);
      rows.sorted.add(group);
    }
    return [...members.values()] as R[];
  }

  all<R>(table: Table<R>): R[] {
    return [...this.#rowsOf(table).byKey.values()] as R[];
  }

  /** Runs `work` at once and resolves to its result when what it wrote is durable. */
  async change<T>(work: (change: Change) => T): Promise<T> {
    const change = new Change(this, this.#sequence);
    const result = work(change);
    this.#sequence = change.sequence;
    const durable = this.store.transaction((transaction) => {
      for (const [table, rows] of change.staged) {
        for (const [key, record] of rows) {
          if (record === undefined) transaction.delete(`r/${table.name}/${key}`);
          else transaction.put(`r/${table.name}/${key}`, JSON.stringify(record));
        }
      }
      for (const { key, value } of change.extra) {
        if (value === undefined) transaction.delete(key);
        else transaction.put(key, value);
      }
      transaction.put(sequenceKey, String(change.sequence));
    });
    for (const [table, rows] of change.staged) {
      for (const [key, record] of rows) {
        if (record === undefined) this.#remove(table, key);
        else this.#set(table, record);
      }
    }
    await durable;
    for (const action of change.actionsAfterwards) action();
    return result;
  }

  /** Resolves when everything that readers can see is durable. */
  async settled(): Promise<void> {
    if (this.store.stats().pendingWrites > 0) await this.store.flushed();
  }

  #rowsOf(table: object): Rows {
    const rows = this.#rows.get(table as Table<unknown>);
    if (rows === undefined) throw new Error('a table that is not in the list of all tables');
    return rows;
  }

  #set(table: Table<unknown>, record: unknown): void {
    const rows = this.#rowsOf(table);
    const key = table.keyOf(record);
    const group = table.groupOf(record);
    const previous = rows.byKey.get(key);
    if (previous !== undefined && table.groupOf(previous) !== group) this.#remove(table, key);
    rows.byKey.set(key, record);
    let members = rows.groups.get(group);
    if (members === undefined) {
      members = new Map();
      rows.groups.set(group, members);
      rows.sorted.add(group);
    }
    if (!members.has(key)) {
      const last = rows.lastKeys.get(group);
      if (last !== undefined && last > key) rows.sorted.delete(group);
      else rows.lastKeys.set(group, key);
    }
    members.set(key, record);
  }

  #remove(table: Table<unknown>, key: string): void {
    const rows = this.#rowsOf(table);
    const record = rows.byKey.get(key);
    if (record === undefined) return;
    rows.byKey.delete(key);
    rows.groups.get(table.groupOf(record))?.delete(key);
  }
}
