// Nodes of a build cluster: what becomes of pods. Never dies with the controllers, sees everything at once.
import { coreType } from '@prow/clients-kube';
import type { Clock } from '@prow/base-time';
import type { Pod, PodStatus } from '@prow/model-kube-types';
import type { Faults } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedApi } from './simulated-api.ts';

export const podType = coreType<Pod>('pods', 'Pod');

/** How a pod ends when nobody interferes. */
type Fate = 'succeeds' | 'fails' | 'evicted' | 'node shutdown' | 'preempted' | 'node lost' | 'deleted' | 'never scheduled' | 'hangs' | 'out of memory';

export interface KubeletOptions {
  api: SimulatedApi;
  clock: Clock;
  random: SeededRandom;
  faults: Faults;
  /** Told when a pod's test ran to its own end. */
  onRan: (pod: Pod) => void;
  onOutOfMemory: (pod: Pod) => void;
  /** Told when a pod is about to be lost with its node, by eviction or by hand. */
  onLost: (pod: Pod) => void;
}

export class SimulatedKubelet {
  readonly #options: KubeletOptions;
  /** Pods on nodes that answer nobody any more, by uid. */
  readonly #onLostNodes = new Set<string>();
  readonly #stopping = new Set<string>();

  constructor(options: KubeletOptions) {
    this.#options = options;
    options.api.watch(podType, ({ type, object }) => {
      const pod = object as Pod;
      if (type === 'ADDED') this.#live(pod);
      else if (type === 'MODIFIED' && pod.metadata.deletionTimestamp !== undefined) this.#stop(pod);
    });
  }

  #live(pod: Pod): void {
    const { random, clock } = this.#options;
    const fate = this.#drawFate();
    if (fate === 'never scheduled') return;
    clock.after(random.between(1, 3000), () => void this.#start(pod, fate));
  }

  #drawFate(): Fate {
    const { random, faults } = this.#options;
    if (random.chance(faults.podLost)) return random.pick(['evicted', 'node shutdown', 'preempted', 'node lost', 'deleted']);
    if (random.chance(faults.podLost / 4)) return random.pick(['never scheduled', 'hangs', 'out of memory']);
    return random.chance(0.7) ? 'succeeds' : 'fails';
  }

  async #start(pod: Pod, fate: Fate): Promise<void> {
    const { random, clock, api } = this.#options;
    const { namespace = '', name = '' } = pod.metadata;
    if (this.#present(pod)?.metadata.deletionTimestamp !== undefined) return;
    if (!(await done(api.bind(namespace, name, 'node-1')))) return;
    const startTime = this.#time();
    if (!(await this.#change(pod, { phase: 'Pending', startTime }))) return;
    clock.after(random.between(1, 3000), () => {
      void this.#change(pod, { phase: 'Running' }).then((isRunning) => {
        if (isRunning) clock.after(random.between(500, 90_000), () => this.#end(pod, fate));
      });
    });
  }

  #end(pod: Pod, fate: Fate): void {
    const { api, onRan, onLost, onOutOfMemory } = this.#options;
    const present = this.#present(pod);
    if (present === undefined || present.metadata.deletionTimestamp !== undefined) return;
    const ends = (exitCode: number, reason?: string): PodStatus['containerStatuses'] => [
      { name: 'test', ready: false, restartCount: 0, image: 'i', imageID: 'i', state: { terminated: { exitCode, finishedAt: this.#time(), ...(reason === undefined ? {} : { reason }) } } },
    ];
    const { namespace = '', name = '' } = pod.metadata;
    switch (fate) {
      case 'succeeds':
        onRan(present);
        void this.#change(pod, { phase: 'Succeeded', containerStatuses: ends(0) });
        return;
      case 'fails':
        onRan(present);
        void this.#change(pod, { phase: 'Failed', containerStatuses: ends(1) });
        return;
      case 'out of memory':
        onOutOfMemory(present);
        void this.#change(pod, { phase: 'Running', containerStatuses: ends(137, 'OOMKilled') });
        return;
      case 'evicted':
        onLost(present);
        void this.#change(pod, { phase: 'Failed', reason: 'Evicted' });
        return;
      case 'node shutdown':
        onLost(present);
        void this.#change(pod, { phase: 'Failed', reason: 'Terminated', containerStatuses: ends(137) });
        return;
      case 'preempted':
        onLost(present);
        void this.#change(pod, { phase: 'Failed', containerStatuses: ends(137), conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', lastTransitionTime: this.#time() }] });
        return;
      case 'node lost':
        onLost(present);
        this.#onLostNodes.add(present.metadata.uid ?? '');
        void this.#change(pod, { phase: 'Running', reason: 'NodeLost' });
        void done(api.delete(podType, namespace, name));
        return;
      case 'deleted':
        onLost(present);
        void done(api.delete(podType, namespace, name));
        return;
      case 'hangs':
      case 'never scheduled':
    }
  }

  #stop(pod: Pod): void {
    const { clock, random, api } = this.#options;
    const uid = pod.metadata.uid ?? '';
    if (this.#onLostNodes.has(uid) || this.#stopping.has(uid)) return;
    this.#stopping.add(uid);
    clock.after(random.between(100, 20_000), () => {
      const present = this.#present(pod);
      if (present === undefined) return;
      if ((present.metadata.finalizers ?? []).length > 0) return;
      const { namespace = '', name = '' } = present.metadata;
      void done(api.delete(podType, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } }));
    });
  }

  /** Whether the pod is still there to be changed. */
  #change(pod: Pod, status: PodStatus): Promise<boolean> {
    const present = this.#present(pod);
    if (present === undefined || (present.metadata.deletionTimestamp !== undefined && status.phase !== 'Running')) return Promise.resolve(false);
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    return done(this.#options.api.patch(podType, { namespace, name, patch: { type: 'merge', body: { metadata: { uid }, status } }, subresource: 'status' }));
  }

  #present(pod: Pod): Pod | undefined {
    const present = this.#options.api.find(podType, pod.metadata.namespace ?? '', pod.metadata.name ?? '') as Pod | undefined;
    return present?.metadata.uid === pod.metadata.uid ? present : undefined;
  }

  #time(): string {
    return `${new Date(this.#options.clock.now()).toISOString().slice(0, 19)}Z`;
  }
}

// A pod that went or changed meanwhile is no business of this node any more.
function done(write: Promise<unknown>): Promise<boolean> {
  return write.then(() => true, () => false);
}
