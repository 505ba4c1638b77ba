import { CommandRegex } from '../../command-regex.ts';

const commandOf = (word: string): CommandRegex => new CommandRegex(`(?mi)^/${word}( ([^\\r\\n]+))?[\\r\\n]?$`);
const commands = { override: commandOf('override'), sticky: commandOf('override-sticky'), cancel: commandOf('override-cancel') };
const maxCommands = 100;

/** Names given to one of the commands; undefined when it is not in the text, `isBare` when some use names nothing. */
export function readOverride(text: string, command: keyof typeof commands): { names: Set<string>; isBare: boolean } | undefined {
  const matches = commands[command].matchAll(text, maxCommands);
  if (matches.length === 0) return undefined;
  return {
    names: new Set(matches.flatMap(({ groups }) => splitNames(groups[2] ?? ''))),
    isBare: matches.some(({ groups }) => (groups[1] ?? '') === ''),
  };
}

/** Words, where quotes keep blanks together: `a "b c"`. */
function splitNames(text: string): string[] {
  const names: string[] = [];
  let current = '';
  let isQuoted = false;
  for (const char of `${text} `) {
    if (char === '"') isQuoted = !isQuoted;
    else if (char !== ' ' || isQuoted) current += char;
    else {
      if (current.trim() !== '') names.push(current.trim());
      current = '';
    }
  }
  if (current.trim() !== '') names.push(current.trim());
  return names;
}
