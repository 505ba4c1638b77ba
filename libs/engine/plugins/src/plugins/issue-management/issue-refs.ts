// References to issues in commands, and the line of a description that holds them.
import type { IssueName } from '@prow/clients-github';
import { compileRegex } from '@prow/base-regex';

const reference = compileRegex('^(?:([a-zA-Z0-9_.-]+)/([a-zA-Z0-9_.-]+)#)?(\\d{1,9})$');
const fixesLine = compileRegex('(?i)^fixes\\s+(.*)$');

/** `12` or `org/repo#12`; undefined when it is neither. */
export function parseReference(text: string, { org, repo }: { org: string; repo: string }): IssueName | undefined {
  const match = reference.match(text);
  return match === null ? undefined : { org: match[1] ?? org, repo: match[2] ?? repo, number: Number(match[3]) };
}

export function formatReference(issue: IssueName, { org, repo }: { org: string; repo: string }): string {
  return issue.org === org && issue.repo === repo ? `#${issue.number}` : `${issue.org}/${issue.repo}#${issue.number}`;
}

/** The description with some references added to its `Fixes` line and others gone; an empty line goes, too. */
export function changeFixes(body: string, { add, remove }: { add: readonly string[]; remove: readonly string[] }): string {
  const lines = body.split('\n');
  const at = lines.findIndex((line) => fixesLine.test(line.replace(/\r$/, '')));
  const present = at < 0 ? [] : (fixesLine.match((lines[at] ?? '').replace(/\r$/, ''))?.[1] ?? '').split(/\s+/).filter((word) => word !== '');
  const wanted = [...new Set([...present.filter((word) => !remove.includes(word)), ...add])].sort();
  const line = `Fixes ${wanted.join(' ')}`;
  if (at >= 0) return [...lines.slice(0, at), ...(wanted.length === 0 ? [] : [line]), ...lines.slice(at + 1)].join('\n');
  if (wanted.length === 0) return body;
  return [...lines, ...(body === '' || lines.at(-1)?.trim() === '' ? [] : ['']), line].join('\n').replace(/^\n/, '');
}
