import type { IssueName } from '@prow/clients-github';
import type { LabelSet } from '../../labels.ts';
import { pruneComments } from '../../own-comments.ts';
import type { PluginContext } from '../../plugin.ts';
import { type NoteLabel, noteLabels } from './note.ts';

const intro = 'No release-note block was found';

export function neededMessage(guidelinesUrl: string, label: string): string {
  return `${intro}, so this pull request gets the label \`${label}\`. Please write what users need to know into the description, in a fenced block of the language \`release-note\`, or \`NONE\` if they need to know nothing. The [guidelines](${guidelinesUrl}) tell more.`;
}

/** One of the labels; the others go, and so does the comment that asked for a note. */
export async function setNoteLabel(pull: IssueName, label: NoteLabel, present: LabelSet, { github, decide }: Pick<PluginContext, 'github' | 'decide'>): Promise<void> {
  const others = noteLabels.filter((other) => other !== label && present.has(other));
  if (present.has(label) && others.length === 0) return;
  decide('release note', { label });
  if (others.length > 0) await pruneComments(github, pull, ({ body }) => body.startsWith(intro));
  for (const other of others) await github.removeLabel({ ...pull, label: present.spelling(other) ?? other });
  if (!present.has(label)) await github.addLabels({ ...pull, labels: [label] });
}
