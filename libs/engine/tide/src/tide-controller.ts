// The rounds: search, divide into branches, one action each, statuses. upstream: pkg/tide/tide.go, Sync
import { LRUCache } from 'lru-cache';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { durationMs, type Clock } from '@prow/base-time';
import type { ConfigSource } from '@prow/clients-config-source';
import type { GitClient } from '@prow/clients-git';
import type { GitHubClient, Repository } from '@prow/clients-github';
import type { Informer, ResourceApi } from '@prow/clients-kube';
import { tideQueryOrgSearches, type ProwConfig } from '@prow/model-config';
import type { Presubmit, ProwJob } from '@prow/model-prowjob';
import { Exclusions } from './exclusions.ts';
import { findBlockers } from './find-blockers.ts';
import { History } from './history.ts';
import { bestOfEach, checkRunState, searchPulls } from './search-pulls.ts';
import { pullKey, setStatuses, type RoundFindings } from './set-statuses.ts';
import { syncSubpool, type SubpoolOutcome } from './sync-subpool.ts';
import type { Blocker, HistoryRecord, JobsOfBase, PoolReport, StatusContext, Subpool, TidePull } from './types.ts';

const repositoryTtlMs = 3_600_000;

export interface TideControllerOptions {
  config: ConfigSource;
  github: GitHubClient;
  git: GitClient;
  prowJobs: ResourceApi<ProwJob>;
  informer: Informer<ProwJob>;
  /** Presubmits of a repository at a commit of its branch, its own configuration included. */
  presubmitsOf: (place: { org: string; repo: string; branch: string; baseSha: string }) => Promise<readonly Presubmit[]>;
  clock: Clock;
  log: Logger;
  maxRecordsPerPool: number;
  isDryRun: boolean;
}

export class TideController {
  readonly #options: TideControllerOptions;
  readonly #exclusions: Exclusions;
  readonly #history: History;
  readonly #repositories: LRUCache<string, Repository>;
  readonly #files = new LRUCache<string, readonly string[]>({ max: 2000 });
  readonly #stop = new AbortController();
  #pools: PoolReport[] = [];
  #running: Promise<void> | undefined;
  #hasSynced = false;
  #wake: (() => void) | undefined;

  constructor(options: TideControllerOptions) {
    this.#options = options;
    this.#exclusions = new Exclusions(options.clock);
    this.#history = new History(options.maxRecordsPerPool);
    this.#repositories = new LRUCache({ max: 1000, ttl: repositoryTtlMs });
  }

  pools(): readonly PoolReport[] {
    return this.#pools;
  }

  history(): Record<string, HistoryRecord[]> {
    return this.#history.all();
  }

  isReady(): boolean {
    return this.#hasSynced;
  }

  start(): void {
    this.#running ??= this.#loop();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('tide stops'));
    this.#wake?.();
    await this.#running;
  }

  /** A job has ended: do not wait for the period to pass. */
  hurry(): void {
    this.#wake?.();
  }

