/**
 * Go allows several groups of one name, the engine here does not: the later ones get names of their own.
 * @returns the source to compile, and for each new name the one that was written
 */
export function distinctNames(source: string): { source: string; written: ReadonlyMap<string, string> } {
  const seen = new Set<string>();
  const written = new Map<string, string>();
  // What can hide a parenthesis: quotations, escapes, classes (in which a first ] and [:alpha:] do not end them).
  const renamed = source.replaceAll(/\\Q[^]*?(?:\\E|$)|\\[^]|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]|\(\?(P?)<(\w+)>/g, (piece: string, p: string | undefined, name: string | undefined) => {
    if (name === undefined) return piece;
    if (!seen.has(name)) {
      seen.add(name);
      return piece;
    }
    let fresh = name;
    for (let count = 2; seen.has(fresh) || written.has(fresh); count += 1) fresh = `${name}__${count}`;
    written.set(fresh, name);
    return `(?${p ?? ''}<${fresh}>`;
  });
  return { source: renamed, written };
}
