// Where in a text a value stands: the text is read again, by a reader that keeps positions, only for findings.
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import type { YamlPosition } from './parse-yaml.ts';

/** Longer texts are not read a second time: their findings point at the file. */
const maxLocatedLength = 1024 * 1024;

export interface YamlLocator {
  /** The position of the value at a path, or of the nearest thing above it that is written down. */
  find(path: readonly (string | number)[]): YamlPosition | undefined;
  /** Positions of mapping keys that are written twice. */
  duplicateKeys(): { key: string; position: YamlPosition }[];
}

export function createLocator(text: string): YamlLocator {
  const lines = new LineCounter();
  let document: Document | undefined;
  if (text.length <= maxLocatedLength) {
    try {
      const documents = parseAllDocuments(text, { lineCounter: lines, version: '1.1', schema: 'failsafe', uniqueKeys: false, merge: true, logLevel: 'silent', strict: false });
      document = Array.isArray(documents) ? (documents[0] as Document | undefined) : undefined;
    } catch {
      // A text even this reader cannot take has no positions to give.
    }
  }
  const positionAt = (offset: number): YamlPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(0, line - 1), column: Math.max(0, col - 1) };
  };
  return {
    find: (path) => {
      const offset = document === undefined ? undefined : offsetOf(document, path);
      return offset === undefined ? undefined : positionAt(offset);
    },
    duplicateKeys: () => (document?.contents === null || document === undefined ? [] : duplicates(document.contents, positionAt)),
  };
}

function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = pairOf(node.items, String(step), document);
      if (pair === undefined) return offset;
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!isNode(node)) return offset;
      offset = node.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}

// The last of equal keys counts, as in reading; else what a merge brings.
function pairOf(items: readonly Pair[], key: string, document: Document): Pair | undefined {
  const own = items.findLast((pair) => keyText(pair) === key) ?? items.findLast((pair) => keyText(pair).toLowerCase() === key.toLowerCase());
  if (own !== undefined) return own;
  for (const pair of items) {
    if (keyText(pair) !== '<<') continue;
    for (const candidate of isSeq(pair.value) ? pair.value.items : [pair.value]) {
      const target = isAlias(candidate) ? candidate.resolve(document) : candidate;
      const found = isMap(target) ? pairOf(target.items, key, document) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function duplicates(root: unknown, positionAt: (offset: number) => YamlPosition): { key: string; position: YamlPosition }[] {
  const found: { key: string; position: YamlPosition }[] = [];
  const visit = (node: unknown): void => {
    if (isMap(node)) {
      const seen = new Set<string>();
      for (const pair of node.items) {
        const key = keyText(pair);
        if (seen.has(key) && isNode(pair.key)) found.push({ key, position: positionAt((pair.key as Node).range?.[0] ?? 0) });
        seen.add(key);
        visit(pair.value);
      }
    } else if (isSeq(node)) for (const item of node.items) visit(isPair(item) ? item.value : item);
  };
  visit(root);
  return found;
}

/** The line of a position with a caret under it, and the one before for context. */
export function excerptOf(text: string, position: YamlPosition): string {
  const lines = text.split('\n');
  const shown = [position.line - 1, position.line].filter((line) => line >= 0 && line < lines.length);
  const width = String(position.line + 1).length;
  const out = shown.map((line) => `${String(line + 1).padStart(width)} | ${shorten(lines[line] ?? '')}`);
  if (position.column < maxShown) out.push(`${' '.repeat(width)} | ${' '.repeat(position.column)}^`);
  return out.join('\n');
}

const maxShown = 160;

function shorten(line: string): string {
  const clean = line.replace(/\r$/, '').replaceAll('\t', ' ');
  return clean.length <= maxShown ? clean : `${clean.slice(0, maxShown)}…`;
}
