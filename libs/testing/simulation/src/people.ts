// Those who make jobs, and those who meddle with them.
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { isComplete, newProwJob, requiresAnnotation, type ProwJob } from '@prow/model-prowjob';
import type { Faults } from './faults.ts';
import type { Invariants } from './invariants.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedApi } from './simulated-api.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import type { SimulatedClusters } from './simulated-clusters.ts';
import { podType } from './simulated-kubelet.ts';
import { minuteMs, namespace, prowJobType, type World } from './world.ts';

export interface PeopleOptions {
  world: World;
  main: SimulatedApi;
  clusters: SimulatedClusters;
  invariants: Invariants;
  clock: SimulatedClock;
  random: SeededRandom;
  faults: Faults;
  log: Logger;
}

export class People {
  readonly #options: PeopleOptions;
  readonly created: string[] = [];

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  /** Has all jobs of the world made. */
  start(): void {
    const { world, clock, random } = this.#options;
    for (let index = 0; index < world.jobs; index += 1) clock.after(random.between(0, world.burstMs), () => this.#createJob(index));
  }

  #createJob(index: number): void {
    const { world, main, random, clock, faults } = this.#options;
    const job = random.pick(['unit', 'e2e', 'lint']);
    const name = `job-${index}`;
    const isPresubmit = random.chance(0.8);
    const pull = random.between(1, 2);
    const sha = `sha-${pull}-${random.between(1, 2)}`;
    const baseSha = world.hasRequirements && !isPresubmit ? 'base' : `base-${index}`;
    const prowJob = newProwJob(
      {
        type: isPresubmit ? 'presubmit' : 'postsubmit', agent: 'kubernetes', cluster: random.pick(world.hasScheduler ? ['default', 'twin', 'far'] : ['default', 'twin', 'other']), job, context: job,
        report: random.chance(0.9), rerun_command: `/test ${job}`,
        refs: { org: 'o', repo: 'r', base_ref: 'main', base_sha: baseSha, ...(isPresubmit ? { pulls: [{ number: pull, author: 'dave', sha }] } : {}) },
        pod_spec: { containers: [{ name: 'test', image: 'i', command: ['true'] }] },
        max_concurrency: { unit: 0, e2e: 1, lint: 2 }[job] ?? 0,
        ...(random.chance(0.3) ? { job_queue_name: random.pick(['small', 'wide']) } : {}),
        ...(random.chance(0.1) ? { error_on_eviction: true } : {}),
      },
      {
        name, namespace, nowMs: clock.now(),
        ...(world.hasScheduler ? { state: 'scheduling' as const } : {}),
        ...(world.hasRequirements && job !== 'lint' ? { annotations: { [requiresAnnotation]: job === 'unit' ? 'lint' : 'lint,unit' } } : {}),
      },
    );
    void main.create(prowJobType, namespace, prowJob);
    this.created.push(name);
    if (random.chance(faults.meddling)) clock.after(random.between(0, 3 * minuteMs), () => this.#meddle(name));
  }

  #meddle(name: string): void {
    const { main, random, invariants, clusters, clock } = this.#options;
    const prowJob = main.find(prowJobType, namespace, name) as ProwJob | undefined;
    if (prowJob === undefined) return;
    const kind = random.pick(['abort', 'abort', 'delete job', 'delete pod', 'edit', 'move']);
    if (kind === 'abort') {
      // As deck and the trigger plugin do: only what is not over.
      if (!isComplete(prowJob)) this.#byHand(main.patch(prowJobType, { namespace, name, patch: { type: 'merge', body: { status: { state: 'aborted', description: 'Aborted by a person.' } } } }));
      return;
    }
    invariants.meddledWith.add(name);
    if (kind === 'delete job') {
      invariants.deleted.push(prowJob);
      this.#byHand(main.delete(prowJobType, namespace, name));
    } else if (kind === 'delete pod') {
      for (const api of clusters.apis.values()) if (api.find(podType, namespace, name) !== undefined) this.#byHand(api.delete(podType, namespace, name));
    } else if (kind === 'move') {
      if (!isComplete(prowJob)) this.#byHand(main.patch(prowJobType, { namespace, name, patch: { type: 'merge', body: { spec: { cluster: random.pick(['default', 'twin', 'other']) } } } }));
    } else this.#byHand(main.patch(prowJobType, { namespace, name, patch: { type: 'merge', body: { status: { state: 'success', completionTime: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`, description: 'Edited.' } } } }));
  }

  #byHand(write: Promise<unknown>): void {
    write.catch((error: unknown) => this.#options.log.debug('a person was refused', { cause: messageOf(error) }));
  }
}
