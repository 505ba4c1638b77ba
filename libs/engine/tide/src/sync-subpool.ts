// One branch's round: judge, choose, act. upstream: pkg/tide/tide.go, syncSubpool
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { GitClient } from '@prow/clients-git';
import type { GitHubClient } from '@prow/clients-github';
import type { ProwConfig } from '@prow/model-config';
import { jobsRequiredBy } from '@prow/model-job-selection';
import type { Presubmit, ProwJob } from '@prow/model-prowjob';
import { judge, judgeBatches } from './accumulate.ts';
import { chooseAction } from './choose-action.ts';
import type { Exclusions } from './exclusions.ts';
import { isMethodAllowed, methodOf, whyNotInPool } from './filter-pull.ts';
import { mergePulls } from './merge-pulls.ts';
import { pickBatch } from './pick-batch.ts';
import { branchSettings, requiredJobs } from './pool-settings.ts';
import { jobKey, triggerJobs, type TriggerParts } from './trigger-jobs.ts';
import type { Blocker, JobsOfBase, JudgedPull, PoolReport, PullReport, Subpool, TideAction, TidePull } from './types.ts';

export interface SubpoolParts {
  github: GitHubClient;
  git: GitClient;
  trigger: TriggerParts;
  clock: Clock;
  log: Logger;
  exclusions: Exclusions;
  presubmitsOf: (subpool: Subpool) => Promise<readonly Presubmit[]>;
  changedFilesOf: (pull: TidePull) => Promise<readonly string[]>;
  repositoryOf: (name: { org: string; repo: string }) => Promise<Parameters<typeof isMethodAllowed>[1]>;
  isDryRun: boolean;
}

export interface SubpoolOutcome {
  action: TideAction['kind'];
  target: readonly TidePull[];
  pool: PoolReport;
  /** Pull requests that are in the pool now. */
  pooled: readonly TidePull[];
  /** Why a pull request that meets a query is not in the pool: by number. */
  reasons: ReadonlyMap<number, string>;
  merged: readonly TidePull[];
  created: readonly ProwJob[];
  error: string | undefined;
}

function report({ number, title, org, repo, author, headSha, headRef, base, mergeable }: TidePull): PullReport {
  return { Number: number, Title: title, Org: org, Repo: repo, AuthorLogin: author, HeadRefOID: headSha, HeadRefName: headRef, BaseRefName: base, Mergeable: mergeable.toUpperCase() };
}

export async function syncSubpool(parts: SubpoolParts, config: ProwConfig, subpool: Subpool, jobs: JobsOfBase, blockers: readonly Blocker[], signal: AbortSignal): Promise<SubpoolOutcome> {
  const presubmits = await parts.presubmitsOf(subpool);
  const settings = branchSettings(config, subpool, presubmits);
  const repository = await parts.repositoryOf(subpool);
  const labels = { squash: config.tide.squash_label ?? '', rebase: config.tide.rebase_label ?? '', merge: config.tide.merge_label ?? '' };
  const jobContexts = new Set(presubmits.map(({ context = '' }) => context));
  const reasons = new Map<number, string>();
  const judged: JudgedPull[] = [];
  for (const pull of subpool.pulls) {
    const method = methodOf(pull, labels, settings.method);
    const reason = settings.error ?? whyNotInPool({ pull, policy: settings.policy, jobContexts, method, isMethodAllowed: method === undefined || isMethodAllowed(method, repository), mergeBlocksPolicy: settings.mergeBlocksPolicy });
    if (reason !== undefined || method === undefined) {
      reasons.set(pull.number, reason ?? '');
      continue;
    }
    const required = await requiredJobs(pull, presubmits, settings.policy, () => parts.changedFilesOf(pull));
    judged.push(judge({ pull, required, method, baseSha: subpool.baseSha, jobs }));
    const refusal = parts.exclusions.reasonFor(pull);
    if (refusal !== undefined) reasons.set(pull.number, `GitHub refused to merge: ${refusal}`);
  }
  const batches = judgeBatches(jobs, judged);
  const action = chooseAction({
    pulls: judged,
    batches,
    blockers,
    priority: (config.tide.priority ?? []).map(({ labels: wanted = [] }) => wanted),
    batchSizeLimit: settings.batchSizeLimit,
    isExcluded: ({ pull }) => parts.exclusions.reasonFor(pull) !== undefined,
  });
  const template = config.tide.merge_commit_template?.[`${subpool.org}/${subpool.repo}`] ?? config.tide.merge_commit_template?.[subpool.org];
  const done = judged.length === 0 ? waiting : await act(parts, subpool, jobs, action, { limit: settings.batchSizeLimit, template, presubmits, signal });
  const of = (readiness: JudgedPull['readiness']): PullReport[] => judged.filter((pull) => pull.readiness === readiness).map(({ pull }) => report(pull));
  return {
    ...done,
    pooled: judged.map(({ pull }) => pull),
    reasons,
    pool: {
      Org: subpool.org,
      Repo: subpool.repo,
      Branch: subpool.branch,
      SuccessPRs: of('success'),
      PendingPRs: of('pending'),
      MissingPRs: of('missing'),
      BatchPending: batches.filter(({ state }) => state === 'pending').flatMap(({ pulls }) => pulls.map(({ pull }) => report(pull))),
      Action: done.action,
      Target: done.target.map(report),
      Blockers: blockers.map(({ number, title, url }) => ({ Number: number, Title: title, URL: url })),
      Error: done.error ?? '',
      TenantIDs: [],
    },
  };
}

