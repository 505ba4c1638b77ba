import { compileRegex } from '@prow/base-regex';
import { labelNames, type LabelSet } from '../../labels.ts';

/** A fenced block that says it is a release note, or one below the heading of older templates. */
const block = compileRegex('(?s)```release-notes?[ \\t]*\\r?\\n(.*?)```|Release note\\*\\*:\\s*(?:<!--.*?-->\\s*)?```[^\\n]*\\n(.*?)```');
const none = compileRegex('(?i)^\\W*(none|no)\\W*$');
const deprecationLabel = 'kind/deprecation';
const actionRequired = 'action required';

export const noteLabels = [labelNames.releaseNote, labelNames.releaseNoteNone, labelNames.releaseNoteActionRequired, labelNames.releaseNoteNeeded] as const;
export type NoteLabel = (typeof noteLabels)[number];

/** The text of the release note; '' when there is none. */
export function noteIn(body: string): string {
  const match = block.match(body);
  return (match?.[1] ?? match?.[2] ?? '').trim();
}

export function isNone(note: string): boolean {
  return none.test(note);
}

export function hasDeprecation(labels: LabelSet): boolean {
  return labels.has(deprecationLabel);
}

/** Which label a description stands for. What deprecates something has to say so. upstream: determineReleaseNoteLabel */
export function labelForNote(body: string, labels: LabelSet): NoteLabel {
  const note = noteIn(body).toLowerCase();
  if (note === '') return labels.has(labelNames.releaseNoteNone) && !hasDeprecation(labels) ? labelNames.releaseNoteNone : labelNames.releaseNoteNeeded;
  if (isNone(note)) return hasDeprecation(labels) ? labelNames.releaseNoteNeeded : labelNames.releaseNoteNone;
  return note.includes(actionRequired) ? labelNames.releaseNoteActionRequired : labelNames.releaseNote;
}

/** The description with another release note: in place of the present one, else at the end. */
export function withNote(body: string, note: string): string {
  const written = `\`\`\`release-note\r\n${note}\r\n\`\`\``;
  let isReplaced = false;
  const changed = block.replaceAllWith(body, (match) => {
    const whole = match.groups[0] ?? '';
    if (isReplaced) return whole;
    isReplaced = true;
    return `${whole.slice(0, whole.indexOf('```'))}${written}`;
  });
  return isReplaced ? changed : `${body}\n\n${written}`;
}
