// What a changed configuration asks of open pull requests: pure. upstream: pkg/statusreconciler/controller.go
import { isContextRequired, needsExplicitTrigger, type Presubmit } from '@prow/model-prowjob';

export interface RepoChanges {
  /** Jobs that are needed now, run by themselves, and were not so before. */
  added: Presubmit[];
  /** Contexts nobody will report to any more. */
  retired: string[];
  /** Contexts that a needed job has under another name now. */
  moved: { from: string; to: string }[];
}

/** Presubmits by `org/repo`. */
export type Presubmits = Readonly<Record<string, readonly Presubmit[]>>;

/** Repositories with something to do. A repository that had no presubmits before counts, too. */
export function compareJobs(before: Presubmits, now: Presubmits): Map<string, RepoChanges> {
  const changes = new Map<string, RepoChanges>();
  for (const repo of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const change = compareRepo(jobsOf(before, repo), jobsOf(now, repo));
    if (change.added.length + change.retired.length + change.moved.length > 0) changes.set(repo, change);
  }
  return changes;
}

function jobsOf(presubmits: Presubmits, repo: string): readonly Presubmit[] {
  return Object.hasOwn(presubmits, repo) ? (presubmits[repo] ?? []) : [];
}

function compareRepo(before: readonly Presubmit[], now: readonly Presubmit[]): RepoChanges {
  const added = now.filter((job) => blocks(job) && !before.some((old) => old.name === job.name && blocks(old)));
  const contextsNow = new Set(now.filter((job) => job.skip_report !== true).map((job) => contextOf(job)));
  const moved: RepoChanges['moved'] = [];
  const retired: string[] = [];
  for (const old of before) {
    const context = contextOf(old);
    if (!isContextRequired(old) || contextsNow.has(context)) continue;
    const successor = now.find((job) => job.name === old.name && job.skip_report !== true);
    if (successor === undefined) retired.push(context);
    else moved.push({ from: context, to: contextOf(successor) });
  }
  return { added, retired: [...new Set(retired)], moved: moved.filter(({ from }, index) => moved.findIndex((each) => each.from === from) === index) };
}

function contextOf(job: Presubmit): string {
  return (job.context ?? '') === '' ? job.name : (job.context ?? '');
}

function blocks(job: Presubmit): boolean {
  return isContextRequired(job) && !needsExplicitTrigger(job);
}
