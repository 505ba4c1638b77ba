// Jobs as GitHub check runs, beside their statuses: what happened, which tests failed, where. GitHub takes check runs
// from Apps only. Not upstream's.
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { GitHubError, type CheckAnnotation, type NewCheckRun, type Statuses } from '@prow/clients-github';
import { gerritReportLabel, isComplete, type ProwJob } from '@prow/model-prowjob';
import { commitOf } from './commit-of.ts';
import type { FailingTest } from './failing-tests.ts';
import { stateOf, type ReportOutcome, type Reporter } from './reporter.ts';

export const checkRunReporterName = 'github-check-run-reporter';
/** GitHub's limits. */
const maxAnnotations = 50;
const maxSummaryLength = 60_000;
/** Forgotten ones are asked for again. */
const maxRemembered = 10_000;

export interface CheckRunReporterOptions {
  github: Pick<Statuses, 'createCheckRun' | 'listCheckRuns' | 'updateCheckRun'>;
  /** The failing tests that the job's JUnit files name; none where there are no files. */
  failingTestsOf: (prowJob: ProwJob, signal: AbortSignal) => Promise<readonly FailingTest[]>;
  log: Logger;
}

export class CheckRunReporter implements Reporter {
  readonly name = checkRunReporterName;
  readonly #options: CheckRunReporterOptions;
  /** Ids of check runs by the name of their job. */
  readonly #ids = new Map<string, number>();

  constructor(options: CheckRunReporterOptions) {
    this.#options = options;
  }

  // A job has one run, whoever made it: this process, or one that was killed before it could note that.
  async #idOf({ org, repo, headSha, externalId = '' }: NewCheckRun): Promise<number | undefined> {
    const known = this.#ids.get(externalId);
    if (known !== undefined) return known;
    const runs = await this.#options.github.listCheckRuns({ org, repo, ref: headSha });
    return runs.find((run) => run.external_id === externalId)?.id;
  }

  #remember(externalId: string, id: number): void {
    if (this.#ids.size >= maxRemembered) this.#ids.clear();
    this.#ids.set(externalId, id);
  }

  keyOf(prowJob: ProwJob): string {
    return prowJob.metadata.name ?? '';
  }

  shouldReport({ spec, metadata, status }: ProwJob): boolean {
    if (spec.report !== true || spec.refs === undefined || (spec.refs.pulls ?? []).length > 1) return false;
    if (spec.type !== 'presubmit' && spec.type !== 'postsubmit') return false;
    return (metadata.labels?.[gerritReportLabel] ?? '') === '' && status.state !== 'scheduling';
  }

  async report(prowJobs: readonly ProwJob[], signal: AbortSignal): Promise<ReadonlyMap<string, ReportOutcome>> {
    const outcomes = new Map<string, ReportOutcome>();
    for (const prowJob of prowJobs) outcomes.set(prowJob.metadata.name ?? '', await this.#reportOne(prowJob, signal));
    return outcomes;
  }

  async #reportOne(prowJob: ProwJob, signal: AbortSignal): Promise<ReportOutcome> {
    const { github, failingTestsOf, log } = this.#options;
    try {
      const failed = isComplete(prowJob) && stateOf(prowJob) === 'failure' ? await failingTestsOf(prowJob, signal) : [];
      const run = checkRunFor(prowJob, failed);
      const id = await this.#idOf(run);
      if (id === undefined) this.#remember(run.externalId ?? '', (await github.createCheckRun(run)).id);
      else {
        const { headSha: _sha, ...change } = run;
        await github.updateCheckRun({ ...change, id });
      }
      if (isComplete(prowJob)) this.#ids.delete(run.externalId ?? '');
      return { kind: 'reported' };
    } catch (error) {
      this.#ids.delete(prowJob.metadata.name ?? '');
      if (!(error instanceof GitHubError) || !(error.isForbidden || error.isNotFound || error.isValidation)) return { kind: 'failed', error };
      log.warn('GitHub will not take this check run', { prowjob: prowJob.metadata.name, cause: messageOf(error) });
      return { kind: 'reported' };
    }
  }
}

/** The run of a job; that of a newer job takes its place on the commit's page. */
export function checkRunFor(prowJob: ProwJob, failed: readonly FailingTest[]): NewCheckRun {
  const { refs, context = '', job } = prowJob.spec;
  const { startTime, completionTime, url = '', description = '' } = prowJob.status;
  const state = stateOf(prowJob);
  const base: NewCheckRun = {
    org: refs?.org ?? '',
    repo: refs?.repo ?? '',
    name: context === '' ? job : context,
    headSha: commitOf(prowJob),
    externalId: prowJob.metadata.name ?? '',
    ...(url === '' ? {} : { detailsUrl: url }),
    ...(startTime === undefined ? {} : { startedAt: startTime }),
  };
  if (!isComplete(prowJob)) return { ...base, status: state === 'pending' ? 'in_progress' : 'queued', output: { title: description === '' ? 'Waiting' : description, summary: summaryOf(prowJob, []) } };
  const title = failed.length === 0 ? (description === '' ? state : description) : `${failed.length} test${failed.length === 1 ? '' : 's'} failed`;
  const annotations = failed.flatMap((test) => annotationOf(test)).slice(0, maxAnnotations);
  return {
    ...base,
    status: 'completed',
    conclusion: conclusions[state] ?? 'failure',
    ...(completionTime === undefined ? {} : { completedAt: completionTime }),
    output: { title, summary: summaryOf(prowJob, failed), ...(annotations.length === 0 ? {} : { annotations }) },
  };
}

const conclusions: Readonly<Partial<Record<string, NonNullable<NewCheckRun['conclusion']>>>> = { success: 'success', failure: 'failure', error: 'failure', aborted: 'cancelled' };

function summaryOf(prowJob: ProwJob, failed: readonly FailingTest[]): string {
  const { url = '', description = '' } = prowJob.status;
  const { rerun_command: rerun = '' } = prowJob.spec;
  const lines = [
    description,
    ...(url === '' ? [] : ['', `[Log and artifacts](${url})`]),
    ...(rerun === '' ? [] : ['', `Say \`${rerun}\` to run it again.`]),
    ...(failed.length === 0 ? [] : ['', 'Failed tests:', '', ...failed.map((test) => `- \`${test.name.replaceAll('`', "'").replaceAll(/\s+/g, ' ')}\``)]),
  ];
  return lines.join('\n').slice(0, maxSummaryLength);
}

function annotationOf({ name, message, file, line }: FailingTest): CheckAnnotation[] {
  if (file === undefined || file.startsWith('/') || file.split('/').includes('..')) return [];
  return [{ path: file, start_line: line ?? 1, end_line: line ?? 1, annotation_level: 'failure', message: message === '' ? 'failed' : message, title: name.slice(0, 255) }];
}
