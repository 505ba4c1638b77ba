// Findings with the place in the text, and as text for people.
import { readFileSync, statSync } from 'node:fs';
import { createLocator, decodeText, excerptOf } from '@prow/base-yaml';
import type { YamlLocator } from '@prow/base-yaml';
import type { Finding } from '@prow/model-config';

export interface LocatedFinding extends Finding {
  /** Lines of the file around the place, with a caret under it. */
  readonly excerpt?: string;
}

interface OpenFile {
  readonly text: string;
  readonly locator: () => YamlLocator;
}

const maxReadBytes = 16 * 1024 * 1024;

/**
 * Adds line, column (counted from 0) and excerpt; each file is read once more, at most. `textOf`: the text of a file
 * that is not on disk.
 */
export function locateFindings(findings: readonly Finding[], textOf?: (file: string) => string | undefined): LocatedFinding[] {
  const files = new Map<string, OpenFile | undefined>();
  return findings.map((finding) => {
    if (finding.file === undefined) return finding;
    if (!files.has(finding.file)) files.set(finding.file, textOf === undefined ? openFile(finding.file) : openText(textOf(finding.file)));
    const file = files.get(finding.file);
    if (file === undefined) return finding;
    const position = finding.line === undefined ? file.locator().find(finding.path) : { line: finding.line, column: finding.column ?? 0 };
    return position === undefined ? finding : { ...finding, ...position, excerpt: excerptOf(file.text, position) };
  });
}

function openFile(path: string): OpenFile | undefined {
  try {
    if (statSync(path).size > maxReadBytes) return undefined;
    return openText(decodeText(readFileSync(path)));
  } catch {
    return undefined;
  }
}

function openText(text: string | undefined): OpenFile | undefined {
  if (text === undefined) return undefined;
  let locator: YamlLocator | undefined;
  return { text, locator: () => (locator ??= createLocator(text)) };
}

/** `FILE:LINE:COLUMN: severity: message [CODE]`, the excerpt below. Lines and columns count from 1 here. */
export function describeFindings(findings: readonly LocatedFinding[]): string {
  return findings.map((finding) => {
    const place = [finding.file ?? '', ...(finding.line === undefined ? [] : [finding.line + 1, (finding.column ?? 0) + 1])].join(':');
    const head = `${place === '' ? '' : `${place}: `}${finding.severity}: ${finding.message} [${finding.code}]`;
    const path = finding.path.length === 0 ? '' : `\n    at ${pathText(finding.path)}`;
    const excerpt = finding.excerpt === undefined ? '' : `\n${finding.excerpt.split('\n').map((line) => `    ${line}`).join('\n')}`;
    return `${head}${path}${excerpt}`;
  }).join('\n');
}

/** `presubmits["org/repo"][2].branches[0]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((step, index) => {
    if (typeof step === 'number') return `[${step}]`;
    if (/^[A-Za-z_][\w-]*$/.test(step)) return index === 0 ? step : `.${step}`;
    return `[${JSON.stringify(step)}]`;
  }).join('');
}
