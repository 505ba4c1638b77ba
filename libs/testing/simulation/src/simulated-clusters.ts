// The kubeconfigs: which build clusters there are, by the names that jobs use. One may be taken out for a while.
import type { SimulatedApi } from './simulated-api.ts';

export class SimulatedClusters {
  /** Each cluster once, by the first of its names. */
  readonly apis: ReadonlyMap<string, SimulatedApi>;
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #removed = new Set<string>();
  readonly #listeners = new Set<() => void>();

  constructor(apis: ReadonlyMap<string, SimulatedApi>, aliases: Readonly<Record<string, string>>) {
    this.apis = apis;
    this.#aliases = new Map([...[...apis.keys()].map((name) => [name, name] as const), ...Object.entries(aliases)]);
  }

  /** Name of the cluster that is meant by each alias now. */
  current(): Map<string, string> {
    return new Map([...this.#aliases].filter(([alias]) => !this.#removed.has(alias)));
  }

  apiOf(alias: string): SimulatedApi | undefined {
    return this.apis.get(this.#aliases.get(alias) ?? '');
  }

  remove(alias: string): void {
    this.#removed.add(alias);
    this.#tell();
  }

  restore(): void {
    this.#removed.clear();
    this.#tell();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
