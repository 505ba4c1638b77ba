// Build clusters over Kubernetes clients that may come and go while plank runs.
import { isTransient, messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';
import { coreType, type Informer, type KubeClient, type ResourceApi } from '@prow/clients-kube';
import type { Pod } from '@prow/model-kube-types';
import { createdByProwLabel } from '@prow/model-prowjob';
import type { BuildCluster, BuildClusters } from './build-clusters.ts';
import { slimCached } from './slim.ts';
import type { ClusterView } from './step.ts';

const podType = coreType<Pod>('pods', 'Pod');
const probeIntervalMs = 30_000;
const probeTimeoutMs = 10_000;
/** Soon after a call failed, but not at each of many failing calls. */
const suspicionDelayMs = 500;

/** Clients by alias, hot: one per context of the kubeconfigs. */
export interface ClusterSource {
  current(): ReadonlyMap<string, KubeClient>;
  subscribe(listener: () => void): () => void;
}

export interface KubeBuildClustersOptions {
  source: ClusterSource;
  podNamespace: string;
  /** Added to `created-by-prow=true`; '' adds nothing. */
  labelSelector?: string;
  clock: Clock;
  log: Logger;
}

export class KubeBuildClusters implements BuildClusters {
  readonly #options: KubeBuildClustersOptions;
  readonly #clusters = new Map<string, ConnectedCluster>();
  /** Aliases that name one cluster share one cache. */
  readonly #caches = new Map<KubeClient, { pods: Informer<Pod>; users: number }>();
  readonly #podListeners = new Set<(alias: string, podName: string) => void>();
  readonly #clusterListeners = new Set<(alias: string) => void>();
  #unsubscribe: (() => void) | undefined;
  #endings: Promise<void>[] = [];

  constructor(options: KubeBuildClustersOptions) {
    this.#options = options;
  }

  /** Connects to the clusters that are known now, and from then on follows the source. */
  start(): void {
    this.#unsubscribe = this.#options.source.subscribe(() => this.#follow());
    this.#follow();
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    const clusters = [...this.#clusters.values()];
    this.#clusters.clear();
    await Promise.all([...clusters.map((cluster) => cluster.stop()), ...this.#endings]);
  }

  find(alias: string): BuildCluster | undefined {
    return this.#clusters.get(alias);
  }

  list(): BuildCluster[] {
    return [...this.#clusters.values()];
  }

  onPodChange(listener: (alias: string, podName: string) => void): () => void {
    this.#podListeners.add(listener);
    return () => this.#podListeners.delete(listener);
  }

  onClusterChange(listener: (alias: string) => void): () => void {
    this.#clusterListeners.add(listener);
    return () => this.#clusterListeners.delete(listener);
  }

  /** Resolves once each cluster has answered, or a while has passed: then those that are away are counted as such. */
  async settled(maxMs: number): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.now() + maxMs;
    while (clock.now() < untilMs && [...this.#clusters.values()].some((cluster) => cluster.view().kind !== 'ready')) await clock.sleep(20);
  }

  #follow(): void {
    const wanted = this.#options.source.current();
    for (const [alias, cluster] of this.#clusters) {
      if (wanted.get(alias) === cluster.client) continue;
      this.#clusters.delete(alias);
      this.#endings.push(cluster.stop());
      this.#options.log.info('build cluster removed', { cluster: alias });
      this.#tellCluster(alias);
    }
    for (const [alias, client] of wanted) {
      if (this.#clusters.has(alias)) continue;
      const cluster = new ConnectedCluster(alias, client, this.#cacheOf(client), this.#options, {
        released: () => this.#release(client),
        podChanged: (podName) => {
          for (const listener of this.#podListeners) listener(alias, podName);
        },
        viewChanged: () => this.#tellCluster(alias),
      });
      this.#clusters.set(alias, cluster);
      cluster.start();
      this.#options.log.info('build cluster added', { cluster: alias, server: client.server });
      this.#tellCluster(alias);
    }
  }

  #cacheOf(client: KubeClient): Informer<Pod> {
    const known = this.#caches.get(client);
    if (known !== undefined) {
      known.users += 1;
      return known.pods;
    }
    const { podNamespace, labelSelector = '' } = this.#options;
    const selector = [`${createdByProwLabel}=true`, ...(labelSelector === '' ? [] : [labelSelector])].join(',');
    const pods = client.informer(podType, { namespace: podNamespace, labelSelector: selector, transform: slimCached });
    this.#caches.set(client, { pods, users: 1 });
    pods.start();
    return pods;
  }

  async #release(client: KubeClient): Promise<void> {
    const known = this.#caches.get(client);
    if (known === undefined || (known.users -= 1) > 0) return;
    this.#caches.delete(client);
    await known.pods.stop();
  }

  #tellCluster(alias: string): void {
    for (const listener of this.#clusterListeners) listener(alias);
  }
}

interface Listeners {
  podChanged: (podName: string) => void;
  viewChanged: () => void;
  released: () => Promise<void>;
}

class ConnectedCluster implements BuildCluster {
  readonly alias: string;
  readonly client: KubeClient;
  readonly pods: ResourceApi<Pod>;
  readonly #options: KubeBuildClustersOptions;
  readonly #tell: Listeners;
  readonly #removeHandler: () => void;
  readonly #cache: Informer<Pod>;
  readonly #abort = new AbortController();
  #trouble: string | undefined = 'is being connected to';
  #timer: Timer | undefined;
  #nextProbeMs = 0;
  #isProbing = false;
  #probeAbort: AbortController | undefined;

  constructor(alias: string, client: KubeClient, cache: Informer<Pod>, options: KubeBuildClustersOptions, tell: Listeners) {
    this.alias = alias;
    this.client = client;
    this.#options = options;
    this.#tell = tell;
    this.pods = client.resource(podType, options.podNamespace);
    this.#cache = cache;
    const changed = (pod: Pod): void => tell.podChanged(pod.metadata.name ?? '');
    this.#removeHandler = cache.addHandler({ onAdd: changed, onUpdate: (_previous, pod) => changed(pod), onDelete: changed });
  }

  start(): void {
    this.#cache.synced(this.#abort.signal).then(
      () => this.#probeSoon(0),
      () => undefined,
    );
    this.#probeSoon(0);
  }

  async stop(): Promise<void> {
    const gone = new DOMException('the cluster is removed', 'AbortError');
    this.#abort.abort(gone);
    this.#probeAbort?.abort(gone);
    this.#timer?.cancel();
    this.#removeHandler();
    await this.#tell.released();
  }

  cachedPod(name: string): Pod | undefined {
    return this.#cache.get(this.#options.podNamespace, name);
  }

  view(): ClusterView {
    return this.#trouble === undefined ? { kind: 'ready' } : { kind: 'away', because: `${this.alias}, which ${this.#trouble}` };
  }

  suspect(error: unknown): void {
    if (isTransient(error)) this.#probeSoon(suspicionDelayMs);
  }

  #probeSoon(delayMs: number): void {
    if (this.#abort.signal.aborted) return;
    const atMs = this.#options.clock.now() + delayMs;
    if (this.#timer !== undefined && this.#nextProbeMs <= atMs) return;
    this.#timer?.cancel();
    this.#nextProbeMs = atMs;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#timer = undefined;
      void this.#probe();
    });
  }

  async #probe(): Promise<void> {
    if (this.#isProbing) {
      this.#probeSoon(suspicionDelayMs);
      return;
    }
    this.#isProbing = true;
    this.#probeAbort = new AbortController();
    const { signal } = this.#probeAbort;
    const timer = this.#options.clock.after(probeTimeoutMs, () => this.#probeAbort?.abort(new DOMException('no answer', 'TimeoutError')));
    try {
      await this.client.getRaw('/version', signal);
      this.#conclude(this.#cache.isSynced() ? undefined : 'has not told yet which pods it has');
    } catch (error) {
      this.#conclude('does not answer', error);
    } finally {
      timer.cancel();
      this.#isProbing = false;
      this.#probeSoon(this.#trouble === undefined ? probeIntervalMs : Math.min(probeIntervalMs, 2000));
    }
  }

  #conclude(trouble: string | undefined, cause?: unknown): void {
    if (this.#abort.signal.aborted) return;
    const changed = (trouble === undefined) !== (this.#trouble === undefined);
    this.#trouble = trouble;
    if (!changed) return;
    if (trouble === undefined) this.#options.log.info('build cluster is ready', { cluster: this.alias });
    else this.#options.log.warn('build cluster is away', { cluster: this.alias, trouble, ...(cause === undefined ? {} : { cause: messageOf(cause) }) });
    this.#tell.viewChanged();
  }
}
