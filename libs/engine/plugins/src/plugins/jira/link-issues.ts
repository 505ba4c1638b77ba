// Which issues of Jira a text names, and the text with links to them. upstream: pkg/plugins/jira/jira.go
import { compileRegex } from '@prow/base-regex';

const issueName = compileRegex('\\b([a-zA-Z]+-[0-9]+)(\\s|:|$|]|\\))');
const maxNames = 50;

/** As they are written, each once. */
export function issueNames(text: string): string[] {
  return [...new Set(issueName.matchAll(text, maxNames).map(({ groups }) => groups[1] ?? ''))];
}

/** Names outside code become links; those that are part of a link, of inline code or of a longer name stay. */
export function linkIssueNames(text: string, names: readonly string[], jiraUrl: string): string {
  let isFenced = false;
  return text
    .split('\n')
    .map((line) => {
      if (line.startsWith('```')) isFenced = !isFenced;
      return isFenced || line.startsWith('    ') ? line : names.reduce((linked, name) => linkName(linked, name, jiraUrl), line);
    })
    .join('\n');
}

function linkName(line: string, name: string, jiraUrl: string): string {
  let result = '';
  let from = 0;
  for (let at = line.indexOf(name); at >= 0; at = line.indexOf(name, at + name.length)) {
    const before = line.charAt(at - 1);
    const after = line.charAt(at + name.length);
    const stays = (at > 0 && (/[[/`-]/.test(before) || /\w/.test(before))) || /\w/.test(after);
    result += line.slice(from, at) + (stays ? name : `[${name}](${jiraUrl}/browse/${name})`);
    from = at + name.length;
  }
  return result + line.slice(from);
}
