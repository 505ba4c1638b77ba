// The clusters in memory, findable without looking at all of them: by name, by lease, and the vacant ones by their rest.
import { fits } from './decide-move.ts';
import type { Cluster, ClusterState, PoolView, Wanted } from './types.ts';

export class PoolIndex implements PoolView {
  readonly #clusters = new Map<string, Cluster>();
  readonly #byLease = new Map<string, string>();
  /** Clusters that were leased to whom another was leased already: while texts are taken over one by one, or for good after an edit by hand. */
  readonly #doubtful = new Set<string>();
  /** Longest rested first. */
  readonly #vacant: Cluster[] = [];
  readonly #broken = new Map<string, string>();
  readonly #counts: Record<ClusterState, number> = { finished: 0, testing: 0, held: 0, cleaning: 0, disabled: 0 };

  get(name: string): Cluster | undefined {
    return this.#clusters.get(name);
  }

  leasedTo(build: string, job: string): Cluster | undefined {
    const name = this.#byLease.get(leaseKey(build, job));
    return name === undefined ? undefined : this.#clusters.get(name);
  }

  firstVacant(wanted: Wanted): Cluster | undefined {
    return this.#vacant.find((cluster) => fits(cluster, wanted));
  }

  /** Longest rested first. */
  vacant(): readonly Cluster[] {
    return this.#vacant;
  }

  names(): Iterable<string> {
    return this.#clusters.keys();
  }

  all(): Iterable<Cluster> {
    return this.#clusters.values();
  }

  get size(): number {
    return this.#clusters.size;
  }

  counts(): Readonly<Record<ClusterState, number>> {
    return this.#counts;
  }

  problemOf(name: string): string | undefined {
    return this.#broken.get(name);
  }

  broken(): ReadonlyMap<string, string> {
    return this.#broken;
  }

  /** A cluster whose text is broken keeps its last good state, and is given to nobody. */
  setProblem(name: string, problem: string | undefined): void {
    const known = this.#clusters.get(name);
    if (known !== undefined) this.#dropVacant(known);
    if (problem === undefined) this.#broken.delete(name);
    else this.#broken.set(name, problem);
    if (known !== undefined) this.#addVacant(known);
  }

  set(name: string, cluster: Cluster | undefined): void {
    const before = this.#clusters.get(name);
    if (before !== undefined) {
      this.#counts[before.state] -= 1;
      this.#dropVacant(before);
      if (before.state === 'testing' && before.lease !== undefined) {
        const key = leaseKey(before.lease.build, before.lease.job);
        if (this.#byLease.get(key) === name) this.#byLease.delete(key);
      }
    }
    if (cluster === undefined) {
      this.#clusters.delete(name);
      return;
    }
    this.#clusters.set(name, cluster);
    this.#counts[cluster.state] += 1;
    this.#addVacant(cluster);
    if (cluster.state !== 'testing' || cluster.lease === undefined) return;
    const key = leaseKey(cluster.lease.build, cluster.lease.job);
    const other = this.#byLease.get(key);
    if (other !== undefined && other !== name) this.#doubtful.add(other);
    this.#byLease.set(key, name);
  }

  /** Pairs of clusters that one build has, of those that came since this was asked last. */
  takeDoubles(): [string, string][] {
    const doubles = [...this.#doubtful].flatMap((name): [string, string][] => {
      const { state, lease } = this.#clusters.get(name) ?? {};
      const other = state === 'testing' && lease !== undefined ? this.#byLease.get(leaseKey(lease.build, lease.job)) : undefined;
      return other === undefined || other === name ? [] : [[name, other]];
    });
    this.#doubtful.clear();
    return doubles;
  }

  #addVacant(cluster: Cluster): void {
    if (cluster.state !== 'finished' || this.#broken.has(cluster.name)) return;
    this.#vacant.splice(this.#placeOf(cluster), 0, cluster);
  }

  #dropVacant(cluster: Cluster): void {
    const at = this.#placeOf(cluster);
    if (this.#vacant[at]?.name === cluster.name) this.#vacant.splice(at, 1);
  }

  #placeOf(cluster: Cluster): number {
    let from = 0;
    let to = this.#vacant.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const there = this.#vacant[middle];
      if (there !== undefined && (there.since < cluster.since || (there.since === cluster.since && there.name < cluster.name))) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function leaseKey(build: string, job: string): string {
  return `${build}\0${job}`;
}
