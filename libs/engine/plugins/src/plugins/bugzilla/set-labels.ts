import { labelsOn } from '../../labels.ts';
import type { Context, Subject } from './subject.ts';

const SEVERITIES: readonly string[] = ['urgent', 'high', 'medium', 'low', 'unspecified'];
const label = { valid: 'bugzilla/valid-bug', invalid: 'bugzilla/invalid-bug' };

/** Severity and validity as labels. True: the label of validity stays although the bug is not valid, for a person put it there. */
export async function setBugLabels({ pull }: Pick<Subject, 'pull'>, { severity, validity }: { severity: string | undefined; validity: 'valid' | 'invalid' | undefined }, { github }: Pick<Context, 'github'>): Promise<boolean> {
  const present = await labelsOn(github, pull);
  const isKept = validity !== 'valid' && present.has(label.valid) && (await isByPerson(pull, github));
  const shown = isKept ? 'valid' : validity;
  const wanted = new Set([...(severity !== undefined && SEVERITIES.includes(severity) ? [`bugzilla/severity-${severity}`] : []), ...(shown === undefined ? [] : [label[shown]])]);
  const managed = [...SEVERITIES.map((name) => `bugzilla/severity-${name}`), label.valid, label.invalid];
  for (const name of managed) if (!wanted.has(name) && present.has(name)) await github.removeLabel({ ...pull, label: present.spelling(name) ?? name });
  const missing = [...wanted].filter((name) => !present.has(name));
  if (missing.length > 0) await github.addLabels({ ...pull, labels: missing });
  return isKept;
}

async function isByPerson(pull: Subject['pull'], github: Context['github']): Promise<boolean> {
  const labelings = (await github.listIssueEvents(pull)).filter((event) => event.event === 'labeled' && event.label?.name === label.valid);
  const login = labelings.at(-1)?.actor?.login;
  return login !== undefined && !(await github.isBot(login));
}
