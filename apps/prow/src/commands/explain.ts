// `prow explain`: which jobs a change or a comment starts, and why the others stay.
import { booleanFlag, parseFlags, stringFlag, stringListFlag } from '@prow/base-flags';
import { ProwError } from '@prow/base-errors';
import { commentFilter, selectPostsubmits, selectPresubmits, testAllFilter } from '@prow/model-job-selection';
import type { JobDecision } from '@prow/model-job-selection';
import { postsubmitsFor, presubmitsFor } from '@prow/model-config';
import type { ProwConfig } from '@prow/model-config';
import type { JobBase, Presubmit } from '@prow/model-prowjob';
import type { Command, Console } from '../command.ts';
import { configFlags, loadValidConfiguration } from '../load-config.ts';

const flags = {
  ...configFlags,
  repo: stringFlag('repo', { help: 'org/repo.' }),
  branch: stringFlag('branch', { help: 'The branch the change is for.', default: 'master' }),
  files: stringListFlag('file', { help: 'A changed file.' }),
  comment: stringFlag('comment', { help: 'A comment on the pull request, such as /test all; without it, what a new pull request starts.' }),
  failedContexts: stringListFlag('failed-context', { help: 'With --comment /retest: a status that failed.' }),
  push: booleanFlag('push', { help: 'Explain the postsubmits of a push instead.', default: false }),
  job: stringFlag('job', { help: 'Only this job.' }),
  batch: booleanFlag('batch', { help: 'Read JSON lines {repo, branch, files, event, body, …} from standard input and write each back with run, the names of the jobs that run.', default: false }),
} as const;

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Tell which jobs run for a change or a comment, and why the others do not.',
  run: async (argv, console) => {
    const parsed = parseFlags(flags, argv, {
      program: 'prow explain',
      summary: 'Tells which jobs of a repository run for a change, and for each that does not, the one reason why.',
      examples: ['prow explain --config-path configs/config.yaml --job-config-path configs/jobs --repo tess/tessops --branch master --file Makefile', 'prow explain … --repo tess/tessops --comment "/test all"'],
    });
    if (parsed.kind === 'help') {
      console.out(parsed.text);
      return 0;
    }
    const { values } = parsed;
    const { config } = loadValidConfiguration(values).snapshot;
    if (values.batch) return explainLines(config, console);
    if (values.repo === undefined) throw new ProwError('PROW_CLI_FLAG', '--repo org/repo must be given');
    const decisions = values.push
      ? (await selectPostsubmits({ postsubmits: postsubmitsFor(config, values.repo), branch: values.branch, files: values.files })).decisions
      : (await selectPresubmits({
        presubmits: presubmitsFor(config, values.repo),
        branch: values.branch,
        files: values.files,
        filter: values.comment === undefined ? testAllFilter : commentFilter(values.comment, { honorOkToTest: true, failedContexts: new Set(values.failedContexts), allContexts: new Set(values.failedContexts) }),
      })).decisions;
    return printDecisions(decisions, values.repo, values.job, console);
  },
};

function printDecisions(decisions: readonly JobDecision<JobBase>[], repo: string, only: string | undefined, console: Console): number {
  const shown = only === undefined ? decisions : decisions.filter((decision) => decision.job.name === only);
  if (shown.length === 0) {
    console.error(only === undefined ? `${repo} has no such jobs\n` : `${repo} has no job ${only}\n`);
    return 1;
  }
  const width = Math.max(...shown.map((decision) => decision.job.name.length));
  for (const runs of [true, false]) {
    for (const decision of shown) {
      if (decision.runs === runs) console.out(`${runs ? 'run ' : 'skip'}  ${decision.job.name.padEnd(width)}  ${decision.reason}\n`);
    }
  }
  return 0;
}

interface BatchLine {
  readonly repo: string;
  readonly branch: string;
  readonly files?: readonly string[] | null;
  readonly event: string;
  readonly body?: string;
  readonly honorOkToTest?: boolean;
  readonly failedContexts?: readonly string[] | null;
  readonly allContexts?: readonly string[] | null;
}

async function explainLines(config: ProwConfig, console: Console): Promise<number> {
  let number = 0;
  for await (const text of console.lines()) {
    number++;
    if (text.trim() === '') continue;
    const { line, raw } = readLine(text, number);
    const run = await jobsFor(config, line);
    console.out(`${JSON.stringify({ ...raw, run: run.map((job) => job.name) })}\n`);
  }
  return 0;
}

async function jobsFor(config: ProwConfig, line: BatchLine): Promise<readonly Presubmit[]> {
  const filter = line.event === 'comment'
    ? commentFilter(line.body ?? '', {
      honorOkToTest: line.honorOkToTest === true,
      failedContexts: new Set(line.failedContexts),
      allContexts: new Set(line.allContexts),
    })
    : testAllFilter;
  return (await selectPresubmits({ presubmits: presubmitsFor(config, line.repo), branch: line.branch, files: line.files ?? [], filter })).toRun;
}

function readLine(text: string, number: number): { line: BatchLine; raw: Record<string, unknown> } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new ProwError('PROW_CLI_BATCH', `line ${number} of standard input is not JSON`);
  }
  if (typeof raw !== 'object' || raw === null || !('repo' in raw) || typeof raw.repo !== 'string' || !('branch' in raw) || typeof raw.branch !== 'string') {
    throw new ProwError('PROW_CLI_BATCH', `line ${number} of standard input: expected an object with repo and branch`);
  }
  const { run: _run, ...rest } = raw as Record<string, unknown>;
  return { line: rest as unknown as BatchLine, raw: rest };
}
