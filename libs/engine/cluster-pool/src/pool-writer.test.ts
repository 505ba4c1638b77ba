// Several writers on one ConfigMap that fails, delays and loses answers: what clients are told is true of the states there were.
import { describe, expect, test } from '@jest/globals';
import { silentLogger } from '@prow/base-log';
import { systemClock, type Clock } from '@prow/base-time';
import { KubeError, type ResourceApi } from '@prow/clients-kube';
import type { ConfigMap } from '@prow/model-kube-types';
import { configMapKey, parsePool } from './pool-document.ts';
import { PoolWriter } from './pool-writer.ts';
import type { PoolState } from './types.ts';

const seeds = Number(process.env['POOL_SEEDS'] ?? 150);

/** A small generator of chance that repeats itself: mulberry32. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const turns = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) await new Promise((resolve) => setImmediate(resolve));
};

let time = Date.parse('2026-01-01T00:00:00Z');
/** Waits are turns of the event loop here: what matters is their order. No two looks at it are the same. */
const eventLoopClock: Clock = { ...systemClock, now: () => (time += 1), sleep: () => turns(2) };

/**
 * Whether at some moment from version `from` to version `to` nothing was vacant: in a version, or between two, where one
 * commit made several moves. A cluster rested all the while only if both versions have it vacant since the same time.
 */
function wasNothingVacant(states: readonly PoolState[], from: number, to: number): boolean {
  return states.slice(from, to + 1).some((state, index) => {
    const before = index === 0 ? state : states[from + index - 1];
    return Object.values(state.clusters).every((cluster) => cluster.state !== 'finished' || (before?.clusters[cluster.name]?.since !== cluster.since && before !== state));
  });
}

/** Compare-and-swap as the API server does it, with trouble before and after. Remembers every state. */
class FaultyConfigMap {
  readonly states: PoolState[] = [{ version: 1, clusters: {}, commits: {} }];
  #object: ConfigMap | undefined;
  readonly #chance: () => number;
  readonly #faults: number;

  constructor(chance: () => number, faults: number) {
    this.#chance = chance;
    this.#faults = faults;
  }

  get version(): number {
    return this.states.length - 1;
  }