type Done = Pick<SubpoolOutcome, 'action' | 'target' | 'merged' | 'created' | 'error'>;
const waiting: Done = { action: 'WAIT', target: [], merged: [], created: [], error: undefined };

interface ActOptions {
  limit: number;
  template: { title?: string; body?: string } | undefined;
  /** All of the repository. */
  presubmits: readonly Presubmit[];
  signal: AbortSignal;
}

async function act(parts: SubpoolParts, subpool: Subpool, jobs: JobsOfBase, action: TideAction, { limit, template, presubmits, signal }: ActOptions): Promise<Done> {
  // A job that must succeed may require one that need not: that one is started, too.
  const whole = (wanted: readonly Presubmit[]): Presubmit[] => [...wanted, ...jobsRequiredBy(wanted, presubmits, subpool.branch).map(({ job }) => job)];
  const underWay = new Set([...jobs.presubmits, ...jobs.batches].filter(({ status }) => ['scheduling', 'triggered', 'pending', 'success'].includes(status.state ?? '')).map(({ spec }) => jobKey(spec)));
  switch (action.kind) {
    case 'WAIT':
      return waiting;
    case 'BLOCKED':
      return { ...waiting, action: 'BLOCKED' };
    case 'MERGE':
    case 'MERGE_BATCH': {
      const pulls = action.kind === 'MERGE' ? [action.pull] : action.pulls;
      const target = pulls.map(({ pull }) => pull);
      if (parts.isDryRun) return { ...waiting, action: action.kind, target };
      const { merged, error } = await mergePulls({ github: parts.github, clock: parts.clock, log: parts.log, exclusions: parts.exclusions, template }, pulls, signal);
      return { action: action.kind, target, merged, created: [], error };
    }
    case 'TRIGGER_BATCH': {
      const batch = await pickBatch(parts.git, subpool, action.candidates, limit);
      if (batch.length === 0) {
        const single = action.candidates.find(({ readiness }) => readiness === 'missing');
        return single === undefined || action.candidates.some(({ readiness }) => readiness === 'pending') ? waiting : start(parts, subpool, 'TRIGGER', [single], whole(single.missing), underWay);
      }
      return start(parts, subpool, 'TRIGGER_BATCH', batch, whole(batch.flatMap(({ required }) => required)), underWay);
    }
    case 'TRIGGER':
      return start(parts, subpool, 'TRIGGER', [action.pull], whole(action.pull.missing), underWay);
  }
}

async function start(parts: SubpoolParts, subpool: Subpool, action: 'TRIGGER' | 'TRIGGER_BATCH', pulls: readonly JudgedPull[], jobs: readonly Presubmit[], underWay: ReadonlySet<string>): Promise<Done> {
  const target = pulls.map(({ pull }) => pull);
  const created = parts.isDryRun ? [] : await triggerJobs(parts.trigger, subpool, pulls, jobs, underWay);
  if (created.length > 0) parts.log.info('jobs triggered', { org: subpool.org, repo: subpool.repo, branch: subpool.branch, pulls: target.map(({ number }) => number), jobs: created.map(({ spec }) => spec.job) });
  return { ...waiting, action, target, created };
}
