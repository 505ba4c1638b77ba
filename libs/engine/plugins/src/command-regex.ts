// Commands stand at the beginning of a line and begin with a slash. Looking at such lines only makes long comments
// without commands cost next to nothing.
import { compileRegex, type Regex } from '@prow/base-regex';

let lastText = '';
let lastLines = '';

/** The lines of a text that begin with a slash, joined; '' when there are none. */
export function commandLines(text: string): string {
  if (text === lastText) return lastLines;
  // All plugins of an event ask about the same text, one after the other.
  lastText = text;
  lastLines = !text.startsWith('/') && !text.includes('\n/') ? '' : text.split('\n').filter((line) => line.startsWith('/')).join('\n');
  return lastLines;
}

/** For plugins that look at commands of new texts only. */
export function hasCommand({ action, body }: { action: string; body: string }): boolean {
  return action === 'created' && commandLines(body) !== '';
}

/** A pattern (Go's syntax, `(?m)^/…`) that is matched against the command lines of texts. */
export class CommandRegex {
  readonly #regex: Regex;

  constructor(pattern: string) {
    this.#regex = compileRegex(pattern);
  }

  test(text: string): boolean {
    const lines = commandLines(text);
    return lines !== '' && this.#regex.test(lines);
  }

  match(text: string): (string | undefined)[] | null {
    const lines = commandLines(text);
    return lines === '' ? null : this.#regex.match(lines);
  }

  matchAll(text: string, limit: number): ReturnType<Regex['matchAll']> {
    const lines = commandLines(text);
    return lines === '' ? [] : this.#regex.matchAll(lines, limit);
  }
}