  async #trouble(): Promise<void> {
    await turns(Math.floor(this.#chance() * 4));
    if (this.#chance() < this.#faults) throw new KubeError('lost', { reason: 'Unreachable', status: 0, request: 'x' });
    if (this.#chance() < this.#faults / 2) throw new KubeError('broken', { reason: 'InternalError', status: 500, request: 'x' });
  }

  #store(object: ConfigMap): ConfigMap {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.states.length) } };
    this.#object = stored;
    this.states.push(parsePool(object.data?.[configMapKey] ?? ''));
    return stored;
  }

  api(): ResourceApi<ConfigMap> {
    const conflict = (reason: string) => new KubeError('no', { reason, status: 409, request: 'x' });
    return {
      find: async () => {
        await this.#trouble();
        const found = this.#object;
        await this.#trouble();
        return found;
      },
      create: async (object: ConfigMap) => {
        await this.#trouble();
        if (this.#object !== undefined) throw conflict('AlreadyExists');
        const stored = this.#store(object);
        await this.#trouble();
        return stored;
      },
      update: async (object: ConfigMap) => {
        await this.#trouble();
        if (object.metadata.resourceVersion !== this.#object?.metadata.resourceVersion) throw conflict('Conflict');
        const stored = this.#store(object);
        await this.#trouble();
        return stored;
      },
    } as Partial<ResourceApi<ConfigMap>> as ResourceApi<ConfigMap>;
  }
}

async function runSeed(seed: number): Promise<{ leases: number; refused: number }> {
  const chance = chanceFrom(seed);
  const configMap = new FaultyConfigMap(chance, chance() < 0.3 ? 0 : 0.15);
  const writers = [1, 2, 3].map(() => new PoolWriter({ configMaps: configMap.api(), name: 'clusters', clock: eventLoopClock, log: silentLogger }));
  const writer = () => writers[Math.floor(chance() * writers.length)] ?? fail();
  const count = 1 + Math.floor(chance() * 4);
  for (let index = 0; index < count; index += 1) await writer().submit({ kind: 'addcluster', cluster: `c${index}`, region: 'r', administrator: 'a' });
  let leases = 0;
  let refused = 0;
  const client = async (id: number): Promise<void> => {
    for (let round = 0; round < 3; round += 1) {
      await turns(Math.floor(chance() * 5));
      const build = `${id}-${round}`;
      const asked = configMap.version;
      let name: string | undefined;
      try {
        name = (await writer().submit({ kind: 'getvacant', build, job: 'e2e' })).cluster?.name;
      } catch (error) {
        expect(error).toMatchObject({ code: 'PROW_CLUSTER_POOL_NOTHING_VACANT' });
        refused += 1;
        // True at some moment between question and answer.
        expect(wasNothingVacant(configMap.states, asked, configMap.version)).toBe(true);
        continue;
      }
      leases += 1;
      const answered = configMap.version;
      await turns(Math.floor(chance() * 6));
      const returning = configMap.version;
      // Ours in every state from the answer until we give it back.
      for (const { clusters } of configMap.states.slice(answered, returning + 1)) expect(clusters[name ?? '']).toMatchObject({ state: 'testing', lease: { build } });
      await writer().submit({ kind: 'finishtest', cluster: name ?? '', build, job: 'e2e' });
      // Given back once: in the states since, some have it free of us, and after the answer none has us.
      expect(configMap.states[configMap.version]?.clusters[name ?? '']?.lease?.build).not.toBe(build);
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, id) => client(id)));
  const last = configMap.states[configMap.version];
  expect(Object.keys(last?.clusters ?? {})).toHaveLength(count);
  expect(Object.values(last?.clusters ?? {}).every(({ state }) => state === 'finished')).toBe(true);
  await Promise.all(writers.map((each) => each.stop()));
  return { leases, refused };
}

function fail(): never {
  throw new Error('no writer');
}

describe('three writers, six clients, a store that loses answers', () => {
  test(`${seeds} seeds: nobody is told what was not so, no cluster is with two, none is lost`, async () => {
    let leases = 0;
    let refused = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      try {
        const result = await runSeed(seed);
        leases += result.leases;
        refused += result.refused;
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    }
    // Both outcomes were met often enough to mean something.
    expect(leases).toBeGreaterThan(seeds);
    expect(refused).toBeGreaterThan(seeds / 10);
  });
});

test('requests that come together are one commit', async () => {
  const configMap = new FaultyConfigMap(() => 1, 0);
  const writer = new PoolWriter({ configMaps: configMap.api(), name: 'clusters', clock: eventLoopClock, log: silentLogger });
  await Promise.all(Array.from({ length: 50 }, (_, index) => writer.submit({ kind: 'addcluster', cluster: `c${index}`, region: 'r', administrator: 'a' })));
  expect(configMap.version).toBeLessThanOrEqual(2);
  expect(Object.keys(configMap.states[configMap.version]?.clusters ?? {})).toHaveLength(50);
  await writer.stop();
});

test('lasting trouble is told apart from an empty pool', async () => {
  const forbidden = { find: () => Promise.reject(new KubeError('no', { reason: 'Forbidden', status: 403, request: 'x' })) } as Partial<ResourceApi<ConfigMap>> as ResourceApi<ConfigMap>;
  const writer = new PoolWriter({ configMaps: forbidden, name: 'clusters', clock: eventLoopClock, log: silentLogger });
  await expect(writer.submit({ kind: 'getvacant', build: '1', job: 'e2e' })).rejects.toMatchObject({ code: 'PROW_CLUSTER_POOL_STORAGE', httpStatus: 503 });
  await writer.stop();
});
