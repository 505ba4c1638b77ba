const maxLineLength = 200;

/** A line of a container for the console: bounded, and without what would move a terminal's cursor. */
export function shownLine(line: string): string {
  const text = line.replaceAll(/\p{Cc}/gu, '');
  return text.length > maxLineLength ? `${text.slice(0, maxLineLength)}…` : text;
}
