// Log text → lines to show: colours of the terminal, and which lines tell of trouble.

export interface Span {
  text: string;
  /** CSS classes: `bold`, `italic`, `fg-31`… */
  classes: string;
}

/** Longer lines are cut in the page; the raw log has them whole. */
export const maxLineLength = 5000;

const escape = '\u001b';

/** SGR sequences become classes, other control sequences vanish. Linear in the line's length. */
export function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let color = '';
  let isBold = false;
  let isItalic = false;
  let at = 0;
  const add = (text: string): void => {
    if (text === '') return;
    const classes = [isBold ? 'bold' : '', isItalic ? 'italic' : '', color].filter((name) => name !== '').join(' ');
    spans.push({ text, classes });
  };
  const cut = line.length > maxLineLength ? `${line.slice(0, maxLineLength)} … (${line.length - maxLineLength} more characters in the raw log)` : line;
  while (at < cut.length) {
    const found = cut.indexOf(`${escape}[`, at);
    if (found === -1) break;
    add(cut.slice(at, found));
    let end = found + 2;
    while (end < cut.length && !/[@-~]/.test(cut[end] ?? '')) end += 1;
    if (cut[end] === 'm') {
      for (const code of cut.slice(found + 2, end).split(';').map(Number)) {
        if (code === 0) [color, isBold, isItalic] = ['', false, false];
        else if (code === 1) isBold = true;
        else if (code === 3) isItalic = true;
        else if (code === 39) color = '';
        else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) color = `fg-${code}`;
      }
    }
    at = end + 1;
  }
  add(cut.slice(at));
  return spans;
}

const trouble = /timed out|\bERROR:|\bFAIL(?:ED)?\b|Failure \[|\bpanic\b|^E\d{4} \d\d:\d\d:\d\d|\bnot ok \d+|\bfatal:|\bCONFLICT \(/;

/** Whether a line tells what went wrong. upstream: pkg/spyglass/lenses/buildlog, its default expressions */
export function isTrouble(line: string): boolean {
  return trouble.test(line.length > maxLineLength ? line.slice(0, maxLineLength) : line);
}

/** Joins parts of a log as they come and cuts them into lines; the last, unfinished one included. */
export class LineBuffer {
  readonly #maxLines: number;
  #lines: string[] = [''];
  #dropped = 0;

  /** @param maxLines how many of the newest lines are kept */
  constructor(maxLines: number) {
    this.#maxLines = maxLines;
  }

  /** How many lines were dropped from the front. */
  get dropped(): number {
    return this.#dropped;
  }

  append(text: string): void {
    const parts = text.split('\n');
    const [first = '', ...rest] = parts;
    this.#lines[this.#lines.length - 1] = `${this.#lines.at(-1) ?? ''}${first}`;
    for (const part of rest) this.#lines.push(part);
    const over = this.#lines.length - this.#maxLines;
    if (over > 0) {
      this.#lines = this.#lines.slice(over);
      this.#dropped += over;
    }
  }

  /** A carriage return writes over what stood before it in its line, as on a terminal. */
  lines(): string[] {
    const shown = this.#lines.map((line) => {
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      return text.includes('\r') ? text.slice(text.lastIndexOf('\r') + 1) : text;
    });
    return shown.at(-1) === '' ? shown.slice(0, -1) : shown;
  }
}