  async #loop(): Promise<void> {
    const { config, clock, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const startedAt = clock.now();
      try {
        await this.sync(signal);
        this.#hasSynced = true;
      } catch (error) {
        if (signal.aborted) return;
        log.error('sync failed', { error: messageOf(error) });
      }
      const waitMs = Math.max(500, durationMs(config.current().config.tide.sync_period) - (clock.now() - startedAt));
      await new Promise<void>((resolve) => {
        const timer = clock.after(waitMs, resolve);
        this.#wake = () => {
          timer.cancel();
          resolve();
        };
        if (signal.aborted) this.#wake();
      });
      this.#wake = undefined;
    }
  }

  /** One round over all queries. */
  async sync(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const { config } = this.#options.config.current();
    const found = await this.#searchAll(config);
    this.#exclusions.keepOnly(found);
    const heads = new BranchHeads(this.#options.github);
    const subpools = await this.#divide(found, heads);
    const pooled = new Set<string>();
    const reasons = new Map<string, string>();
    const blockers = await findBlockers(this.#options.github, config.tide.blocker_label ?? '', subpools.map(({ org, repo }) => `${org}/${repo}`));
    const pools: PoolReport[] = [];
    for (const subpool of subpools) {
      signal.throwIfAborted();
      try {
        const outcome = await this.#syncSubpool(config, subpool, blockers, signal);
        if (outcome.pooled.length > 0) pools.push(outcome.pool);
        for (const pull of outcome.pooled) pooled.add(pullKey(pull));
        for (const pull of subpool.pulls) {
          const reason = outcome.reasons.get(pull.number);
          if (reason !== undefined) reasons.set(pullKey(pull), reason);
        }
      } catch (error) {
        if (signal.aborted) throw error;
        log.error('branch failed', { org: subpool.org, repo: subpool.repo, branch: subpool.branch, error: messageOf(error) });
      }
    }
    this.#pools = pools;
    await this.#setStatuses(config, { pooled, reasons, blockersOf: ({ org, repo, base }) => blockersFor(blockers, org, repo, base) }, heads, signal);
  }

  async #searchAll(config: ProwConfig): Promise<TidePull[]> {
    const found = new Map<string, TidePull>();
    for (const query of config.tide.queries ?? []) {
      for (const [org, search] of Object.entries(tideQueryOrgSearches(query))) {
        for (const pull of await searchPulls(this.#options.github, { query: search, org })) found.set(pullKey(pull), pull);
      }
    }
    return Promise.all([...found.values()].map((pull) => this.#withContexts(pull)));
  }

  /** The search brings the last commits only; a head that is not among them is asked for. */
  async #withContexts(pull: TidePull): Promise<TidePull> {
    if (pull.contexts !== undefined) return pull;
    const { org, repo, headSha: ref } = pull;
    const [combined, runs] = await Promise.all([this.#options.github.getCombinedStatus({ org, repo, ref }), this.#options.github.listCheckRuns({ org, repo, ref })]);
    const statuses = combined.statuses.map(({ context, description, state }): StatusContext => ({ context, description, state: state === 'error' ? 'failure' : state }));
    const checks = runs.map(({ name, status, conclusion, details_url: url }): StatusContext => ({ context: name, description: url ?? '', state: checkRunState(status, conclusion ?? '') }));
    return { ...pull, contexts: bestOfEach([...statuses, ...checks]) };
  }

  async #divide(pulls: readonly TidePull[], heads: BranchHeads): Promise<Subpool[]> {
    const byBranch = new Map<string, TidePull[]>();
    for (const pull of pulls) {
      const key = `${pull.org}/${pull.repo}:${pull.base}`;
      byBranch.set(key, [...(byBranch.get(key) ?? []), pull]);
    }
    const subpools: Subpool[] = [];
    for (const members of byBranch.values()) {
      const [first] = members;
      if (first === undefined) continue;
      const { org, repo, base: branch } = first;
      try {
        const baseSha = await heads.of({ org, repo, branch });
        if (baseSha !== undefined) subpools.push({ org, repo, branch, baseSha, pulls: members });
      } catch (error) {
        // One repository that cannot be read keeps no other from merging.
        this.#options.log.error('head of branch not found out', { org, repo, branch, error: messageOf(error) });
      }
    }
    return subpools;
  }

  async #syncSubpool(config: ProwConfig, subpool: Subpool, blockers: ReadonlyMap<string, (Blocker & { branches: readonly string[] })[]>, signal: AbortSignal): Promise<SubpoolOutcome> {
    const { github, git, prowJobs, clock, log, isDryRun, presubmitsOf } = this.#options;
    const outcome = await syncSubpool(
      {
        github,
        git,
        clock,
        log,
        exclusions: this.#exclusions,
        isDryRun,
        trigger: { prowJobs, clock, webUrl: github.webUrl, namespace: config.prowjob_namespace, isSchedulerEnabled: config.scheduler?.enabled === true },
        presubmitsOf: ({ org, repo, branch, baseSha }) => presubmitsOf({ org, repo, branch, baseSha }),
        changedFilesOf: (pull) => this.#changedFiles(pull),
        repositoryOf: (name) => this.#repository(name),
      },
      config,
      subpool,
      this.#jobsOf(subpool),
      blockersFor(blockers, subpool.org, subpool.repo, subpool.branch),
      signal,
    );
    if (outcome.action !== 'WAIT' && outcome.action !== 'BLOCKED') {
      this.#history.record(`${subpool.org}/${subpool.repo}:${subpool.branch}`, {
        time: new Date(clock.now()).toISOString(),
        action: outcome.action,
        baseSHA: subpool.baseSha,
        target: outcome.target.map(({ number, author, headSha, title }) => ({ number, author, sha: headSha, title })),
        ...(outcome.error === undefined ? {} : { err: outcome.error }),
        tenantids: [],
      });
    }
    return outcome;
  }

  #jobsOf({ org, repo, branch, baseSha }: Subpool): JobsOfBase {
    const ofBase = this.#options.informer.list().filter(({ spec: { refs } }) => refs?.org === org && refs.repo === repo && refs.base_ref === branch && refs.base_sha === baseSha);
    return { presubmits: ofBase.filter(({ spec }) => spec.type === 'presubmit'), batches: ofBase.filter(({ spec }) => spec.type === 'batch') };
  }

  async #repository(name: { org: string; repo: string }): Promise<Repository> {
    const key = `${name.org}/${name.repo}`;
    const known = this.#repositories.get(key);
    if (known !== undefined) return known;
    const repository = await this.#options.github.getRepository(name);
    this.#repositories.set(key, repository);
    return repository;
  }

  async #changedFiles(pull: TidePull): Promise<readonly string[]> {
    const key = pullKey(pull);
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const files = (await this.#options.github.listChangedFiles(pull)).map(({ filename }) => filename);
    this.#files.set(key, files);
    return files;
  }

  async #setStatuses(config: ProwConfig, findings: RoundFindings, heads: BranchHeads, signal: AbortSignal): Promise<void> {
    const { github, log, presubmitsOf, isDryRun } = this.#options;
    if (isDryRun) return;
    const bases = new Map<string, Promise<readonly Presubmit[]>>();
    await setStatuses(
      {
        github,
        log,
        presubmitsOf: ({ org, repo, base }) => {
          const key = `${org}/${repo}:${base}`;
          const known = bases.get(key) ?? heads.of({ org, repo, branch: base }).then((baseSha = '') => presubmitsOf({ org, repo, branch: base, baseSha }));
          bases.set(key, known);
          return known;
        },
      },
      config,
      findings,
      signal,
    );
  }
}

/** The heads of branches as they were when a round first asked. */
class BranchHeads {
  readonly #github: Pick<TideControllerOptions['github'], 'getRef'>;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(github: Pick<TideControllerOptions['github'], 'getRef'>) {
    this.#github = github;
  }

  of({ org, repo, branch }: { org: string; repo: string; branch: string }): Promise<string | undefined> {
    const key = `${org}/${repo}:${branch}`;
    const known = this.#known.get(key) ?? this.#github.getRef({ org, repo, ref: `heads/${branch}` });
    this.#known.set(key, known);
    return known;
  }
}

function blockersFor(all: ReadonlyMap<string, (Blocker & { branches: readonly string[] })[]>, org: string, repo: string, branch: string): Blocker[] {
  return (all.get(`${org}/${repo}`) ?? []).filter(({ branches }) => branches.length === 0 || branches.includes(branch));
}
