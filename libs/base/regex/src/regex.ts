import type { RE2JS } from 're2js';
import { expandTemplate } from './expand-template.ts';

/** One match. Positions count UTF-16 units, as JavaScript strings do. */
export interface RegexMatch {
  index: number;
  end: number;
  /** The whole match, then each group; undefined for a group that took no part. */
  groups: (string | undefined)[];
  named: Readonly<Record<string, string | undefined>>;
}

/**
 * A compiled expression with the syntax and meaning of Go's regexp package, matched in time linear in the text.
 * Unanchored unless it says otherwise.
 */
export class Regex {
  readonly source: string;
  readonly #compiled: RE2JS;
  readonly #groupCount: number;
  /** Names in the order of their groups; of several groups with one name, the first that took part counts. */
  readonly #names: readonly { name: string; group: number }[];

  /** @param written for names made by `distinctNames`, the ones in the source */
  constructor(source: string, compiled: RE2JS, written: ReadonlyMap<string, string> = new Map()) {
    this.source = source;
    this.#compiled = compiled;
    this.#groupCount = compiled.groupCount();
    this.#names = Object.entries(compiled.namedGroups())
      .map(([name, group]) => ({ name: written.get(name) ?? name, group }))
      .toSorted((a, b) => a.group - b.group);
  }

  /** How many groups the expression has, the whole match not counted. */
  get groupCount(): number {
    return this.#groupCount;
  }

  /** Whether the text contains a match. */
  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  /** The first match: the whole, then each group (undefined where it took no part); null without a match. */
  match(text: string): (string | undefined)[] | null {
    return this.find(text)?.groups ?? null;
  }

  /** The first match with its position and named groups. */
  find(text: string): RegexMatch | undefined {
    return this.#matches(text, 1)[0];
  }

  /**
   * All matches that do not overlap, from the left, as Go's FindAll: an empty match right behind another match does
   * not count.
   * @param limit at most so many; default all
   */
  matchAll(text: string, limit = Number.POSITIVE_INFINITY): RegexMatch[] {
    return this.#matches(text, limit);
  }

  /**
   * Replaces every match, expanding `$1`, `$name`, `${name}` and `$$` in the template as Go's ReplaceAllString does
   * (a name is as long as possible: `$1x` is the group "1x").
   */
  replaceAll(text: string, goTemplate: string): string {
    return this.replaceAllWith(text, (match) => this.expand(goTemplate, match));
  }

  /** Replaces every match with what the function makes of it. */
  replaceAllWith(text: string, replace: (match: RegexMatch) => string): string {
    let result = '';
    let from = 0;
    for (const match of this.#matches(text, Number.POSITIVE_INFINITY)) {
      result += text.slice(from, match.index) + replace(match);
      from = match.end;
    }
    return result + text.slice(from);
  }

  /** Go's Regexp.Expand: the template with the groups of one match. Unknown groups are empty. */
  expand(goTemplate: string, match: RegexMatch): string {
    return expandTemplate(goTemplate, (name) => (/^\d+$/.test(name) ? match.groups[Number(name)] : match.named[name]));
  }

  toString(): string {
    return this.source;
  }

  #matches(text: string, limit: number): RegexMatch[] {
    const matcher = this.#compiled.matcher(text);
    const found: RegexMatch[] = [];
    let previousEnd = -1;
    while (found.length < limit && matcher.find()) {
      const index = matcher.start();
      const end = matcher.end();
      if (index !== end || index !== previousEnd) {
        const groups: (string | undefined)[] = [];
        for (let group = 0; group <= this.#groupCount; group += 1) groups.push(matcher.group(group) ?? undefined);
        const named = Object.create(null) as Record<string, string | undefined>;
        for (const { name, group } of this.#names) named[name] ??= groups[group];
        found.push({ index, end, groups, named });
      }
      previousEnd = end;
    }
    return found;
  }
}
