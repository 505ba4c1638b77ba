// Reading and writing the text of comments.
import { CommandRegex } from './command-regex.ts';

/** Comments longer than this are quoted only in part. Characters. */
const maxQuoteChars = 4000;
const maxQuoteLines = 60;

/**
 * The text without fenced code blocks, in which commands are only shown, not meant. A fence is closed by one of the
 * same character and at least its length, or by the end of the text, as in CommonMark.
 */
export function dropFences(text: string): string {
  if (!text.includes('```') && !text.includes('~~~')) return text;
  const kept: string[] = [];
  let fence: { char: string; length: number } | undefined;
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line.replace(/\r$/, ''));
    if (fence === undefined) {
      if (mark?.[1] !== undefined && !(mark[1].startsWith('`') && mark[2]?.includes('`'))) {
        fence = { char: mark[1].charAt(0), length: mark[1].length };
        continue;
      }
      kept.push(line);
    } else if (mark?.[1]?.startsWith(fence.char) && mark[1].length >= fence.length && mark[2]?.trim() === '') {
      fence = undefined;
    }
  }
  return kept.join('\n');
}

/** The text without HTML comments, such as a template's hints; an unclosed one stays. */
export function dropHtmlComments(text: string): string {
  let result = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('<!--', from);
    const end = start < 0 ? -1 : text.indexOf('-->', start + 4);
    if (end < 0) return result + text.slice(from);
    result += text.slice(from, start);
    from = end + 3;
  }
}

/** An answer to what somebody wrote: mentions them, says the thing, quotes what it answers. */
export function formatReply(to: { body: string; user: { login: string }; htmlUrl: string }, message: string): string {
  return [
    `@${to.user.login}: ${message}`,
    '',
    '<details>',
    '',
    `In reply to [this](${to.htmlUrl}):`,
    '',
    quote(to.body),
    '',
    '</details>',
  ].join('\n');
}

function quote(body: string): string {
  const lines = body.slice(0, maxQuoteChars).split('\n');
  const shown = lines.slice(0, maxQuoteLines).map((line) => `>${line.replace(/\r$/, '')}`);
  if (lines.length > maxQuoteLines || body.length > maxQuoteChars) shown.push('>…');
  return shown.join('\n');
}

/** A bare command on a line of its own, case ignored: `/lgtm`. Trailing blanks are allowed, CRLF, too. */
export function bareCommand(word: string): (text: string) => boolean {
  const regex = new CommandRegex(`(?mi)^/${word}\\s*$`);
  return (text) => regex.test(text);
}

/** `` `a`, `b` `` */
export function codeList(items: Iterable<string>): string {
  return [...items].map((item) => `\`${item.replaceAll('`', "'")}\``).join(', ');
}
