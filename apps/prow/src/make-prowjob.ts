// A ProwJob from a job's name and a change given by flags, completed from GitHub. upstream: cmd/mkpj/main.go
import { integerFlag, stringFlag } from '@prow/base-flags';
import type { FlagValues } from '@prow/base-flags';
import { nearestNames, ProwError } from '@prow/base-errors';
import { runsAgainstBranch } from '@prow/model-job-selection';
import { newProwJob, periodicSpec, postsubmitSpec, presubmitLabels, presubmitSpec } from '@prow/model-prowjob';
import type { Postsubmit, Presubmit, ProwJob, ProwJobSpec, Refs } from '@prow/model-prowjob';
import type { ProwConfig } from '@prow/model-config';
import { splitRepo } from './dump/fixed-change.ts';
import { readChange } from './read-change.ts';

export const changeFlags = {
  job: stringFlag('job', { help: 'Name of the job.', required: true }),
  baseRef: stringFlag('base-ref', { help: 'Branch the change is for. Default: the pull request\'s, or the repository\'s default branch.' }),
  baseSha: stringFlag('base-sha', { help: "Commit of the base branch. Default: its tip." }),
  pullNumber: integerFlag('pull-number', { help: 'Number of the pull request, for presubmits.', min: 1 }),
  pullSha: stringFlag('pull-sha', { help: "Commit of the pull request. Default: its head." }),
  pullAuthor: stringFlag('pull-author', { help: "Author of the pull request. Default: as on GitHub." }),
  githubEndpoint: stringFlag('github-endpoint', { help: "GitHub's API.", default: 'https://api.github.com' }),
  githubTokenPath: stringFlag('github-token-path', { help: 'File with a GitHub token.' }),
} as const;

export type ChangeSettings = FlagValues<typeof changeFlags>;

type Found = { kind: 'presubmit'; repo: string; job: Presubmit } | { kind: 'postsubmit'; repo: string; job: Postsubmit };

export async function makeProwJob(config: ProwConfig, settings: ChangeSettings, made: { name: string; nowMs: number }): Promise<ProwJob> {
  const periodic = config.periodics.find((job) => job.name === settings.job);
  const found = findJob(config, settings);
  if (found === undefined) {
    if (periodic === undefined) throw unknownJob(config, settings.job);
    return finish(config, periodicSpec(periodic), periodic.labels, periodic.annotations, made);
  }
  const refs = await refsFor(found, settings, config);
  if (found.kind === 'postsubmit') return finish(config, postsubmitSpec(found.job, refs), found.job.labels, found.job.annotations, made);
  return finish(config, presubmitSpec(found.job, refs), presubmitLabels(found.job), found.job.annotations, made);
}

// The one that runs on the branch, where a name stands for several.
function findJob(config: ProwConfig, settings: ChangeSettings): Found | undefined {
  const candidates: Found[] = [
    ...Object.entries(config.presubmits).flatMap(([repo, jobs]) => jobs.map((job) => ({ kind: 'presubmit' as const, repo, job }))),
    ...Object.entries(config.postsubmits).flatMap(([repo, jobs]) => jobs.map((job) => ({ kind: 'postsubmit' as const, repo, job }))),
  ].filter(({ job }) => job.name === settings.job);
  const branch = settings.baseRef;
  return candidates.find(({ job }) => branch === undefined || runsAgainstBranch(job, branch));
}

function unknownJob(config: ProwConfig, name: string): ProwError {
  const names = [...Object.values(config.presubmits).flat(), ...Object.values(config.postsubmits).flat(), ...config.periodics].map((job) => job.name);
  const near = nearestNames(name, names);
  return new ProwError('PROW_CLI_UNKNOWN_JOB', `there is no job ${name}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}`);
}

async function refsFor(found: Found, settings: ChangeSettings, config: ProwConfig): Promise<Refs> {
  const { org, repo } = splitRepo(found.repo);
  const number = found.kind === 'presubmit' ? settings.pullNumber : undefined;
  if (found.kind === 'presubmit' && number === undefined) throw new ProwError('PROW_CLI_FLAG', `${found.job.name} is a presubmit: --pull-number must be given`);
  const link = `${config.github.link_url.replace(/\/+$/, '')}/${found.repo}`;
  const change = await readChange({ org, repo, number, settings });
  return {
    org,
    repo,
    repo_link: link,
    base_ref: change.baseRef,
    ...(change.baseSha === undefined ? {} : { base_sha: change.baseSha, base_link: `${link}/commit/${change.baseSha}` }),
    ...(number === undefined ? {} : {
      pulls: [{
        number,
        author: change.author ?? '',
        sha: change.headSha ?? '',
        ...(change.title === undefined ? {} : { title: change.title }),
        ...(change.headRef === undefined ? {} : { head_ref: change.headRef }),
        link: `${link}/pull/${number}`,
        commit_link: `${link}/pull/${number}/commits/${change.headSha ?? ''}`,
        author_link: `${config.github.link_url.replace(/\/+$/, '')}/${change.author ?? ''}`,
      }],
    }),
  };
}

function finish(config: ProwConfig, spec: ProwJobSpec, labels: Record<string, string> | undefined, annotations: Record<string, string> | undefined, made: { name: string; nowMs: number }): ProwJob {
  return newProwJob(spec, {
    name: made.name,
    namespace: config.prowjob_namespace,
    labels: labels ?? {},
    annotations: annotations ?? {},
    nowMs: made.nowMs,
    ...(config.scheduler?.enabled === true ? { state: 'scheduling' as const } : {}),
  });
}
