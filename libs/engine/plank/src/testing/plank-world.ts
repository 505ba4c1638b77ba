// plank over one simulated cluster: a world of its own, in which time passes when told.
import { silentLogger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import { coreType } from '@prow/clients-kube';
import type { Pod } from '@prow/model-kube-types';
import { makePod } from '@prow/model-pod-spec';
import { newProwJob, prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { noFaults, SeededRandom, SimulatedApi, SimulatedClient, SimulatedClock } from '@prow/testing-simulation';
import { SnowflakeBuildIds } from '../build-id.ts';
import { KubeBuildClusters } from '../kube-build-clusters.ts';
import { PlankController } from '../plank-controller.ts';
import type { PlankSection } from '../settings.ts';

export const podType = coreType<Pod>('pods', 'Pod');
export const namespace = 'default';
const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const section: PlankSection = { max_revivals: 3, pod_pending_timeout: '10m', pod_running_timeout: '48h', pod_unscheduled_timeout: '5m' };

export class World {
  readonly clock: SimulatedClock;
  readonly api: SimulatedApi;
  readonly plank: PlankController;
  readonly clusters: KubeBuildClusters;
  /** A second build cluster. */
  readonly other: SimulatedApi;
  isAway = false;
  /** What plank's clock shows too much. */
  clockErrorMs = 0;

  private constructor({ clock: world, api, other }: { clock: SimulatedClock; api: SimulatedApi; other: SimulatedApi }, settings: Partial<PlankSection>) {
    this.clock = world;
    this.api = api;
    this.other = other;
    const clock: Clock = { now: () => world.now() + this.clockErrorMs, after: (ms, callback) => world.after(ms, callback), sleep: (ms, signal) => world.sleep(ms, signal) };
    const line = { api, clock: world, random: new SeededRandom(1), faults: noFaults, process: { isAlive: true, die: () => undefined } };
    const main = new SimulatedClient({ ...line, name: 'main', isAway: () => false });
    const build = new SimulatedClient({ ...line, name: 'default', isAway: () => this.isAway });
    const second = new SimulatedClient({ ...line, api: other, name: 'other', isAway: () => false });
    const log = silentLogger;
    const prowJobs = main.informer<ProwJob>(prowJobResource, { namespace });
    this.clusters = new KubeBuildClusters({ source: { current: () => new Map([['default', build], ['twin', build], ['other', second]]), subscribe: () => () => undefined }, podNamespace: namespace, clock, log });
    this.plank = new PlankController({
      prowJobs, prowJobApi: main.resource<ProwJob>(prowJobResource, namespace), clusters: this.clusters, buildIds: new SnowflakeBuildIds({ clock }),
      settings: () => ({ ...section, ...settings }), makePod: (prowJob, buildId) => makePod(prowJob, buildId), urlOf: (prowJob) => `https://prow/${prowJob.status.build_id ?? ''}`, clock, log,
    });
    prowJobs.start();
    this.clusters.start();
  }

  static async start(settings: Partial<PlankSection> = {}): Promise<World> {
    const clock = new SimulatedClock(startMs);
    const world = new World({ clock, api: await SimulatedApi.open({ clock }), other: await SimulatedApi.open({ clock }) }, settings);
    await world.pass(2000);
    world.plank.start();
    return world;
  }

  async stop(): Promise<void> {
    await this.plank.stop();
    await this.clusters.stop();
  }

  pass(ms: number): Promise<void> {
    return this.clock.runUntil(this.clock.now() + ms);
  }

  create(name: string, spec: Partial<ProwJob['spec']> = {}, annotations: Record<string, string> = {}): void {
    const prowJob = newProwJob(
      {
        type: 'presubmit', agent: 'kubernetes', cluster: 'default', job: name, context: name, report: true, pod_spec: { containers: [{ name: 'test', image: 'i' }] },
        refs: { org: 'o', repo: 'r', base_ref: 'main', base_sha: 'b', pulls: [{ number: 1, author: 'd', sha: 's' }] }, ...spec,
      },
      { name, namespace, annotations, nowMs: this.clock.now() },
    );
    void this.api.create(prowJobResource, namespace, prowJob);
  }

  job(name: string): ProwJob['status'] {
    return (this.api.find(prowJobResource, namespace, name) as ProwJob).status;
  }

  pods(): string[] {
    return this.api.list(podType).map((pod) => pod.metadata.name ?? '').toSorted();
  }

  /** What a kubelet tells. */
  end(name: string, phase: 'Succeeded' | 'Failed', more: Partial<Pod['status']> = {}): void {
    const state = { terminated: { exitCode: phase === 'Succeeded' ? 0 : 1 } };
    const status = { phase, containerStatuses: [{ name: 'test', ready: false, restartCount: 0, image: 'i', imageID: 'i', state }], ...more };
    void this.api.patch(podType, { namespace, name, patch: { type: 'merge', body: { status } }, subresource: 'status' });
  }

  /** What a person does to a job. */
  edit(name: string, body: object): void {
    void this.api.patch(prowJobResource, { namespace, name, patch: { type: 'merge', body } });
  }
}
