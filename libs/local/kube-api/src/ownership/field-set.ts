// Sets of fields, as managedFields write them: a tree of `f:NAME`, `k:{…}` (element by its keys), `v:VALUE` (element
// of a set) and `i:INDEX`; `.` marks that the place itself belongs to the set.
// upstream: structured-merge-diff/fieldpath
import type { JsonObject } from '../api-object.ts';
import { isJsonObject } from '../api-object.ts';

export class FieldSet {
  /** Whether this place itself is in the set. */
  isMember = false;
  readonly children = new Map<string, FieldSet>();

  static fromJson(json: unknown): FieldSet {
    const set = new FieldSet();
    if (!isJsonObject(json)) return set;
    const entries = Object.entries(json);
    // A place without anything below it is a member: an empty node says nothing else.
    for (const [key, value] of entries) {
      if (key === '.') set.isMember = true;
      else {
        const child = FieldSet.fromJson(value);
        if (child.children.size === 0) child.isMember = true;
        set.children.set(key, child);
      }
    }
    return set;
  }

  get isEmpty(): boolean {
    if (this.isMember) return false;
    for (const child of this.children.values()) if (!child.isEmpty) return false;
    return true;
  }

  toJson(): JsonObject {
    const json: JsonObject = {};
    if (this.isMember && this.children.size > 0) json['.'] = {};
    for (const key of [...this.children.keys()].sort()) {
      const child = this.children.get(key) as FieldSet;
      if (!child.isEmpty) json[key] = child.toJson();
    }
    return json;
  }

  has(path: readonly string[]): boolean {
    const found = this.at(path);
    return found !== undefined && found.isMember;
  }

  at(path: readonly string[]): FieldSet | undefined {
    const [first, ...rest] = path;
    return first === undefined ? this : this.children.get(first)?.at(rest);
  }

  insert(path: readonly string[], from = 0): void {
    const step = path[from];
    if (step === undefined) {
      this.isMember = true;
      return;
    }
    let child = this.children.get(step);
    if (child === undefined) this.children.set(step, (child = new FieldSet()));
    child.insert(path, from + 1);
  }

  union(other: FieldSet): FieldSet {
    // Sets are not changed once they are made: most unions are with nothing.
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    return this.combine(other, (left, right) => left || right);
  }

  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    return this.combine(other, (left, right) => left && !right);
  }

  intersection(other: FieldSet): FieldSet {
    return this.combine(other, (left, right) => left && right);
  }

  /** Without the given places and everything below them. */
  withoutTrees(other: FieldSet): FieldSet {
    const result = new FieldSet();
    result.isMember = this.isMember && !other.isMember;
    for (const [key, child] of this.children) {
      const cut = other.children.get(key);
      if (cut?.isMember) continue;
      const kept = cut === undefined ? child : child.withoutTrees(cut);
      if (!kept.isEmpty) result.children.set(key, kept);
    }
    return result;
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** Every member's path: of each place first what belongs to it, then what lies deeper. */
  *paths(prefix: readonly string[] = []): Generator<readonly string[]> {
    const keys = [...this.children.keys()].sort();
    for (const key of keys) if (this.children.get(key)?.isMember === true) yield [...prefix, key];
    for (const key of keys) yield* (this.children.get(key) as FieldSet).paths([...prefix, key]);
  }

  private combine(other: FieldSet, keep: (left: boolean, right: boolean) => boolean): FieldSet {
    const result = new FieldSet();
    result.isMember = keep(this.isMember, other.isMember);
    for (const key of new Set([...this.children.keys(), ...other.children.keys()])) {
      const child = (this.children.get(key) ?? empty).combine(other.children.get(key) ?? empty, keep);
      if (!child.isEmpty) result.children.set(key, child);
    }
    return result;
  }
}

const empty = new FieldSet();

/** `f:spec`, `k:{"name":"a"}` → `.spec`, `[name="a"]`: as conflicts name fields. */
export function formatPath(path: readonly string[]): string {
  return path
    .map((part) => {
      const rest = part.slice(2);
      if (part.startsWith('f:')) return `.${rest}`;
      if (part.startsWith('k:')) {
        return `[${Object.entries(JSON.parse(rest) as JsonObject).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
      }
      return part.startsWith('v:') ? `[=${rest}]` : `[${rest}]`;
    })
    .join('');
}
