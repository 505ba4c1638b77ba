/** One part of a search: `-label:"good first issue","help wanted"`, or a word. */
export interface SearchTerm {
  isNegated: boolean;
  /** Undefined for plain words. */
  key: string | undefined;
  /** Alternatives: any of them will do. */
  values: string[];
}

const maxQueryLength = 20_000;

/** Reads GitHub's search language. Never fails: what makes no sense is a word. */
export function parseQuery(query: string): SearchTerm[] {
  const text = query.slice(0, maxQueryLength);
  const terms: SearchTerm[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    const isNegated = text[at] === '-' && at + 1 < text.length && !/\s/.test(text[at + 1] ?? '');
    if (isNegated) at += 1;
    const start = at;
    while (at < text.length && /[\w-]/.test(text[at] ?? '')) at += 1;
    const isKeyed = at > start && text[at] === ':';
    const key = isKeyed ? text.slice(start, at).toLowerCase() : undefined;
    at = isKeyed ? at + 1 : start;
    const values: string[] = [];
    for (;;) {
      const [value, end] = readValue(text, at, key !== undefined);
      values.push(value);
      at = end;
      if (key === undefined || text[at] !== ',') break;
      at += 1;
    }
    if (key !== undefined || values.some((value) => value !== '')) terms.push({ isNegated, key, values });
  }
  return terms;
}

/** A word, or what stands between quotes (a backslash keeps the next character as it is). */
function readValue(text: string, from: number, endsAtComma: boolean): [value: string, end: number] {
  let at = from;
  let value = '';
  if (text[at] === '"') {
    at += 1;
    while (at < text.length && text[at] !== '"') {
      if (text[at] === '\\' && at + 1 < text.length) at += 1;
      value += text[at];
      at += 1;
    }
    return [value, Math.min(text.length, at + 1)];
  }
  while (at < text.length && !/\s/.test(text[at] ?? '') && !(endsAtComma && text[at] === ',')) {
    value += text[at];
    at += 1;
  }
  return [value, at > from ? at : at + (text[at] === undefined || text[at] === ',' ? 0 : 1)];
}
