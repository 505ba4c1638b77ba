// Mounts as mount(8) reads them from a file: one process for all of them.
import { writeFile } from 'node:fs/promises';

export interface FstabEntry {
  source: string;
  target: string;
  type: string;
  options: string;
}

/** Blanks, backslashes and `#` in octal. */
export function formatFstab(entries: readonly FstabEntry[]): string {
  const escape = (text: string): string => text.replaceAll(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return entries.map(({ source, target, type, options }) => `${escape(source)} ${escape(target)} ${type} ${escape(options)} 0 0\n`).join('');
}

export async function writeFstab(path: string, entries: readonly FstabEntry[]): Promise<void> {
  await writeFile(path, formatFstab(entries));
}
