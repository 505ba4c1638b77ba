import { expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { coreType } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';
import { prowJobResource, type ProwJob } from '@prow/model-prowjob';
import { noFaults, SeededRandom, SimulatedApi, SimulatedClient, SimulatedClock } from '@prow/testing-simulation';
import { ConfigMapFirstSeen } from './first-seen.ts';
import { Horologium, indexByPeriodic } from './horologium.ts';

const namespace = 'default';
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const configMapType = coreType<ConfigMap>('configmaps', 'ConfigMap');

class World {
  readonly clock: SimulatedClock;
  readonly api: SimulatedApi;

  private constructor(clock: SimulatedClock, api: SimulatedApi) {
    this.clock = clock;
    this.api = api;
  }

  static async open(): Promise<World> {
    const clock = new SimulatedClock(Date.UTC(2026, 0, 2, 0, 30));
    return new World(clock, await SimulatedApi.open({ clock }));
  }

  /** A replica that has begun; the answer ends it. */
  async replica(): Promise<() => Promise<void>> {
    const { clock, api } = this;
    const client = new SimulatedClient({ api, clock, random: new SeededRandom(1), faults: noFaults, process: { isAlive: true, die: () => undefined }, name: 'main', isAway: () => false });
    const prowJobs = client.informer<ProwJob>(prowJobResource, { namespace });
    indexByPeriodic(prowJobs);
    prowJobs.start();
    await this.pass(minuteMs);
    const horologium = new Horologium({
      prowJobs, prowJobApi: () => client.resource<ProwJob>(prowJobResource, namespace), firstSeen: new ConfigMapFirstSeen({ configMaps: client.resource(configMapType, namespace) }),
      settings: () => ({ periodics: [{ name: 'hourly', agent: 'kubernetes', cluster: 'default', cron: '0 * * * *' }], tickIntervalMs: minuteMs, prowJobNamespace: namespace, isSchedulerEnabled: false }),
      clock, log: silentLogger,
    });
    horologium.start();
    return async () => {
      await horologium.stop();
      await prowJobs.stop();
    };
  }

  pass(ms: number): Promise<void> {
    return this.clock.runUntil(this.clock.now() + ms);
  }

  /** The fire each run was made for, oldest first. */
  fires(): string[] {
    return (this.api.list(prowJobResource) as ProwJob[]).map((prowJob) => prowJob.metadata.annotations?.['prow.k8s.io/cron-fire-time'] ?? '').toSorted();
  }

  async endAll(): Promise<void> {
    const completionTime = new Date(this.clock.now()).toISOString();
    for (const { metadata } of this.api.list(prowJobResource)) await this.api.patch(prowJobResource, { namespace, name: metadata.name ?? '', patch: { type: 'merge', body: { status: { state: 'success', completionTime } } } });
  }
}

test('fires missed while nothing ran are made up for by one run; the next fire is the next run', async () => {
  const world = await World.open();
  const stop = await world.replica();
  await world.pass(hourMs);
  expect(world.fires()).toEqual(['2026-01-02T01:00:00Z']);
  await world.endAll();
  await stop();
  await world.pass(5 * hourMs);
  const stopNext = await world.replica();
  await world.pass(10 * minuteMs);
  expect(world.fires()).toEqual(['2026-01-02T01:00:00Z', '2026-01-02T06:00:00Z']);
  await world.endAll();
  await world.pass(10 * minuteMs);
  expect(world.fires()).toHaveLength(2);
  await world.pass(20 * minuteMs);
  expect(world.fires().slice(2)).toEqual(['2026-01-02T07:00:00Z']);
  await stopNext();
});

test('the first fire of a schedule is made up for, too, when nothing ran at its time', async () => {
  const world = await World.open();
  const stop = await world.replica();
  await world.pass(5 * minuteMs);
  await stop();
  await world.pass(2 * hourMs);
  const stopNext = await world.replica();
  await world.pass(5 * minuteMs);
  expect(world.fires()).toEqual(['2026-01-02T02:00:00Z']);
  await stopNext();
});

test('two replicas that both think they lead fire once', async () => {
  const world = await World.open();
  const stops = [await world.replica(), await world.replica()];
  await world.pass(hourMs);
  expect(world.fires()).toEqual(['2026-01-02T01:00:00Z']);
  for (const stop of stops) await stop();
});
