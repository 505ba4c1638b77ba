import { CommandRegex } from '../../command-regex.ts';
import { dropHtmlComments } from '../../text.ts';

const CATEGORIES = '(area|committee|kind|language|priority|sig|triage|wg)';
const categoryCommand = new CommandRegex(`(?m)^/(remove-)?${CATEGORIES}\\s*(.*?)\\s*$`);
const labelCommand = new CommandRegex('(?m)^/(remove-)?label\\s*(.*?)\\s*$');
/** More labels than this in one comment are nobody's wish. */
const maxLabels = 200;

export interface LabelCommands {
  /** Lower case, in the order they were asked for, each once. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** `/label x` where x may not be set that way: the commands as written. */
  readonly notConfigured: readonly string[];
}

/** Undefined when the comment has no such command. `isConfigured` says which labels `/label` may set. */
export function readLabelCommands(text: string, isConfigured: (label: string) => boolean): LabelCommands | undefined {
  const body = dropHtmlComments(text);
  const byCategory = categoryCommand.matchAll(body, maxLabels);
  const byName = labelCommand.matchAll(body, maxLabels);
  if (byCategory.length === 0 && byName.length === 0) return undefined;
  const add = new Set<string>();
  const remove = new Set<string>();
  const notConfigured: string[] = [];
  for (const { groups } of byCategory) {
    const names = (groups[3] ?? '').split(/\s+/).filter((name) => name !== '');
    for (const name of names) (groups[1] ? remove : add).add(`${groups[2] ?? ''}/${name}`.toLowerCase());
  }
  for (const { groups } of byName) {
    const name = (groups[2] ?? '').toLowerCase();
    if (name === '' || /\s/.test(name)) continue;
    if (isConfigured(name)) (groups[1] ? remove : add).add(name);
    else notConfigured.push((groups[0] ?? '').trim());
  }
  const bounded = (names: Set<string>): string[] => [...names].slice(0, maxLabels);
  return { add: bounded(add), remove: bounded(remove), notConfigured };
}
