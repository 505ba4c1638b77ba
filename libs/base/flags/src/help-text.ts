import type { Flag, Flags } from './flag.ts';

export interface Program {
  /** What a user types. */
  program: string;
  /** What it does, in one or two sentences. */
  summary: string;
  /** Whole command lines. */
  examples: readonly string[];
}

const lineWidth = 100;
const valueNames = { string: ' text', list: ' text', boolean: '', integer: ' number', duration: ' duration' } as const;

/** The text of `--help`: summary, examples, each flag with its default. */
export function helpText(flags: Flags, { program, summary, examples }: Program): string {
  const lines = [...wrapped(summary, lineWidth), '', `Usage: ${program} [flags]`, ''];
  if (examples.length > 0) lines.push('Examples:', ...examples.map((example) => `  ${example}`), '');
  lines.push('Flags:');
  const sorted = Object.values(flags).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const flag of sorted) lines.push(`  --${flag.name}${valueNames[flag.kind]}`, ...wrapped(effect(flag), lineWidth - 8).map((line) => `        ${line}`));
  lines.push('  --help', '        Print this text.');
  return `${lines.join('\n')}\n`;
}

function effect(flag: Flag<unknown>): string {
  const notes: string[] = [];
  if (flag.required) notes.push('required');
  if (flag.kind === 'list') notes.push('may be given several times');
  if (flag.defaultText !== undefined && flag.defaultText !== '' && !(flag.kind === 'boolean' && flag.defaultText === 'false')) notes.push(`default ${flag.defaultText}`);
  return notes.length === 0 ? flag.help : `${flag.help} (${notes.join('; ')})`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}
