// States of jobs as commit statuses and as the one report comment on the pull request.
// upstream: pkg/crier/reporters/github/reporter.go, pkg/github/report/report.go
import { messageOf, ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { GitHubError, type Comments, type Statuses, type StatusState, type Users } from '@prow/clients-github';
import { gerritReportLabel, isComplete, type ProwJob, type ProwJobState } from '@prow/model-prowjob';
import { commitOf } from './commit-of.ts';
import { isNewerRun } from './newer-run.ts';
import { planComment, renderComment, type CommentPlan } from './report-comment.ts';
import { stateOf, type ReportOutcome, type Reporter } from './reporter.ts';
import { statusDescription } from './status-description.ts';

export const githubReporterName = 'github-reporter';
/** A pull request with many jobs shall not take all of GitHub's patience at once. */
const statusesAtOnce = 4;

/** The parts of the configuration that this reporter reads. */
export interface GitHubReportSettings {
  /** Default: presubmit and postsubmit. */
  jobTypesToReport?: readonly string[];
  /** `org` or `org/repo`: statuses only. */
  noCommentRepos?: readonly string[];
  /** `org` or `org/repo`: one comment once all jobs of the pull request have ended, also when all passed. */
  summaryCommentRepos?: readonly string[];
  /** Only jobs of this agent are reported; '' and absent: of all. upstream: --report-agent */
  reportAgent?: string;
  /** The text of the report template for the job's repository, executed; undefined where there is none. */
  templateText(prowJob: ProwJob): string | undefined;
}

export interface GitHubReporterOptions {
  github: Pick<Comments, 'listComments' | 'createComment' | 'editComment' | 'deleteComment'> & Pick<Statuses, 'createStatus'> & Pick<Users, 'isBot'>;
  /** Asked at every report: configuration is hot. */
  settings: () => GitHubReportSettings;
  /** All known jobs with this key (see `keyOf`), the reported ones included. */
  jobsWithKey: (key: string) => readonly ProwJob[];
  log: Logger;
}

const githubState: Readonly<Record<ProwJobState, StatusState>> = {
  scheduling: 'pending',
  triggered: 'pending',
  pending: 'pending',
  success: 'success',
  failure: 'failure',
  aborted: 'failure',
  error: 'error',
};

export class GitHubReporter implements Reporter {
  readonly name = githubReporterName;
  readonly #options: GitHubReporterOptions;

  constructor(options: GitHubReporterOptions) {
    this.#options = options;
  }

  /** One pull request, or one commit of a branch: what shares a comment, and statuses that may supersede each other. */
  keyOf(prowJob: ProwJob): string {
    const { refs } = prowJob.spec;
    if (refs === undefined) return `job/${prowJob.metadata.name ?? ''}`;
    const pull = refs.pulls?.[0];
    return pull === undefined ? `${refs.org}/${refs.repo}@${refs.base_sha ?? ''}` : `${refs.org}/${refs.repo}#${pull.number}`;
  }

  shouldReport(prowJob: ProwJob): boolean {
    const { spec } = prowJob;
    if (spec.report !== true || spec.refs === undefined || (spec.refs.pulls ?? []).length > 1) return false;
    if ((prowJob.metadata.labels?.[gerritReportLabel] ?? '') !== '') return false;
    if (stateOf(prowJob) === 'scheduling') return false;
    if (spec.type !== 'presubmit' && spec.type !== 'postsubmit') return false;
    const { reportAgent = '' } = this.#options.settings();
    return reportAgent === '' || spec.agent === reportAgent;
  }

  // What is not to be told is noted as reported, as upstream does: a type that is added later brings no flood of old states.
  #isTold({ spec }: ProwJob): boolean {
    const { jobTypesToReport: types = [] } = this.#options.settings();
    return types.length === 0 || types.includes(spec.type);
  }

  async report(prowJobs: readonly ProwJob[], _signal?: AbortSignal, mayTell: () => boolean = () => true): Promise<ReadonlyMap<string, ReportOutcome>> {
    const outcomes = new Map<string, ReportOutcome>();
    const first = prowJobs[0];
    if (first === undefined) return outcomes;
    const siblings = this.#options.jobsWithKey(this.keyOf(first));
    const delivered: ProwJob[] = [];
    const superseded: ProwJob[] = [];
    await inBatches(prowJobs, statusesAtOnce, async (prowJob) => {
      const name = prowJob.metadata.name ?? '';
      if (!this.#isTold(prowJob)) {
        outcomes.set(name, { kind: 'reported' });
        return;
      }
      if (siblings.some((other) => supersedes(other, prowJob))) {
        superseded.push(prowJob);
        return;
      }
      const outcome = await this.#setStatus(prowJob, mayTell);
      if (outcome === 'delivered') delivered.push(prowJob);
      else outcomes.set(name, outcome);
    });
    await this.#comment({ delivered, superseded }, siblings, outcomes, mayTell);
    return outcomes;
  }

  async #setStatus(prowJob: ProwJob, mayTell: () => boolean): Promise<'delivered' | ReportOutcome> {
    const { refs } = prowJob.spec;
    const baseSha = refs?.base_sha ?? '';
    const sha = commitOf(prowJob);
    try {
      throwUnless(mayTell);
      await this.#options.github.createStatus({
        org: refs?.org ?? '',
        repo: refs?.repo ?? '',
        sha,
        state: githubState[stateOf(prowJob)],
        context: prowJob.spec.context ?? '',
        description: statusDescription(prowJob.status.description ?? '', baseSha),
        targetUrl: prowJob.status.url ?? '',
      });
      return 'delivered';
    } catch (error) {
      if (!isBeyondReach(error)) return { kind: 'failed', error };
      this.#options.log.warn('GitHub will never take this status', { prowjob: prowJob.metadata.name, sha, cause: messageOf(error) });
      return { kind: 'reported' };
    }
  }

  // Comments are for pull requests and for jobs that have ended. All due jobs share one reading and one writing.
  async #comment({ delivered, superseded }: Record<'delivered' | 'superseded', readonly ProwJob[]>, siblings: readonly ProwJob[], outcomes: Map<string, ReportOutcome>, mayTell: () => boolean): Promise<void> {
    const settings = this.#options.settings();
    const all = [...delivered, ...superseded];
    const isSummary = all.some((job) => isListed(settings.summaryCommentRepos, job));
    // The last run that a summary waits for may be one whose own end is of no interest any more.
    const ended = (isSummary ? all : delivered).filter((job) => isComplete(job) && job.spec.type === 'presubmit' && job.spec.refs?.pulls?.length === 1);
    let outcome: ReportOutcome = { kind: 'reported' };
    const latest = ended.toSorted(byEnd).at(-1);
    if (latest !== undefined && !isListed(settings.noCommentRepos, latest)) {
      const jobs = isSummary ? jobsOfSummary(siblings, latest) : ended.toSorted(byEnd);
      if (jobs.length > 0) {
        try {
          // After an abort a new run is to be expected: that all passed is not said, failures are.
          const mustWrite = isSummary && !jobs.some((job) => stateOf(job) === 'aborted');
          await this.#writeComment(jobs, latest, { mustWrite, mayTell });
        } catch (error) {
          outcome = isBeyondReach(error) ? { kind: 'reported' } : { kind: 'failed', error };
        }
      }
    }
    const commented = new Set(ended);
    for (const job of all) outcomes.set(job.metadata.name ?? '', commented.has(job) ? outcome : { kind: 'reported' });
  }

  async #writeComment(jobs: readonly ProwJob[], latest: ProwJob, { mustWrite, mayTell }: { mustWrite: boolean; mayTell: () => boolean }): Promise<void> {
    const { github } = this.#options;
    const pull = latest.spec.refs?.pulls?.[0];
    const issue = { org: latest.spec.refs?.org ?? '', repo: latest.spec.refs?.repo ?? '', number: pull?.number ?? 0 };
    const own = [];
    for (const comment of await github.listComments(issue)) {
      if (await github.isBot(comment.user?.login ?? '')) own.push({ id: comment.id, body: comment.body ?? '' });
    }
    const plan: CommentPlan = planComment(jobs, own, { mustWrite });
    if (plan.write) {
      throwUnless(mayTell);
      const body = renderComment(pull?.author ?? '', plan.rows, this.#options.settings().templateText(latest));
      if (plan.editId === undefined) await github.createComment({ ...issue, body });
      else await github.editComment({ org: issue.org, repo: issue.repo, commentId: plan.editId, body });
    }
    for (const commentId of plan.deleteIds) {
      throwUnless(mayTell);
      await github.deleteComment({ org: issue.org, repo: issue.repo, commentId });
    }
  }
}

