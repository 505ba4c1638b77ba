// Small checks several sections share.
import { messageOf } from '@prow/base-errors';
import { compileRegex } from '@prow/base-regex';
import { parseTemplate } from '@prow/base-template';
import type { Findings, Source } from '../finding.ts';

/** Reports an expression that is not one in Go's syntax. */
export function checkRegex(source: string, findings: Findings, where: Source, what: string): boolean {
  try {
    compileRegex(source);
    return true;
  } catch (error) {
    findings.error('PROW_CONFIG_REGEX', `${what}: ${messageOf(error)}`, where);
    return false;
  }
}

/** Reports a Go template that does not parse. */
export function checkTemplate(source: string, findings: Findings, where: Source, what: string): boolean {
  try {
    parseTemplate(source);
    return true;
  } catch (error) {
    findings.error('PROW_CONFIG_TEMPLATE', `${what}: ${messageOf(error)}`, where);
    return false;
  }
}

/** Go's url.Parse is lenient; it refuses control characters, bad escapes and ports, and a colon where a scheme would end. */
export function checkUrl(value: string, findings: Findings, where: Source, what: string): boolean {
  const bad = hasControlCharacter(value) || /%(?![0-9A-Fa-f]{2})/.test(value) || hasStrayColon(value);
  if (bad) findings.error('PROW_CONFIG_URL', `${what}: ${JSON.stringify(value)} is not a URL`, where);
  return !bad;
}

function hasStrayColon(value: string): boolean {
  const [path = ''] = value.split(/[?#]/);
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(path)?.[0];
  if (scheme === undefined) return !path.startsWith('/') && (path.split('/')[0] ?? '').includes(':');
  const authority = /^\/\/([^/]*)/.exec(path.slice(scheme.length))?.[1] ?? '';
  return /:[^\]:]*[^\]:0-9][^\]:]*$/.test(authority.slice(authority.lastIndexOf('@') + 1));
}

/** Whether a text holds a character that is none to be seen. */
export function hasControlCharacter(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < 32 || code === 127) return true;
  }
  return false;
}

/** The first entry for `org/repo`, then `org`, then `*`. */
export function narrowest<T>(entries: Readonly<Record<string, T>> | undefined, org: string, repo: string): T | undefined {
  if (entries === undefined) return undefined;
  for (const key of [`${org}/${repo}`, org, '*']) {
    if (Object.hasOwn(entries, key)) return entries[key];
  }
  return undefined;
}
