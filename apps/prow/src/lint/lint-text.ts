// Keys written twice: the last one counts, silently.
import { readFileSync } from 'node:fs';
import { createLocator, decodeText } from '@prow/base-yaml';
import type { Findings } from '@prow/model-config';

const maxTextLength = 1024 * 1024;
/** Longer lines are no keys. */
const maxLineLength = 2000;

/** Reads each file by the slow reader that sees all keys; only `prow check` can afford it. */
export function lintText(files: readonly { path: string; digest: string }[], findings: Findings): void {
  for (const file of files) {
    const text = file.digest === '' ? undefined : textOf(file.path);
    if (text === undefined || text.length > maxTextLength || !mayRepeatKeys(text)) continue;
    for (const { key, position } of createLocator(text).duplicateKeys()) {
      findings.add({
        severity: 'warning', code: 'PROW_CHECK_DUPLICATE_KEY', message: `the key ${key} is written twice here; the last one counts`,
        file: file.path, path: [], line: position.line, column: position.column,
      });
    }
  }
}

function textOf(path: string): string | undefined {
  try {
    return decodeText(readFileSync(path));
  } catch {
    return undefined;
  }
}

// A cheap look by indentation finds nearly all files that have none: a key repeats at the same depth before a
// shallower line or a new list item. Flow mappings are looked at in full.
function mayRepeatKeys(text: string): boolean {
  const open: { indent: number; keys: Set<string> }[] = [];
  for (const line of text.split('\n')) {
    if (line.length > maxLineLength) continue;
    if (/[{]/.test(line) && repeatsInFlow(line)) return true;
    const match = /^(\s*)((?:- +)*)(["']?)([^\s"'#:{}[\],&*!|>%@`-][^:#{}[\]]*?)\3\s*:(?:\s|$)/.exec(line);
    const indent = line.length - line.trimStart().length;
    if (match === null) continue;
    const [, lead = '', dashes = '', , key = ''] = match;
    const depth = lead.length + dashes.length;
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) > (dashes === '' ? depth : indent)) open.pop();
    if (dashes !== '') while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= depth) open.pop();
    const top = open.at(-1);
    if (top === undefined || top.indent < depth) open.push({ indent: depth, keys: new Set([key]) });
    else if (top.keys.has(key)) return true;
    else top.keys.add(key);
  }
  return false;
}

function repeatsInFlow(line: string): boolean {
  const keys = [...line.matchAll(/[{,]\s*(["']?)([\w.\-/]+)\1\s*:/g)].map((match) => match[2]);
  return new Set(keys).size < keys.length;
}
