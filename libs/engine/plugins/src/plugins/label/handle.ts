import type { GenericComment } from '@prow/model-github-events';
import { restrictedLabelsFor } from '@prow/model-plugin-config';
import { labelsOfRepository, labelsOn, type LabelSet } from '../../labels.ts';
import { type PluginContext, threadOf } from '../../plugin.ts';
import { formatReply } from '../../text.ts';
import { readLabelCommands, type LabelCommands } from './read-commands.ts';
import { type RestrictedLabels, whyNotAllowed } from './restricted.ts';

type Context = Pick<PluginContext, 'github' | 'decide' | 'plugins' | 'notes' | 'note'>;

const NEEDS_CATEGORIES = ['kind', 'priority', 'sig', 'triage'];
const membersOnlyLabel = 'triage/accepted';

interface Work {
  readonly comment: GenericComment;
  readonly commands: LabelCommands;
  readonly present: LabelSet;
  readonly known: LabelSet;
  readonly restricted: RestrictedLabels;
  readonly context: Context;
}

/** `/kind bug`, `/remove-sig node`, `/label x`: sets and removes labels the repository has. */
export async function handleLabel(comment: GenericComment, context: Context): Promise<void> {
  if (comment.action !== 'created') return;
  const { github, decide, plugins } = context;
  const { org, repo } = comment.repository;
  const restricted = restrictedLabelsFor(plugins, org, repo);
  const additional = new Set((plugins.label?.additional_labels ?? []).map((label) => label.toLowerCase()));
  const commands = readLabelCommands(comment.body, (label) => restricted.has(label) || additional.has(label));
  if (commands === undefined) return;
  decide('labels asked for', { add: commands.add, remove: commands.remove, notConfigured: commands.notConfigured });
  const [known, present] = await Promise.all([labelsOfRepository(github, { org, repo }), labelsOn(github, threadOf(comment))]);
  const work: Work = { comment, commands, present, known, restricted, context };
  const added = await addLabels(work);
  const removed = await removeLabels(work);
  const complaint = complaintFor(work, { ...added, ...removed, supported: [...additional, ...restricted.keys()] });
  if (complaint !== undefined) await github.createComment({ ...threadOf(comment), body: formatReply(comment, complaint) });
}

async function addLabels(work: Work): Promise<{ unknown: string[]; isMemberMissing: boolean }> {
  const { comment, commands, present, known, context } = work;
  const { github } = context;
  const wanted = [...commands.add, ...needsLabels(work)].filter((label) => !present.has(label));
  const unknown = wanted.filter((label) => !known.has(label));
  const allowed: string[] = [];
  let isMemberMissing = false;
  for (const label of wanted.filter((each) => known.has(each))) {
    if (label === membersOnlyLabel && !(await github.isMember({ org: comment.repository.org, login: comment.user.login }))) isMemberMissing = true;
    else if (await isAllowed(work, label)) allowed.push(known.spelling(label) ?? label);
  }
  if (allowed.length > 0) await github.addLabels({ ...threadOf(comment), labels: allowed });
  return { unknown, isMemberMissing };
}

async function removeLabels(work: Work): Promise<{ absent: string[] }> {
  const { comment, commands, present, context } = work;
  const absent: string[] = [];
  for (const label of commands.remove) {
    if (!present.has(label)) {
      // A run that was cut short may have removed it.
      if (!context.notes.has(`remove ${label}`)) absent.push(label);
    } else if (await isAllowed(work, label)) {
      await context.note(`remove ${label}`);
      await context.github.removeLabel({ ...threadOf(comment), label: present.spelling(label) ?? label });
    }
  }
  return { absent };
}

/** `needs-kind` and its like, when the last label of a category goes and none comes. */
function needsLabels({ commands, present, known }: Work): string[] {
  return NEEDS_CATEGORIES.filter((category) => {
    const of = (labels: Iterable<string>): string[] => [...labels].filter((label) => label.toLowerCase().startsWith(`${category}/`));
    const removed = new Set(of(commands.remove));
    if (removed.size === 0 || of(commands.add).length > 0) return false;
    return of(present).every((label) => removed.has(label.toLowerCase()));
  })
    .map((category) => `needs-${category}`)
    .filter((label) => known.has(label));
}

async function isAllowed({ comment, restricted, context }: Work, label: string): Promise<boolean> {
  const reason = await whyNotAllowed(context.github, restricted, { org: comment.repository.org, login: comment.user.login, label });
  if (reason === undefined) return true;
  context.decide('label is restricted', { label });
  await context.github.createComment({ ...threadOf(comment), body: formatReply(comment, reason) });
  return false;
}

/** One answer to the first thing that was wrong. */
function complaintFor(
  { commands }: Work,
  { unknown, absent, isMemberMissing, supported }: { unknown: string[]; absent: string[]; isMemberMissing: boolean; supported: string[] },
): string | undefined {
  const list = (labels: readonly string[]): string => `\`${labels.join(', ').replaceAll('`', "'")}\``;
  if (commands.notConfigured.length > 0) {
    const others = supported.length === 0 ? 'None may be set that way here.' : `Labels that may be set that way here: ${list(supported)}.`;
    return `Not possible here: ${list(commands.notConfigured)}. ${others} The configuration lists them as \`additional_labels\` and \`restricted_labels\` of the plugin.`;
  }
  if (unknown.length > 0) return `The repository has no such label: ${list(unknown)}.`;
  if (absent.length > 0) return `Not set here, so not removed: ${list(absent)}.`;
  if (isMemberMissing) return `Only members of the organisation may set \`${membersOnlyLabel}\`.`;
  return undefined;
}
