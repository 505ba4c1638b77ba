// The one comment on a pull request that lists its failed jobs. Bots and people read it, so its table, its marker and
// the way it is read back are a contract. upstream: pkg/github/report/report.go
import { isOptionalLabel, type ProwJob } from '@prow/model-prowjob';

/** Marks the bot's report comments. */
export const reportMarker = '<!-- test report -->';
const cellSeparator = ' | ';
const maxRows = 1000;

/** A comment of the bot itself on the pull request, oldest first. */
export interface BotComment {
  id: number;
  body: string;
}

/** What is to be done to the comments so that they say what `jobs` ended with. */
export interface CommentPlan {
  /** Rows of the comment that shall stand; empty: no failed test is left. */
  rows: string[];
  /** The comment to be written anew with `rows`; undefined: a new one. */
  editId: number | undefined;
  /** Whether there is something to be written. */
  write: boolean;
  /** Comments that the written one replaces. Deleted after it was written, so that no row is lost in between. */
  deleteIds: number[];
}

/**
 * Rows of earlier reports stay, the newest of each context, except those of the contexts reported now; failed jobs get
 * a row. A failure makes a new comment (GitHub then notifies), anything else edits the old one, or deletes it with its
 * last row.
 * @param mustWrite a comment is wanted even if no test failed (summary comments)
 */
export function planComment(jobs: readonly ProwJob[], comments: readonly BotComment[], { mustWrite = false } = {}): CommentPlan {
  const reports = comments.filter((comment) => comment.body.includes(reportMarker));
  const rows = newestRows(reports.flatMap((report) => rowsOf(report.body)), new Set(jobs.map((job) => job.spec.context ?? '')));
  const failed = jobs.filter((job) => job.status.state === 'failure').map((job) => rowFor(job));
  rows.push(...failed);
  const older = reports.slice(0, -1).map((report) => report.id);
  const latest = reports.at(-1)?.id;
  const replaced = latest !== undefined && (failed.length > 0 || rows.length === 0);
  return {
    rows,
    editId: replaced ? undefined : latest,
    write: rows.length > 0 || mustWrite,
    deleteIds: replaced ? [...older, latest] : older,
  };
}

/** The comment's text. @param templateText what the configured report template gave; '' where there is none */
export function renderComment(author: string, rows: readonly string[], templateText: string | undefined): string {
  const lines =
    rows.length === 0
      ? [`@${author}: all tests **passed!**`, '']
      : [
          `@${author}: The following test${rows.length > 1 ? 's' : ''} **failed**, say \`/retest\` to rerun all failed tests or \`/retest-required\` to rerun all mandatory failed tests:`,
          '',
          'Test name | Commit | Details | Required | Rerun command',
          '--- | --- | --- | --- | ---',
          ...rows,
        ];
  if (templateText !== undefined) lines.push('', templateText);
  return [...lines, '', '<details>', '', aboutThisComment, '</details>', reportMarker].join('\n');
}

const aboutThisComment =
  'This comment lists the failed tests of this pull request and is kept up to date. Comment `/test NAME` to run one of them, `/retest` to run all that failed, `/help` to see what else can be asked for.';

// What stands between a line of dashes and the next empty line. upstream reads it the same way, template text included.
function rowsOf(body: string): string[] {
  const rows: string[] = [];
  let isInTable = false;
  for (const raw of body.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('---')) isInTable = true;
    else if (line === '') isInTable = false;
    else if (isInTable && rows.length < maxRows) rows.push(line);
  }
  return rows;
}

function newestRows(rows: readonly string[], withoutContexts: ReadonlySet<string>): string[] {
  const lastOf = new Map<string, number>();
  for (const [index, row] of rows.entries()) lastOf.set(firstCell(row), index);
  return rows.filter((row, index) => lastOf.get(firstCell(row)) === index && !withoutContexts.has(firstCell(row)));
}

function firstCell(row: string): string {
  return row.split(cellSeparator, 1)[0] ?? '';
}

function rowFor(job: ProwJob): string {
  return [
    job.spec.context ?? '',
    job.spec.refs?.pulls?.[0]?.sha ?? '',
    `[link](${job.status.url ?? ''})`,
    isRequiredText(job),
    `\`${job.spec.rerun_command ?? ''}\``,
  ].join(cellSeparator);
}

const yesTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const noTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function isRequiredText(job: ProwJob): string {
  const optional = job.spec.type === 'presubmit' ? job.metadata.labels?.[isOptionalLabel] : undefined;
  if (optional !== undefined && yesTexts.has(optional)) return 'false';
  return optional !== undefined && noTexts.has(optional) ? 'true' : 'unknown';
}
