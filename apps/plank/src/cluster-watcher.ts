// Build clusters as the kubeconfigs name them, followed while the program runs.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';
import { kubeClientsFrom, type KubeClient, type KubeSettings } from '@prow/clients-kube';
import type { ClusterSource } from '@prow/engine-plank';

const defaultPollMs = 5000;

export interface ClusterWatcherOptions {
  settings: KubeSettings;
  /** Aliases to be left alone: `disabled_clusters`. */
  disabled: () => readonly string[];
  clock: Clock;
  log: Logger;
  /** Between looks at the files. Default 5 s. */
  pollMs?: number;
}

/** Re-reads the kubeconfigs when their text changes; a file that can not be read leaves everything as it is. */
export class ClusterWatcher implements ClusterSource {
  readonly #options: ClusterWatcherOptions;
  readonly #listeners = new Set<() => void>();
  #main: KubeClient | undefined;
  #all: ReadonlyMap<string, KubeClient> = new Map();
  #close: (() => Promise<void>)[] = [];
  #digest = '';
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: ClusterWatcherOptions) {
    this.#options = options;
  }

  /** Throws when there is no cluster at all. */
  async open(): Promise<KubeClient> {
    const { settings, clock, log } = this.#options;
    this.#digest = await this.#readDigest();
    const clients = await kubeClientsFrom(settings, { clock, log });
    this.#main = clients.main;
    this.#all = clients.buildClusters;
    this.#close.push(() => clients.close());
    this.#watch();
    return clients.main;
  }

  current(): ReadonlyMap<string, KubeClient> {
    const disabled = new Set(this.#options.disabled());
    return new Map([...this.#all].filter(([alias]) => !disabled.has(alias)));
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners, e.g. after `disabled_clusters` changed. */
  announce(): void {
    for (const listener of this.#listeners) listener();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await Promise.all(this.#close.map((close) => close()));
  }

  #watch(): void {
    const { clock, pollMs = defaultPollMs } = this.#options;
    this.#timer = clock.after(pollMs, () => {
      this.#look()
        .catch((error: unknown) => this.#options.log.error('kubeconfig can not be used; the clusters stay as they are', { cause: messageOf(error) }))
        .finally(() => {
          if (!this.#isClosed) this.#watch();
        });
    });
  }

  async #look(): Promise<void> {
    const digest = await this.#readDigest();
    if (digest === this.#digest || this.#isClosed) return;
    // Remembered only once it could be used: a half-written file is looked at again.
    const { settings, clock, log } = this.#options;
    const clients = await kubeClientsFrom(settings, { clock, log });
    this.#digest = digest;
    const main = this.#main;
    const isSameMain = main !== undefined && clients.main.server === main.server;
    const next = new Map<string, KubeClient>();
    for (const [alias, client] of clients.buildClusters) {
      const known = client === clients.main && isSameMain ? main : this.#all.get(alias);
      // A client that talks to the same server goes on with the new credentials; nothing is listed anew.
      if (known?.server === client.server) known.takeCredentials?.(client);
      next.set(alias, known?.server === client.server ? known : client);
    }
    if (isSameMain) main.takeCredentials?.(clients.main);
    else log.error('kubeconfig names another cluster for ProwJobs; that takes a restart', { server: main?.server, newServer: clients.main.server });
    this.#all = next;
    this.#close.push(() => clients.close());
    log.info('kubeconfig changed', { clusters: [...next.keys()] });
    this.announce();
  }

  async #readDigest(): Promise<string> {
    const { kubeconfig, kubeconfigDir, kubeconfigSuffix } = this.#options.settings;
    const paths: string[] = [];
    if (kubeconfig !== undefined && kubeconfig !== '') paths.push(kubeconfig);
    else paths.push(...(process.env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== ''));
    if (kubeconfigDir !== undefined && kubeconfigDir !== '') {
      const names = await readdir(kubeconfigDir);
      paths.push(...names.filter((name) => !name.startsWith('.') && name.endsWith(kubeconfigSuffix)).toSorted().map((name) => join(kubeconfigDir, name)));
    }
    const hash = createHash('sha256');
    for (const path of paths) hash.update(`${path}\0`).update(await readFile(path)).update('\0');
    return hash.digest('hex');
  }
}
