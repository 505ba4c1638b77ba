// Labels as plugins use them. Names are upstream's (pkg/labels/labels.go); GitHub compares them without case.
import type { GitHubClient, IssueName } from '@prow/clients-github';

export const labelNames = {
  approved: 'approved',
  blockedPaths: 'do-not-merge/blocked-paths',
  goodFirstIssue: 'good first issue',
  help: 'help wanted',
  hold: 'do-not-merge/hold',
  invalidOwners: 'do-not-merge/invalid-owners-file',
  lgtm: 'lgtm',
  mergeCommits: 'do-not-merge/contains-merge-commits',
  invalidCommitMessage: 'do-not-merge/invalid-commit-message',
  needsOkToTest: 'needs-ok-to-test',
  needsRebase: 'needs-rebase',
  okToTest: 'ok-to-test',
  releaseNote: 'release-note',
  releaseNoteActionRequired: 'release-note-action-required',
  releaseNoteNeeded: 'do-not-merge/release-note-label-needed',
  releaseNoteNone: 'release-note-none',
  workInProgress: 'do-not-merge/work-in-progress',
} as const;

/** A set of labels that does not mind case and remembers how they are spelt. */
export class LabelSet {
  readonly #names: ReadonlyMap<string, string>;

  constructor(names: Iterable<string>) {
    this.#names = new Map([...names].map((name) => [name.toLowerCase(), name]));
  }

  has(name: string): boolean {
    return this.#names.has(name.toLowerCase());
  }

  /** As GitHub spells it. */
  spelling(name: string): string | undefined {
    return this.#names.get(name.toLowerCase());
  }

  withPrefix(prefix: string): string[] {
    return [...this.#names].filter(([key]) => key.startsWith(prefix.toLowerCase())).map(([, name]) => name);
  }

  *[Symbol.iterator](): Iterator<string> {
    yield* this.#names.values();
  }
}

/** The labels on an issue or pull request now. */
export async function labelsOn(github: Pick<GitHubClient, 'listIssueLabels'>, { org, repo, number }: IssueName): Promise<LabelSet> {
  return new LabelSet((await github.listIssueLabels({ org, repo, number })).map(({ name }) => name));
}

/** All labels the repository has. */
export async function labelsOfRepository(github: Pick<GitHubClient, 'listRepositoryLabels'>, { org, repo }: { org: string; repo: string }): Promise<LabelSet> {
  return new LabelSet((await github.listRepositoryLabels({ org, repo })).map(({ name }) => name));
}

/** Puts a label there or takes it away, where it is not so already. */
export async function setLabel(
  github: Pick<GitHubClient, 'listIssueLabels' | 'addLabels' | 'removeLabel'>,
  thread: IssueName,
  label: string,
  wanted: boolean,
): Promise<boolean> {
  const { org, repo, number } = thread;
  const present = await labelsOn(github, thread);
  if (present.has(label) === wanted) return false;
  if (wanted) await github.addLabels({ org, repo, number, labels: [label] });
  else await github.removeLabel({ org, repo, number, label: present.spelling(label) ?? label });
  return true;
}