function throwUnless(mayTell: () => boolean): void {
  if (!mayTell()) throw new ProwError('PROW_REPORT_NOT_LEADING', 'this replica leads no more: another reports');
}

// A later run of the same context on the same commit owns the status: an older one must not write over it.
function supersedes(other: ProwJob, prowJob: ProwJob): boolean {
  return (
    other.metadata.name !== prowJob.metadata.name &&
    other.spec.type === prowJob.spec.type &&
    other.spec.report === true &&
    other.spec.context === prowJob.spec.context &&
    commitOf(other) === commitOf(prowJob) &&
    stateOf(other) !== 'scheduling' &&
    isNewerRun(other, prowJob)
  );
}

/**
 * The newest run of each job of the pull request, once all of them have ended; none while one runs.
 * upstream: pkg/crier/reporters/github/reporter.go, pjsToReport
 */
function jobsOfSummary(siblings: readonly ProwJob[], reported: ProwJob): ProwJob[] {
  const newest = new Map<string, ProwJob>();
  for (const job of siblings) {
    if (job.spec.type !== 'presubmit') continue;
    if (!isComplete(job)) return [];
    if (job.spec.report !== true) continue;
    const known = newest.get(job.spec.job);
    if (known === undefined || isNewerRun(job, known)) newest.set(job.spec.job, job);
  }
  const jobs = [...newest.values()];
  // The reported one last: its row is the newest.
  return [...jobs.filter((job) => job.metadata.name !== reported.metadata.name).toSorted(byEnd), ...jobs.filter((job) => job.metadata.name === reported.metadata.name)];
}

function byEnd(left: ProwJob, right: ProwJob): number {
  const [leftEnd = '', rightEnd = ''] = [left.status.completionTime, right.status.completionTime];
  if (leftEnd !== rightEnd) return leftEnd < rightEnd ? -1 : 1;
  return isNewerRun(left, right) ? 1 : isNewerRun(right, left) ? -1 : 0;
}

function isListed(repos: readonly string[] | undefined, job: ProwJob): boolean {
  const org = job.spec.refs?.org ?? '';
  return repos !== undefined && (repos.includes(org) || repos.includes(`${org}/${job.spec.refs?.repo ?? ''}`));
}

// The commit, the repository or the pull request is gone, or the commit is full: trying again can never help.
function isBeyondReach(error: unknown): boolean {
  if (!(error instanceof GitHubError)) return false;
  if (error.isNotFound) return true;
  const text = `${error.githubMessage} ${error.message}`;
  return error.isValidation && (text.includes('No commit found for SHA') || text.includes('maximum number of statuses'));
}

async function inBatches<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
