// Starts the jobs that a pull request, or a batch, still lacks against the branch's present commit. upstream: pkg/tide/tide.go, trigger
import { randomUUID } from 'node:crypto';
import type { Clock } from '@prow/base-time';
import type { ResourceApi } from '@prow/clients-kube';
import { batchSpec, createdByTideLabel, newProwJob, presubmitLabels, presubmitSpec, type Presubmit, type ProwJob, type Refs } from '@prow/model-prowjob';
import type { JudgedPull, Subpool, TidePull } from './types.ts';

export interface TriggerParts {
  prowJobs: ResourceApi<ProwJob>;
  clock: Clock;
  /** `https://github.com`, without a slash at its end. */
  webUrl: string;
  namespace: string;
  isSchedulerEnabled: boolean;
}

function refsOf({ org, repo, branch, baseSha }: Subpool, pulls: readonly TidePull[], webUrl: string): Refs {
  const repoLink = `${webUrl}/${org}/${repo}`;
  return {
    org,
    repo,
    repo_link: repoLink,
    base_ref: branch,
    base_sha: baseSha,
    base_link: `${repoLink}/commit/${baseSha}`,
    pulls: pulls.map(({ number, author, headSha, title, headRef }) => ({
      number,
      author,
      sha: headSha,
      title,
      head_ref: headRef,
      link: `${repoLink}/pull/${number}`,
      commit_link: `${repoLink}/pull/${number}/commits/${headSha}`,
      author_link: `${webUrl}/${author}`,
    })),
  };
}

/** What a job tests, as one text: two jobs with the same are the same work. */
export function jobKey(spec: ProwJob['spec']): string {
  const { org = '', repo = '', base_sha: baseSha = '', pulls = [] } = spec.refs ?? {};
  return [spec.type, spec.job, org, repo, baseSha, ...pulls.map(({ number, sha }) => `${number}:${sha}`)].join(' ');
}

/**
 * One ProwJob a job: of type presubmit for one pull request, batch for more. Jobs that already run or have succeeded (their
 * `jobKey` is among `underWay`) are left out. Answers what was created.
 */
export async function triggerJobs(parts: TriggerParts, subpool: Subpool, pulls: readonly JudgedPull[], jobs: readonly Presubmit[], underWay: ReadonlySet<string>): Promise<ProwJob[]> {
  const refs = refsOf(subpool, pulls.map(({ pull }) => pull), parts.webUrl);
  const created: ProwJob[] = [];
  const seen = new Set<string>();
  for (const job of jobs) {
    const context = job.context ?? '';
    if (seen.has(context)) continue;
    seen.add(context);
    const spec = pulls.length === 1 ? presubmitSpec(job, refs) : batchSpec(job, refs);
    if (underWay.has(jobKey(spec))) continue;
    const prowJob = newProwJob(spec, {
      name: randomUUID(),
      namespace: parts.namespace,
      nowMs: parts.clock.now(),
      labels: presubmitLabels(job, { [createdByTideLabel]: 'true' }),
      annotations: job.annotations ?? {},
      ...(parts.isSchedulerEnabled ? { state: 'scheduling' as const } : {}),
    });
    created.push(await parts.prowJobs.create(prowJob));
  }
  return created;
}
